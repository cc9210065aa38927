#pragma once

#include "core/base/result.hpp"
#include "runtime/store/endpoint.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace sherpa::runtime {

/// A running coordinator, spoken to from another process.
class Coordinator {
 public:
  /// That of the study in a directory. Errors: invalid_argument when it has left no address or
  /// token there, store when these cannot be read.
  static Result<Coordinator> of(const std::filesystem::path& directory);

  /// The body of what it answers; `path` is below /api/v1. Errors: wrong_state when nobody answers,
  /// or what it says is wrong.
  Result<std::string> get(const std::string& path) const { return ask("GET", path, ""); }
  Result<std::string> ask(const std::string& method, const std::string& path,
                          std::string_view body) const;
  Result<std::string> post(const std::string& path, std::string_view body) const {
    return ask("POST", path, body);
  }

  /// `process 4711 on node1, http://127.0.0.1:8880`
  std::string description() const;
  const std::string& page() const { return endpoint_.page; }
  const std::string& token() const { return token_; }
  /// Of its url: as a request names it, and in its parts.
  struct Address {
    std::string authority, host, port;
  };
  Address address() const;

 private:
  Coordinator(runtime::Endpoint endpoint, std::string token)
      : endpoint_(std::move(endpoint)), token_(std::move(token)) {}

  runtime::Endpoint endpoint_;
  std::string token_;
};

}  // namespace sherpa::runtime
