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

/// Callbacks for a numbered batch. Each is called at most once, on any thread, and must not call
/// the channel.
struct BatchCallbacks {
  /// It is stored (accepted, duplicate); or why it is not.
  std::function<void(const Answer&)> taken{};
  /// It is stored, everything reported before it is judged, and stops have been requested.
  std::function<void()> judged{};
};

/// The port between a running attempt and its study. Every call may come from any thread, one at a
/// time. The first three block and are for a thread that runs the attempt; those that begin with
/// `post` do not block and are for code that serves many attempts.
class TrialChannel {
 public:
  virtual ~TrialChannel() = default;

  /// Reports an observation. Throws Exception(superseded) once the attempt is no longer the
  /// current one.
  virtual void observe(Observation seen) = 0;
  /// Why the attempt should end now, if it should: waits for the rule's verdict on everything
  /// reported so far.
  virtual std::optional<StopWhy> should_stop() = 0;
  /// Publishes a checkpoint; returns when that is stored. Throws as observe.
  virtual void publish(std::string directory) = 0;
  /// Reports observations, all or none. `done` is called once, on any thread, when they are
  /// stored and judged: with the reason to end the attempt now, if there is one; or with the error
  /// for which none of them was taken (superseded: another attempt has taken over). It must not
  /// call the channel. With no observations, it is called once all earlier ones are judged.
  virtual void post(std::vector<Observation> seen,
                    std::function<void(Result<std::optional<StopWhy>>)> done) = 0;
  /// The same for a batch that came over a link, where batches may be repeated: its number within
  /// the attempt identifies it.
  virtual void post_batch(std::uint64_t /*number*/, std::vector<Observation> /*seen*/,
                          BatchCallbacks done) {
    done.taken({Answer::Kind::refused, {Errc::internal, "this trial channel takes no batches"}, 0});
  }
  /// Publishes a checkpoint; `done` as with `post`, when that is stored.
  virtual void post_checkpoint(std::string directory, std::function<void(Result<void>)> done) = 0;
  /// `stop` is called once, on any thread, as soon as the attempt is to end; immediately if that
  /// was already requested. It must not call the channel.
  virtual void on_stop(std::function<void(StopWhy)> stop) = 0;

  /// The attempt's last call: how it ended.
  virtual void ended(End end, Detail detail, std::optional<StopWhy> stop_why) = 0;
};

/// The port behind which attempts run: as functions, as processes.
class Launcher {
 public:
  /// Stops what runs, and waits for it.
  virtual ~Launcher() = default;

  /// The slots and resources that it offers.
  virtual Worker worker() const = 0;
  /// Starts an attempt and returns at once; the attempt reports through its channel.
  virtual void launch(effect::Start start, std::shared_ptr<TrialChannel> channel) = 0;
  /// Attempts that an earlier coordinator started and that are running still (or have ended
  /// meanwhile, and can say how). Each is then either adopted or stopped.
  virtual std::vector<effect::Start> running() { return {}; }
  /// Continues with one of those, which reports through its channel from now on.
  virtual void adopt(const effect::Start& /*start*/, std::shared_ptr<TrialChannel> /*channel*/) {}
  /// The end of the attempt is stored, or need not be: records kept for a later coordinator may be
  /// deleted. Any thread; returns at once.
  virtual void settled(TrialId /*trial*/, AttemptId /*attempt*/) {}
  /// The attempt is no longer the current one of its trial; its channel has been notified. For
  /// launchers that do not learn of the end of such an attempt. Any thread; returns at once.
  virtual void superseded(TrialId /*trial*/, AttemptId /*attempt*/) {}
  /// Attempts that wait in the batch system's queue, and why. Any thread.
  virtual std::map<std::pair<TrialId, AttemptId>, std::string> waiting() const { return {}; }
  /// Grows when what is running is to be compared once more, because the worker was out of sight.
  virtual std::uint64_t session() const { return 1; }
};

}  // namespace sherpa::study
