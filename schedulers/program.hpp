#pragma once

#include "study/result.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sherpa::schedulers {

/// A program of a batch system, as it is run to its end.
struct ProgramRun {
  std::vector<std::string> words;  ///< looked up in PATH
  std::string input{};
  std::filesystem::path output{};                        ///< where its standard output goes; empty: nowhere but to the caller
  std::function<bool(std::string_view name)> without{};  ///< variables of our environment that it must not see
  std::chrono::milliseconds patience{60'000};            ///< then it is killed
};

struct ProgramEnd {
  int exit_code = 0;
  std::string out{}, err{};
};

/// Fails with wrong_state when it took too long or a signal ended it, with invalid_argument when there is no such program.
Result<ProgramEnd> run_program(const ProgramRun& run);

/// What it complained about, as one line.
std::string complaint(const ProgramEnd& end);

}  // namespace sherpa::schedulers
