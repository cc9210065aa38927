#pragma once

#include "core/study_file/study_file.hpp"
#include "runtime/coordinator/conduct.hpp"

#include <sherpa/progress.hpp>
#include <sherpa/scheduler.hpp>

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace sherpa::runtime {

/// How a study is run, beside what its file says.
struct Coordination {
  Scheduler* own = nullptr;  ///< instead of the file's
  std::filesystem::path sherpa{};
  std::stop_token stop{};
  std::function<void(const Progress&)> progress{};
};

/// Runs the study of a study file to its end. Throws Exception: those of opening it, and
/// study_failed when it ended with an error.
Conducted coordinate(const study_file::StudyFile& file, const Coordination& how);

/// Reads a study file and checks what would make every trial fail. `own`: its trials run on a
/// scheduler of the caller's.
study_file::StudyFile read_for_run(const std::filesystem::path& path, bool update, bool take_over,
                                   bool own);

}  // namespace sherpa::runtime
