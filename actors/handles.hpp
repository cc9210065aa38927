#pragma once

#include "actors/caf.hpp"

/// Who takes what.
namespace sherpa::actors {

using AlgorithmHandle = Handle<Applied, Ask>;
using StoppingRuleHandle = Handle<Applied, Judge>;
using JournalHandle = Handle<StoreThis, CheckpointCurrent, CheckpointsUnneeded, Flush, Tick>;
using TrialHandle = Handle<ChannelHasNews, Judged, Kept, PublishingDone, Stop>;
using SchedulerHandle = Handle<Start, Stop, Announce, Alive, Drain>;
using NodeHandle =
    Handle<PeerHere, PeerAlive, PeerDrains, PeerLost, PeerLeaves, IsBack, WorkerGone, StudyOver>;
using StudyHandle =
    Handle<Capacity, Alive, Drain, Leave, Suggested, Verdict, Stored, Flushed, Observed,
           EndOfAttempt, Publish, Interrupt, Tick, ShowProgress, Steer, Show>;

}  // namespace sherpa::actors
