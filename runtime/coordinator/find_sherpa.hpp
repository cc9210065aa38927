#pragma once

#include <filesystem>

namespace sherpa::runtime {

/// The command `sherpa` for jobs and workers: `given`, unless it is empty; this program, if it is
/// `sherpa`; else the one beside this library, or in PATH. Throws Exception(invalid_argument).
std::filesystem::path find_sherpa(const std::filesystem::path& given);

}  // namespace sherpa::runtime
