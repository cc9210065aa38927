#pragma once

#include <sherpa/export.hpp>
#include <sherpa/progress.hpp>
#include <sherpa/results.hpp>
#include <sherpa/scheduler.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>

namespace sherpa {

/// How `run_study` runs a study.
struct RunOptions {
  bool update = false;     ///< accept a changed algorithm, stopping rule or command
  bool take_over = false;  ///< replace a coordinator on another host that is known to be dead
  /// Cancels the run: ends running jobs and removes waiting ones from the queue. The same call
  /// resumes the study.
  std::stop_token stop{};
  std::function<void(const Progress&)> progress{};
  /// The command `sherpa`, which jobs run. Default: the one installed with this library, else the
  /// one in PATH.
  std::filesystem::path sherpa{};
  bool retry_failed = false;  ///< as OptimizeOptions'
  /// Instead of the study file's `time_budget`, in seconds.
  std::optional<std::chrono::duration<double>> time_budget{};
};

/// Runs a study file, whose trials are commands, to its end, as jobs of your scheduler. It does
/// what `sherpa run` does: resuming, dashboard, steering and results are the same. The file's
/// `run.scheduler` is ignored.
///
///     Processes scheduler;                                 // a sherpa::Scheduler of yours
///     auto best = sherpa::run_study("study.yaml", scheduler);
///
/// `scheduler` must outlive the call. On success returns the best result; after cancellation, the
/// best one so far. On failure throws Exception: invalid_argument for the study file, the errors of
/// `Study`'s constructor, and study_failed when the study ended with an error, or when trials
/// failed and none completed.
SHERPA_API std::optional<BestResult> run_study(const std::filesystem::path& study_file,
                                               Scheduler& scheduler, RunOptions options = {});

}  // namespace sherpa
