#pragma once

#include <sherpa/export.hpp>
#include <sherpa/results.hpp>
#include <sherpa/setup.hpp>
#include <sherpa/trial.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace sherpa {

/// How a study is coming along.
struct Progress {
  struct Running {
    TrialId trial = 0;
    AttemptId attempt = 0;
    Configuration parameters{};
    std::int64_t iteration = -1;  ///< of the last observation; -1 before the first
    double objective = 0;         ///< of the last observation
    std::string waits{};          ///< why it is in the queue still, as its batch system says; empty: it is not
  };
  /// What trials run on.
  struct Worker {
    enum class State : std::uint8_t {
      working,
      draining,  ///< takes no more trials, and leaves once those it has are through
      away,      ///< not back yet since the coordinator was started again
    };
    std::string name{};
    State state = State::working;
    std::uint32_t slots = 0;
    std::uint32_t free_slots = 0;
    std::vector<std::string> resources{};  ///< units such as "gpu:0"
    std::vector<TrialId> trials{};         ///< that run there
    std::optional<std::chrono::duration<double>>
        lease{};  ///< on another host: its trials run elsewhere if it is silent for so long from now
  };
  std::string name{};
  bool lower_is_better = true;
  std::optional<std::uint64_t> total{};  ///< trials there will be, where that is known
  std::uint64_t completed = 0;           ///< trials ended so, this run and earlier ones
  std::uint64_t failed = 0;
  std::uint64_t stopped = 0;
  std::vector<Running> running{};  ///< by trial
  std::vector<Worker> workers{};   ///< by name
  std::optional<BestResult> best{};
  std::chrono::duration<double> elapsed{};                   ///< since this run began
  std::optional<std::chrono::duration<double>> remaining{};  ///< a guess from the trials that ended in this run
  bool stopping = false;                                     ///< told to go, waiting for running trials
  bool finished = false;                                     ///< the last call

  std::uint64_t ended() const { return completed + failed + stopped; }
};

/// How a study is run.
struct OptimizeOptions {
  std::uint32_t max_concurrent = 1;  ///< trials at once, each on a thread of its own, at least 1
  /// Cancellation: running trials are told to stop, their attempts run again after a resume.
  std::stop_token stop{};
  /// Called on the thread that called `optimize`, at most about 10 times a second and once at the end; slow ones miss states. An
  /// exception stops the study like `stop`, and leaves `optimize`.
  std::function<void(const Progress&)> progress{};
  std::uint32_t resubmit_failed_trials = 0;  ///< times a trial is tried again after an exception
  std::uint32_t give_up_after =
      10;  ///< the study ends with an error when its first attempts all fail without one observation; 0: never
  std::optional<std::chrono::duration<double>> timeout{};  ///< per attempt; `should_stop` says so when it is over
};

/// The function that is tuned: runs one trial, reporting as it goes. An exception makes the trial FAILED with its text, and so
/// does returning without a report.
using Objective = std::function<void(Trial&)>;

/// Runs a study to its end on `max_concurrent` threads and returns its best result, as `Study::get_best_result`.
///
/// An existing study in `setup.output_dir` is resumed; a finished one returns at once. Returns early after cancellation; the same
/// call resumes. Waits for the objective to return before it returns, whatever happens. Signal actions and masks of the process
/// are left alone. Throws Exception: those of `Study`, and study_failed when the study ended with an error.
SHERPA_API std::optional<BestResult> optimize(StudySetup setup, Objective objective, OptimizeOptions options = {});

}  // namespace sherpa
