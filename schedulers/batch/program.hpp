#pragma once

#include "core/base/result.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sherpa::schedulers {

/// A program of a batch system, as it is run to its end.
struct ProgramRun {
  std::vector<std::string> words;  ///< looked up in PATH
  std::string input{};
  std::filesystem::path
      output{};  ///< where its standard output goes; empty: nowhere but to the caller
  /// Variables of our environment that it must not see.
  std::function<bool(std::string_view name)> without{};
  std::chrono::milliseconds patience{60'000};  ///< then it is killed
};

struct ProgramEnd {
  int exit_code = 0;
  std::string out{}, err{};
};

/// Fails with wrong_state when it took too long or a signal ended it, with invalid_argument when
/// there is no such program.
Result<ProgramEnd> run_program(const ProgramRun& run);

/// What it complained about, as one line.
std::string complaint(const ProgramEnd& end);

/// The id that a program which submits has printed. Fails with wrong_state where it complains with
/// one of these texts, which pass, and else with invalid_argument.
Result<std::string> submitted(const Result<ProgramEnd>& end,
                              std::optional<std::string> (*parse)(std::string_view),
                              std::span<const std::string_view> passing);

/// Calls `take` with each line, without its end.
template <class F>
void each_line(std::string_view text, F&& take) {
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line = line.substr(0, line.size() - 1);
    take(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace sherpa::schedulers
