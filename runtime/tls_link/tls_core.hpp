#pragma once

#include "runtime/tls_link/asio.hpp"
#include "runtime/tls_link/options.hpp"

#include <array>
#include <memory>
#include <unordered_set>

namespace sherpa::runtime::tls_link {

class TlsSession;

/// The sessions of an end, and its thread's belongings.
struct Core {
  explicit Core(const Options& with) : options(with) {}

  /// The link's thread, until `io` is stopped; then every session ends without a call to anybody.
  /// It must take no signals: a write to a connection that is gone raises SIGPIPE.
  void run();

  const Options options;
  asio::io_context io{1};
  std::unordered_set<std::shared_ptr<TlsSession>> sessions;
  std::array<char, 64 * 1024> scratch{};

 private:
  void work();
  void farewell();
};

}  // namespace sherpa::runtime::tls_link
