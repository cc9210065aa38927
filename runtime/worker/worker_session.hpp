#pragma once

#include "core/link/link.hpp"
#include "core/study/launcher.hpp"
#include "runtime/worker/timers.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::runtime {

/// A worker, as it presents itself.
struct SessionOptions {
  std::string version{};  ///< of this program
  std::string study{};    ///< UUID
  study::Worker worker{};
  std::vector<std::string> functions{};  ///< compiled in
  /// What its attempts run on; called once, when the coordinator has said how trials run.
  std::function<Result<std::unique_ptr<study::Launcher>>(const link::Welcome&)> launcher{};
  std::optional<std::chrono::milliseconds> idle{};  ///< leaves after this time without an attempt
  std::uint64_t seed = 0;                           ///< of the delays before it dials again

  // Of a job, that was started for one attempt: it ends with that.
  std::string token{};  ///< the attempt's secret; empty: it is a worker
  /// Leaves after this time without a coordinator.
  std::optional<std::chrono::milliseconds> alone{};
  /// Time limit of its attempt.
  std::optional<std::chrono::milliseconds> timeout{};
};

/// How a session ended.
enum class Left : std::uint8_t {
  finished,  ///< the study has ended
  asked,     ///< `leave` was called
  idle,      ///< there was no work
  changed,   ///< trials run in another way now: a new session can continue
  alone,     ///< the coordinator was gone for too long
};

/// A worker's side of a study: says hello, runs the attempts that it receives, and sends the
/// coordinator their reports, over as many connections as that takes. Plain object; it has no
/// thread of its own but works on those of the dialer, the timers and the launcher, which outlive
/// it.
class WorkerSession {
 public:
  /// `over` is called once, on any thread; the session must not be destroyed in it. Errors:
  /// refused, version (the coordinator does not want it, and says why), those of making the
  /// launcher.
  WorkerSession(SessionOptions options, link::Dialer& dialer, Timers& timers,
                std::function<void(Result<Left>)> over);
  /// Stops what runs, and waits for it.
  ~WorkerSession();
  WorkerSession(const WorkerSession&) = delete;
  WorkerSession& operator=(const WorkerSession&) = delete;

  /// Takes no more attempts, and says goodbye once those it has are through: they have `grace` to
  /// end by themselves, then they are asked to stop, to be run again elsewhere. What has not ended
  /// soon after that is left behind.
  void leave(const std::string& why, std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace sherpa::runtime
