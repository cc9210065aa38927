#pragma once

#include <sherpa/export.hpp>
#include <sherpa/progress.hpp>
#include <sherpa/results.hpp>
#include <sherpa/run_study.hpp>
#include <sherpa/scheduler.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>

namespace sherpa {

/// How `run_study` runs.
struct RunOptions {
  bool update = false;     ///< take over a changed algorithm, stopping rule or command
  bool take_over = false;  ///< the coordinator on another host is known to be dead
  std::stop_token
      stop{};  ///< jobs are told to end, or taken out of the queue; the same call goes on later
  std::function<void(const Progress&)> progress{};
  /// The command `sherpa`, which jobs run; default: as installed with this library, else in PATH.
  std::filesystem::path sherpa{};
};

/// Runs the study of a study file whose trials are commands, as jobs of your scheduler, to its end;
/// returns its best result. It is what `sherpa run` does with a scheduler of its own: resumes,
/// dashboard, steering and results are the same. What the file says about `run.scheduler` is left
/// aside.
///
///     Processes scheduler;                                 // a sherpa::Scheduler of yours
///     auto best = sherpa::run_study("study.yaml", scheduler);
///
/// The scheduler outlives the call. Throws Exception: those of the file, of opening the study, and
/// study_failed when it ended with an error.
SHERPA_API std::optional<BestResult> run_study(const std::filesystem::path& study_file,
                                               Scheduler& scheduler, RunOptions options = {});

}  // namespace sherpa
