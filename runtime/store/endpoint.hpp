#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

/// How others find a running coordinator: a file in the study's output directory.
namespace sherpa::runtime {

/// `endpoint`: `{"url": "http://127.0.0.1:8880", "host": "node1", "pid": 4711, "epoch": 3}`, and as
/// `page` where people find it when that is another address.
struct Endpoint {
  std::string url{};
  std::string host{};
  std::int64_t pid = 0;
  std::uint64_t epoch = 0;
  std::string page{};  ///< never empty when it was read

  /// Of the url; nothing when it has none.
  std::optional<std::uint16_t> port() const;
};

/// Nothing when there is no such file, or not a whole one.
std::optional<Endpoint> read_endpoint(const std::filesystem::path& output_dir);
Result<void> write_endpoint(const std::filesystem::path& output_dir, const std::string& url,
                            std::uint64_t epoch, const std::string& page = {});

}  // namespace sherpa::runtime
