#pragma once

#include "tests/support/own_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace sherpa::testing_support {

/// A server on loopback that does with each connection, one after the other, what a test says.
class ScriptedServer {
 public:
  /// One accepted connection; closed at the end of `serve`.
  class Connection {
   public:
    explicit Connection(int socket) : socket_(socket) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(socket_); }

    /// A request up to the end of its header; empty when the other side has closed.
    std::string read_request() {
      std::string text;
      for (char c = 0; text.find("\r\n\r\n") == std::string::npos;) {
        if (::recv(socket_, &c, 1, 0) != 1) return {};
        text += c;
      }
      return text;
    }
    void send(const std::string& text) {
      for (std::size_t done = 0; done < text.size();) {
        auto n = ::send(socket_, text.data() + done, text.size() - done, MSG_NOSIGNAL);
        if (n <= 0) return;
        done += static_cast<std::size_t>(n);
      }
    }
    /// Returns when the other side has closed the connection.
    void wait_for_end() {
      char c = 0;
      while (::recv(socket_, &c, 1, 0) > 0) continue;
    }

   private:
    int socket_;
  };

  /// Called on a thread of the server's.
  explicit ScriptedServer(std::function<void(Connection&)> serve) : serve_(std::move(serve)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, host_.c_str(), &address.sin_addr);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
      throw std::runtime_error("cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] {
      for (int socket = 0; (socket = ::accept(listener_, nullptr, nullptr)) >= 0;) {
        Connection connection(socket);
        serve_(connection);
      }
    });
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);  // ends accept
    thread_.join();
    ::close(listener_);
  }

  const std::string& host() const { return host_; }
  std::string port() const { return std::to_string(port_); }

 private:
  const std::function<void(Connection&)> serve_;
  const std::string host_ = own_address();
  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

}  // namespace sherpa::testing_support
