#pragma once

#include <sherpa/configuration.hpp>
#include <sherpa/results.hpp>
#include <sherpa/trial.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sherpa {

/// The state of a running study, for a progress display.
struct Progress {
  struct Running {
    TrialId trial = 0;
    AttemptId attempt = 0;
    Configuration parameters{};
    std::int64_t iteration = -1;  ///< of the last observation; -1 before the first
    double objective = 0;         ///< of the last observation
    /// Why it still waits in the queue, as the batch system says; empty: it does not wait.
    std::string waits{};
  };
  /// A worker: this process, or one on another host.
  struct Worker {
    enum class State : std::uint8_t {
      working,
      draining,  ///< takes no new trials, and leaves when the ones it has are over
      away,      ///< has not come back since the coordinator was restarted
    };
    std::string name{};
    State state = State::working;
    std::uint32_t slots = 0;
    std::uint32_t free_slots = 0;
    std::vector<std::string> resources{};  ///< units such as "gpu:0"
    std::vector<TrialId> trials{};         ///< running there
    /// For a worker on another host: time left, in seconds, until its trials run elsewhere unless
    /// it gives a sign of life.
    std::optional<std::chrono::duration<double>> lease{};
  };
  /// The last attempt that failed or was lost.
  struct Failure {
    TrialId trial = 0;
    AttemptId attempt = 0;
    std::string reason{};  ///< in one line: exit code or signal, and the message
  };
  std::string name{};
  bool lower_is_better = true;
  std::optional<std::uint64_t> total{};  ///< trials in total, where that is known
  std::uint64_t completed = 0;           ///< completed trials, in this run and earlier ones
  std::uint64_t failed = 0;
  std::uint64_t stopped = 0;
  std::vector<Running> running{};  ///< by trial
  std::vector<Worker> workers{};   ///< by name
  std::optional<BestResult> best{};
  std::optional<Failure> last_failure{};
  /// Since this run began; of a stopped study the time in which it ran, all runs together.
  std::chrono::duration<double> elapsed{};
  /// Time left, estimated from the trials that ended in this run.
  std::optional<std::chrono::duration<double>> remaining{};
  /// What is left of the time budget in this run; absent without one.
  std::optional<std::chrono::duration<double>> time_left{};
  bool stopping = false;  ///< the run is being cancelled and waits for running trials
  bool finished = false;  ///< the last call

  std::uint64_t ended() const { return completed + failed + stopped; }
  /// Whether trials failed and none completed: a study that ends so has failed.
  bool only_failures() const { return failed > 0 && completed == 0; }
};

}  // namespace sherpa
