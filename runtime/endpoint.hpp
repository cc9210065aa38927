#pragma once

#include "study/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

/// How others find a running coordinator: a file in the study's output directory.
namespace sherpa::runtime {

/// `endpoint`: `{"url": "http://127.0.0.1:8880", "host": "node1", "pid": 4711, "epoch": 3}`
struct Endpoint {
  std::string url{};
  std::string host{};
  std::int64_t pid = 0;
  std::uint64_t epoch = 0;

  /// Of the url; nothing when it has none.
  std::optional<std::uint16_t> port() const;
};

/// Nothing when there is no such file, or not a whole one.
std::optional<Endpoint> read_endpoint(const std::filesystem::path& output_dir);
Result<void> write_endpoint(const std::filesystem::path& output_dir, const std::string& url, std::uint64_t epoch);

}  // namespace sherpa::runtime
