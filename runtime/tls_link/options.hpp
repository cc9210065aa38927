#pragma once

#include <chrono>
#include <cstddef>

namespace sherpa::runtime::tls_link {

/// Times and sizes of an end of the link.
struct Options {
  std::chrono::milliseconds heartbeat{1000};  ///< something is sent at least this often
  std::chrono::milliseconds silence{
      5000};  ///< without any message, after which the connection is lost
  std::chrono::milliseconds alive{1000};    ///< signs of life are passed on at most this often
  std::chrono::milliseconds connect{2000};  ///< for one address to answer
  std::chrono::milliseconds hello{3000};    ///< for encryption and hello together
  std::chrono::milliseconds closing{1000};  ///< for what is queued to be sent, once it is closed

  /// Bytes of a frame before the welcome; by then a certificate was shown.
  std::size_t most_hello = 64 * 1024;
  std::size_t most_frame = 16 * 1024 * 1024;  ///< bytes of a frame after it
  /// Bytes waiting to be sent, above which what can wait is not taken.
  std::size_t full = 4 * 1024 * 1024;
  std::size_t most_queued =
      64 * 1024 *
      1024;  ///< bytes waiting, above which the other end counts as broken: it does not read

  /// Connections that have not said hello; the oldest gives way to a new one.
  std::size_t strangers = 512;
  std::size_t strangers_per_address = 128;
  std::size_t most_connections = 4096;  ///< that have; further ones are refused
};

}  // namespace sherpa::runtime::tls_link
