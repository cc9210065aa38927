#pragma once

#include "dashboard/http/beast.hpp"
#include "dashboard/http/http.hpp"
#include "dashboard/http/stream.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace sherpa::dashboard {

/// One web socket (RFC 6455), on the server's thread. It holds one message on its way and asks its
/// user for the next when that is gone: a viewer that does not read costs what the system's buffers
/// cost, until it has been silent for too long.
class WebSocket {
 public:
  struct Limits {
    std::size_t max_message = 64 * 1024;  ///< bytes that the other end may say at once
    std::chrono::milliseconds silence{
        std::chrono::seconds(60)};  ///< a ping at half of it, the end after all of it
  };

  virtual ~WebSocket() = default;
  /// Sends what its user has to say, if nothing is on its way.
  virtual void pump(bool woken) = 0;
  /// Whether nothing is on its way.
  virtual bool quiet() const = 0;

  /// Answers `request` on `stream` and begins. `closed` is called once, when it is over.
  static std::shared_ptr<WebSocket> open(Stream stream, HttpRequest request,
                                         std::unique_ptr<SocketUser> user, Limits limits,
                                         std::function<void()> closed);
};

}  // namespace sherpa::dashboard
