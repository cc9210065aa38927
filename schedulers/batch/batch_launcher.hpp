#pragma once

#include "core/base/result.hpp"
#include "core/link/link.hpp"
#include "core/study/launcher.hpp"
#include "schedulers/batch/batch_system.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sherpa::schedulers {

struct BatchOptions {
  std::filesystem::path output_dir;  ///< absolute
  std::unique_ptr<BatchSystem> system;
  /// The words that start a job's program, before `--ticket FILE`; the first an absolute path.
  std::vector<std::string> command;
  std::filesystem::path directory;  ///< where jobs run; absolute
  std::string name{};               ///< of the study, for names of jobs
  std::uint32_t slots = 4096;
  std::vector<std::string> resources{};
  std::chrono::milliseconds grace{10'000};  ///< for an attempt to end after a request to stop
  std::chrono::milliseconds lease{60'000};  ///< of silence, after which an attempt is lost

  // How often the batch system is asked: soon after something has happened, then less and less.
  std::chrono::milliseconds soon{1'000}, seldom{10'000},
      very_seldom{30'000};  ///< the last with more than a hundred jobs
  std::chrono::milliseconds vanished{
      30'000};  ///< that a job may be unknown before it counts as lost
};

/// Attempts as jobs of a batch system, and the function that admits these jobs when they connect.
struct BatchJobs {
  std::unique_ptr<study::Launcher> launcher;
  link::GreetJob greet;  ///< refuses every job once the launcher is destroyed
};

/// Runs each attempt as a job of its own. The job's program says hello over the link with its
/// ticket, receives its command, and reports. The batch system is queried, for all jobs at once,
/// only about what no program can report: which jobs wait and why, and how those ended that died.
/// Jobs outlive the coordinator: a restarted one finds them by the records in `jobs/`, and submits
/// none twice. A ticket is valid for one submission of one attempt, and for the first process that
/// shows it: a job that the batch system restarts is refused, and its trial gets a new attempt.
///
/// Fails with invalid_argument (a path that is not absolute) or store (no place for the files of
/// jobs).
Result<BatchJobs> make_batch_launcher(BatchOptions options);

}  // namespace sherpa::schedulers
