#pragma once

#include "core/base/result.hpp"
#include "runtime/tls_link/authority.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sherpa::runtime::tls_link {

/// What a worker needs to join: the coordinator's address and the credentials for both ends. Any
/// process that has it may run as a worker of the study.
struct JoinFile {
  std::string study{};  ///< UUID
  std::uint64_t epoch = 0;
  /// Of the coordinator's host: IP addresses and names, likeliest first.
  std::vector<std::string> addresses{};
  std::uint16_t port = 0;
  std::string authority{};  ///< certificate, PEM
  Identity worker{};
};

/// Written atomically, for its owner's eyes only (0600).
Result<void> write_join_file(const std::filesystem::path& file, const JoinFile& join);
/// Checked as far as it can be without the coordinator. Errors are one line that names the file,
/// what is wrong and the remedy.
Result<JoinFile> read_join_file(const std::filesystem::path& file);

/// Under which other hosts may find this one, when it listens on `host` (`""`, 0.0.0.0 and :: are
/// all of its addresses).
std::vector<std::string> addresses_of(const std::string& host);

}  // namespace sherpa::runtime::tls_link
