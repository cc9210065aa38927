#pragma once

#include "actors/caf.hpp"

/// Who takes what.
namespace sherpa::actors {

using AlgorithmHandle = Handle<Told, Suggest>;
using StoppingRuleHandle = Handle<Told, Judge>;
using JournalHandle = Handle<StoreThis, PointCurrent, Flush, Tick>;
using TrialHandle = Handle<LineHasNews, Heard, Kept, PublishingDone, Stop>;
using SchedulerHandle = Handle<Start, Stop, Break>;
using StudyHandle = Handle<Capacity, Suggested, Verdict, Stored, Flushed, Observed, EndOfAttempt, Publishing, Interrupt, Tick,
                           ShowProgress, Steer, Show, Break>;

}  // namespace sherpa::actors
