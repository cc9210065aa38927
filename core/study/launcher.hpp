#pragma once

#include "core/base/result.hpp"
#include "core/study/commands.hpp"
#include "core/study/facts.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::study {

/// What becomes of a batch with a number. Both are called at most once, on any thread, and must not
/// call the line.
struct BatchHeard {
  /// It is stored (accepted, duplicate); or why it is not.
  std::function<void(const Answer&)> taken{};
  /// It is stored, and what is said before it is judged; whoever is to stop has been told.
  std::function<void()> judged{};
};

/// What a running attempt says to whoever watches over it, and hears back. Every call may come from
/// any thread, one at a time. The first three are for a thread that runs the attempt, and wait;
/// those that begin with `post` are for whoever serves many attempts, and do not.
class TrialChannel {
 public:
  virtual ~TrialChannel() = default;

  /// Hands an observation over. Throws Exception(superseded) once the attempt is no longer the
  /// current one.
  virtual void observe(Observation seen) = 0;
  /// Why the attempt should end now, if it should: waits for the rule's verdict on everything
  /// handed over so far.
  virtual std::optional<StopWhy> should_stop() = 0;
  /// Publishes a checkpoint; returns when that is stored. Throws as observe.
  virtual void publish(std::string directory) = 0;
  /// Hands observations over, all or none. `heard` is called once, on any thread, when they are
  /// stored and judged: with why the attempt should end now, if it should; or with the error for
  /// which none of them was taken (superseded: another attempt has taken over). It must not call
  /// the line. Nothing may be handed over, too: heard once what was said before is judged.
  virtual void post(std::vector<Observation> seen,
                    std::function<void(Result<std::optional<StopWhy>>)> heard) = 0;
  /// The same for what came over a link, where it may be repeated: its number within the attempt
  /// says so.
  virtual void post_batch(std::uint64_t /*number*/, std::vector<Observation> /*seen*/,
                          BatchHeard heard) {
    heard.taken({Answer::Kind::refused, {Errc::internal, "nobody takes batches here"}, 0});
  }
  /// Publishes a checkpoint; `heard` as with `post`, when that is stored.
  virtual void post_checkpoint(std::string directory, std::function<void(Result<void>)> heard) = 0;
  /// `stop` is called once, on any thread, as soon as the attempt is told to end; here and now, if
  /// it has been. It must not call the line.
  virtual void on_stop(std::function<void(StopWhy)> stop) = 0;

  /// The last word.
  virtual void ended(End end, Detail detail, std::optional<StopWhy> told) = 0;
};

/// The port behind which attempts run: as functions, as processes.
class Launcher {
 public:
  /// Stops what runs, and waits for it.
  virtual ~Launcher() = default;

  /// What there is to run on.
  virtual Worker worker() const = 0;
  /// Starts an attempt and returns at once; the attempt speaks through its line.
  virtual void launch(effect::Start start, std::shared_ptr<TrialChannel> line) = 0;
  /// Attempts that an earlier coordinator started and that are running still (or have ended
  /// meanwhile, and can say how). Each is then either adopted or stopped.
  virtual std::vector<effect::Start> running() { return {}; }
  /// From now on one of those speaks through its line.
  virtual void adopt(const effect::Start& /*start*/, std::shared_ptr<TrialChannel> /*line*/) {}
  /// The end of the attempt is stored, or need not be: what was kept so that a later coordinator
  /// could hear of it may go. Any thread; returns at once.
  virtual void settled(TrialId /*trial*/, AttemptId /*attempt*/) {}
  /// The attempt is not the current one of its trial any more; its line has been told. For
  /// launchers that hear nothing of the end of such an attempt. Any thread; returns at once.
  virtual void superseded(TrialId /*trial*/, AttemptId /*attempt*/) {}
  /// Attempts that do not run yet because the batch system has them wait, and why. Any thread.
  virtual std::map<std::pair<TrialId, AttemptId>, std::string> waiting() const { return {}; }
  /// Grows when what is running is to be compared once more, because the worker was out of sight.
  virtual std::uint64_t session() const { return 1; }
};

}  // namespace sherpa::study
