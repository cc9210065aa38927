#pragma once

#include "core/base/result.hpp"
#include "core/study_file/study_file.hpp"

#include <chrono>
#include <filesystem>

namespace sherpa::runtime {

/// Reads a study file and checks what would make every trial fail, before anything is created.
/// `own`: its trials run on a scheduler of the caller's. Throws Exception(invalid_argument).
study_file::StudyFile read_for_run(const std::filesystem::path& path, bool update, bool take_over,
                                   bool own);

/// A time budget in seconds. Error: invalid_argument unless it is positive.
Result<std::chrono::milliseconds> time_budget_of(std::chrono::duration<double> given);

}  // namespace sherpa::runtime
