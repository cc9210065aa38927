#pragma once

#include "core/link/link.hpp"
#include "core/link/remote_launcher.hpp"
#include "core/study/commands.hpp"
#include "core/study/facts.hpp"
#include "core/study/journal.hpp"
#include "core/study/launcher.hpp"
#include "core/study/steering.hpp"
#include "core/study/store.hpp"

#include <sherpa/progress.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What actors say to one another. They live in one process, so a message is a value that is moved,
/// never bytes; between processes goes what the link makes of it. Where a command or an effect of
/// the study says all that there is to say, it is the message.
namespace sherpa::actors {

/// Scheduler → study: there is this to run on; and this runs on it already, from an earlier
/// coordinator or before the worker was out of sight.
struct Capacity {
  study::Worker worker;
  std::vector<std::pair<TrialId, AttemptId>> running{};
  std::uint64_t session = 1;
  std::weak_ptr<study::Launcher> launcher{};  ///< learns which ends are settled
};

/// Study → algorithm and rule: these facts are applied. Each is sent once, in order.
struct Applied {
  study::Group facts;
};

/// Study → algorithm: what should be tried next? Answered with Suggested.
using study::Ask;

/// Algorithm → study.
using study::command::Suggested;

/// Study → rule: should this attempt end, after all facts sent so far? Answered with Verdict.
struct Judge {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::uint64_t ticket = 0;
};

/// Rule → study.
struct Verdict {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::uint64_t ticket = 0;
  std::string why{};             ///< empty: it continues
  std::optional<Error> error{};  ///< the user's rule threw
};

/// Study → journal: store this. Answered with Stored; one at a time.
struct StoreThis {
  study::Journal::Batch batch;
};

/// Journal → study: it is stored, or will never be.
struct Stored {
  std::optional<Error> error;
};

/// Study → journal: is everything before this stored, and on the disk? Answered with Flushed.
struct Flush {};
struct Flushed {};

/// Study → journal: this is the checkpoint that the link `current` is to point to.
using study::effect::CheckpointCurrent;

/// Study → journal: these checkpoints can go.
using study::effect::CheckpointsUnneeded;

/// Study → scheduler: run this.
using study::effect::Start;

/// Study → scheduler → trial: tell it to end.
using study::effect::Stop;

/// Trial → study: its attempt has measured this; `ticket` counts its observations up to here.
struct Observed {
  study::command::Observe observe;
  std::uint64_t ticket = 0;
  /// The reporter waits until it is stored or refused: also answered with Kept.
  bool posted = false;
};

/// Study → trial: what was posted with this ticket is stored (accepted, or a duplicate); or why it
/// is not.
struct Kept {
  std::uint64_t ticket = 0;
  study::Answer answer{};
};

/// Study → trial: what was observed up to the ticket is judged, and the attempt continues; or it is
/// superseded.
struct Judged {
  std::uint64_t ticket = 0;
  bool superseded = false;
};

/// Trial → study: its attempt has ended.
struct EndOfAttempt {
  study::command::EndAttempt end;
  std::string worker{};  ///< on which it ran
};

/// Trial → study: its attempt publishes a checkpoint. Answered with PublishingDone.
using study::command::Publish;

/// Study → trial: the checkpoint is stored, or refused.
struct PublishingDone {
  bool superseded = false;
};

/// A trial's thread → its actor: there is something in the line.
struct ChannelHasNews {};

/// To the study from outside: end, steer, show.
using study::command::Interrupt;
struct Tick {};
struct ShowProgress {};

/// To the study from outside, answered by a call: on the study's thread, so it must be quick.
struct Steer {
  study::SteeringCommand command;
  std::function<void(Result<void>)> done;
};
struct Show {
  std::function<void(Result<Progress>)> show;
};

/// Node → scheduler of a remote worker: it is back. Answered to the study, with Capacity.
struct Announce {};

/// Listener → node: a worker has said hello, for the first time or again.
struct PeerHere {
  std::string worker, incarnation;
  std::uint64_t session = 0;
  std::shared_ptr<link::RemoteLauncher> launcher{};
};
/// Listener → node: a sign of life.
struct PeerAlive {
  std::string worker, incarnation;
};
/// Listener → node: a worker takes no more trials.
struct PeerDrains {
  std::string worker, incarnation, why;
};
/// Listener → node: a connection is over.
struct PeerLost {
  std::string worker, incarnation;
  std::uint64_t session = 0;
  link::Loss why = link::Loss::closed;
  std::string message{};
};
/// Listener → node: a worker leaves in order.
struct PeerLeaves {
  std::string worker, incarnation;
  link::Goodbye goodbye{};
};
/// Node → itself: has the worker whose connection was closed reconnected?
struct IsBack {
  std::string worker, incarnation;
  std::uint64_t session = 0;
};
/// Node → scheduler of the worker → study: so it comes after the worker's Capacity.
using study::command::Drain;
/// Node → scheduler of the worker → study.
using study::command::Alive;
/// Node → study.
using study::command::Leave;
/// Study → node: this start of the worker is not in use any more; if it is there still, it may join
/// again, or may not.
struct WorkerGone {
  std::string worker, incarnation, why;
  bool barred = false;
};
/// Study → node: the study has ended, and needs no workers any more.
struct StudyOver {
  std::string why{};
};

}  // namespace sherpa::actors

/// Every message, once more. The order is that of their type numbers where CAF wants them: append
/// only.
// clang-format off
#define SHERPA_MESSAGES(add) \
  add(sherpa::actors::Capacity) \
  add(sherpa::actors::Applied) \
  add(sherpa::study::Ask) \
  add(sherpa::study::command::Suggested) \
  add(sherpa::actors::Judge) \
  add(sherpa::actors::Verdict) \
  add(sherpa::actors::StoreThis) \
  add(sherpa::actors::Stored) \
  add(sherpa::actors::Flush) \
  add(sherpa::actors::Flushed) \
  add(sherpa::study::effect::CheckpointCurrent) \
  add(sherpa::study::effect::CheckpointsUnneeded) \
  add(sherpa::study::effect::Start) \
  add(sherpa::study::effect::Stop) \
  add(sherpa::actors::Observed) \
  add(sherpa::actors::Judged) \
  add(sherpa::actors::EndOfAttempt) \
  add(sherpa::study::command::Publish) \
  add(sherpa::actors::PublishingDone) \
  add(sherpa::actors::ChannelHasNews) \
  add(sherpa::study::command::Interrupt) \
  add(sherpa::actors::Tick) \
  add(sherpa::actors::ShowProgress) \
  add(sherpa::actors::Kept) \
  add(sherpa::actors::Steer) \
  add(sherpa::actors::Show) \
  add(sherpa::actors::Announce) \
  add(sherpa::actors::PeerHere) \
  add(sherpa::actors::PeerAlive) \
  add(sherpa::actors::PeerLost) \
  add(sherpa::actors::PeerLeaves) \
  add(sherpa::actors::IsBack) \
  add(sherpa::study::command::Alive) \
  add(sherpa::study::command::Leave) \
  add(sherpa::actors::WorkerGone) \
  add(sherpa::actors::StudyOver) \
  add(sherpa::study::command::Drain) \
  add(sherpa::actors::PeerDrains)
// clang-format on
