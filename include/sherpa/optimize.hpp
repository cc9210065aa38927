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

/// How `optimize` runs a study.
struct OptimizeOptions {
  std::uint32_t max_concurrent = 1;  ///< trials at once, each on its own thread; at least 1
  /// Cancels the run: tells running trials to stop. They run again when the study is resumed.
  std::stop_token stop{};
  /// Called on the thread that called `optimize`, at most about 10 times a second, and once at the
  /// end. While it runs, later states replace each other. An exception stops the study as `stop`
  /// does, and `optimize` throws it.
  std::function<void(const Progress&)> progress{};
  std::uint32_t resubmit_failed_trials = 0;  ///< retries of a trial whose objective throws
  /// End the study with an error when this many attempts in a row fail or are lost without one
  /// observation, or more where failures were usual before; and when this many trials in a row
  /// fail, or ten times as many are stopped or have no finite objective, on a rung of an algorithm
  /// without max_num_trials. 0: never.
  std::uint32_t give_up_after = 10;
  /// Time limit of an attempt, in seconds; after it `should_stop` returns true. Absent: no limit.
  std::optional<std::chrono::duration<double>> timeout{};
  /// Time for the study, in seconds: then no trial starts any more, and running ones are asked to
  /// stop; they run again when the study is resumed with a larger budget. Absent: no limit.
  std::optional<std::chrono::duration<double>> time_budget{};
  bool time_budget_per_run = false;  ///< each run has all of it; else earlier runs use it up
  /// On resume: run the configurations of failed trials again, as new trials, before the
  /// algorithm's next suggestion.
  bool retry_failed = false;
};

/// The function to tune: runs one trial and reports its observations. The trial becomes FAILED when
/// the function throws (with the exception's text) or returns without a report. With max_concurrent
/// > 1 it is called on several threads at once.
using Objective = std::function<void(Trial&)>;

/// Runs a study to its end on `max_concurrent` threads.
///
/// Resumes an existing study in `setup.output_dir`; one that has ended returns at once.
///
/// On success returns the best result, as `Study::get_best_result`. After cancellation it returns
/// early; the same call resumes the study.
///
/// On failure throws Exception: the errors of `Study`'s constructor, and study_failed when the
/// study ended with an error, or when trials failed and none completed.
///
/// In every case it waits for running objectives to return. It changes no signal action or signal
/// mask of the process.
SHERPA_API std::optional<BestResult> optimize(StudySetup setup, Objective objective,
                                              OptimizeOptions options = {});

}  // namespace sherpa
