#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

namespace sherpa::runtime {

/// Where an HTTP server listens: `http://127.0.0.1:8880`, `http://[::1]:8880`.
struct Url {
  std::string host{}, port{};

  /// Errors: invalid_argument, naming the text.
  static Result<Url> parse(std::string_view text);
  /// As requests name the server: `127.0.0.1:8880`, `[::1]:8880`.
  std::string authority() const;
};

/// Speaks to one HTTP server below /api/v1, over a connection that it keeps as long as the server
/// does. One thread at a time may use it.
class HttpClient {
 public:
  using Clock = std::chrono::steady_clock;

  /// `token` is sent as bearer token. A response with a body above `largest_body` bytes is an
  /// error.
  HttpClient(Url url, std::string token,
             std::uint64_t largest_body = std::numeric_limits<std::uint64_t>::max());
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  struct Request {
    std::string method{"GET"};
    std::string path{};                ///< below /api/v1
    std::string body{};                ///< JSON, or empty
    Clock::time_point send_until{};    ///< time limit for connecting and sending
    Clock::time_point answer_until{};  ///< time limit for the whole response
  };
  struct Exchange {
    int status = 0;         ///< of the response; 0: there is none
    std::string body{};     ///< of the response
    std::string failure{};  ///< why there is no response
    bool sent = false;      ///< the request was sent, at least in part
    bool reused = false;    ///< over a connection that had served an earlier request
  };
  /// One request and its response. Never throws for what the network or the server does; after a
  /// failure the connection is closed, and the next request opens another.
  Exchange exchange(const Request& request);

  void close();
  /// Closes the connection; the next request goes to another server.
  void redirect(Url url);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A web socket to an HTTP server.
class WebSocketClient {
 public:
  WebSocketClient();
  ~WebSocketClient();
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;

  struct Message {
    std::string data{};
    bool binary = false;
  };
  /// Connects, and asks for `path` below /api/v1. Errors: wrong_state, with what the system says.
  Result<void> open(const Url& url, const std::string& token, const std::string& path,
                    std::chrono::milliseconds connect_within);
  /// Waits for a message. Errors: wrong_state when the connection has ended, or is closed here.
  Result<Message> read();
  /// Ends `open` and `read`, from whatever thread.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sherpa::runtime
