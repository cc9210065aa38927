#pragma once

#include "core/study_file/study_file.hpp"
#include "runtime/coordinator/study_run.hpp"

#include <sherpa/progress.hpp>
#include <sherpa/scheduler.hpp>

#include <filesystem>
#include <functional>
#include <stop_token>

namespace sherpa::runtime {

/// How a study is run, beside what its file says.
struct RunFileOptions {
  Scheduler* own = nullptr;        ///< instead of the file's
  std::filesystem::path sherpa{};  ///< the command that jobs and workers run; empty: find it
  std::stop_token stop{};
  std::function<void(const Progress&)> progress{};
  bool retry_failed = false;  ///< run the configurations of failed trials again
};

/// Runs the study of a study file, as `read_for_run` gives it, to its end. Throws Exception: those
/// of opening it.
StudyOutcome run_study_file(const study_file::StudyFile& file, const RunFileOptions& options);

}  // namespace sherpa::runtime
