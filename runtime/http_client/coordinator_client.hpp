#pragma once

#include "core/base/result.hpp"
#include "runtime/http_client/http_client.hpp"
#include "runtime/store/endpoint.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace sherpa::runtime {

/// The coordinator of a running study, from another process.
class Coordinator {
 public:
  /// That of the study in a directory. Errors: invalid_argument when it has left no address or
  /// token there, store when these cannot be read.
  static Result<Coordinator> of(const std::filesystem::path& directory);

  /// The body of its answer; `path` is below /api/v1. Errors: wrong_state when no coordinator
  /// answers, or its answer is an error.
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
  const Url& url() const { return url_; }

 private:
  Coordinator(Endpoint endpoint, Url url, std::string token)
      : endpoint_(std::move(endpoint)), url_(std::move(url)), token_(std::move(token)) {}

  Endpoint endpoint_;
  Url url_;
  std::string token_;
};

}  // namespace sherpa::runtime
