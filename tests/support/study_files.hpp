#pragma once

#include "core/study_file/study_file.hpp"

#include <filesystem>
#include <string>
#include <string_view>

/// Study files for tests: short ones, with what a test is about in line 7 or 8.
namespace sherpa::testing_support {

inline const std::filesystem::path source = SHERPA_SOURCE;

inline Result<study_file::StudyFile> parse(std::string_view text) {
  return study_file::parse_study_file(text, "study.yaml", "runs/digits.yaml");
}

inline study_file::StudyFile taken(std::string_view text) { return parse(text).or_throw(); }

inline std::string refusal(std::string_view text) {
  auto file = parse(text);
  return file ? "accepted" : file.error().message;
}

inline const std::string head =
    "sherpa: 1\n"
    "lower_is_better: true\n"
    "parameters:\n"
    "  - {name: lr, type: continuous, range: [1e-4, 0.1], scale: log}\n"
    "algorithm: {name: RandomSearch, max_num_trials: 3}\n";

/// A file whose `run` has these lines, from line 8 on.
inline std::string running(const std::string& lines, const std::string& more = "") {
  std::string out = head + "run:\n  command: [train, \"{lr}\"]\n";
  return out + (lines.empty() ? "" : "  " + lines + "\n") + more;
}

/// A file with these lines from line 7 on.
inline std::string with(const std::string& lines) {
  return head + "run: {command: [train]}\n" + lines + "\n";
}

/// A file whose workers have these entries.
inline std::string working(const std::string& entries) {
  return with("workers: {launch: none, " + entries + "}");
}

}  // namespace sherpa::testing_support
