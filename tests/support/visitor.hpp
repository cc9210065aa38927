#pragma once

#include "tests/support/http.hpp"
#include "tests/support/scratch.hpp"

#include <nlohmann/json.hpp>

#include <sys/mman.h>
#include <unistd.h>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace sherpa::testing_support {

/// Records what this process writes to standard error.
class RecordedErrors {
 public:
  RecordedErrors() : file_(::memfd_create("errors", MFD_CLOEXEC)), before_(::dup(STDERR_FILENO)) {
    if (file_ < 0 || before_ < 0 || ::dup2(file_, STDERR_FILENO) < 0)
      throw std::runtime_error("cannot record standard error");
  }
  ~RecordedErrors() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    ::close(file_);
  }
  RecordedErrors(const RecordedErrors&) = delete;
  RecordedErrors& operator=(const RecordedErrors&) = delete;
  std::string text() const {
    std::string all(static_cast<std::size_t>(::lseek(file_, 0, SEEK_END)), '\0');
    all.resize(static_cast<std::size_t>(::pread(file_, all.data(), all.size(), 0)));
    return all;
  }

 private:
  int file_, before_;
};

/// Somebody who watches and steers a study that runs, by what it left in its directory or printed.
class Visitor {
 public:
  /// Who may read the study's directory.
  explicit Visitor(const std::filesystem::path& directory)
      : Visitor(port_of(nlohmann::json::parse(read_file(directory / "endpoint"))["url"])) {
    token_ = read_file(directory / "token");
    token_.pop_back();
  }
  /// Who opens the link that was printed.
  static Visitor by_link(const std::string& printed) {
    auto at = printed.find("http://");
    auto url = printed.substr(at, printed.find_first_of(" \n", at) - at);
    Visitor visitor(port_of(url));
    Wire wire(visitor.port_);
    visitor.cookie_ = wire.ask("GET", url.substr(url.find("/open/")), "").headers["set-cookie"];
    visitor.cookie_ = visitor.cookie_.substr(0, visitor.cookie_.find(';'));
    return visitor;
  }

  HttpReply get(const std::string& path) const { return ask("GET", path, ""); }
  HttpReply post(const std::string& path, const std::string& body = "{}") const {
    return ask("POST", path, body);
  }
  std::uint16_t port() const { return port_; }
  const std::string& cookie() const { return cookie_; }

 private:
  explicit Visitor(std::uint16_t port) : port_(port) {}
  static std::uint16_t port_of(const std::string& url) {
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.find(':', 7) + 1)));
  }
  HttpReply ask(const std::string& method, const std::string& path, const std::string& body) const {
    Wire wire(port_);
    auto request = Wire::request(method, "/api/v1" + path, token_, body);
    if (!cookie_.empty()) request.insert(request.find("\r\n") + 2, "Cookie: " + cookie_ + "\r\n");
    wire.send(request);
    return wire.receive();
  }

  std::uint16_t port_;
  std::string token_;
  std::string cookie_;
};

}  // namespace sherpa::testing_support
