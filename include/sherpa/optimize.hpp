#pragma once

#include <sherpa/export.hpp>
#include <sherpa/progress.hpp>
#include <sherpa/results.hpp>
#include <sherpa/setup.hpp>
#include <sherpa/trial.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>

namespace sherpa {

/// How a study is run.
struct OptimizeOptions {
  std::uint32_t max_concurrent = 1;  ///< trials at once, each on a thread of its own, at least 1
  /// Cancellation: running trials are told to stop, their attempts run again after a resume.
  std::stop_token stop{};
  /// Called on the thread that called `optimize`, at most about 10 times a second and once at the
  /// end; slow ones miss states. An exception stops the study like `stop`, and leaves `optimize`.
  std::function<void(const Progress&)> progress{};
  std::uint32_t resubmit_failed_trials = 0;  ///< times a trial is tried again after an exception
  /// The study ends with an error when its first attempts all fail without one observation; 0:
  /// never.
  std::uint32_t give_up_after = 10;
  /// Per attempt; `should_stop` says so when it is over.
  std::optional<std::chrono::duration<double>> timeout{};
};

/// The function that is tuned: runs one trial, reporting as it goes. An exception makes the trial
/// FAILED with its text, and so does returning without a report.
using Objective = std::function<void(Trial&)>;

/// Runs a study to its end on `max_concurrent` threads and returns its best result, as
/// `Study::get_best_result`.
///
/// An existing study in `setup.output_dir` is resumed; a finished one returns at once. Returns
/// early after cancellation; the same call resumes. Waits for the objective to return before it
/// returns, whatever happens. Signal actions and masks of the process are left alone. Throws
/// Exception: those of `Study`, and study_failed when the study ended with an error.
SHERPA_API std::optional<BestResult> optimize(StudySetup setup, Objective objective,
                                              OptimizeOptions options = {});

}  // namespace sherpa
