#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cctype>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sherpa::testing_support {

/// The response, unparsed.
struct HttpReply {
  int status = 0;                                ///< 0: the connection was closed instead
  std::map<std::string, std::string> headers{};  ///< names in lower case
  std::string body{};
};

/// A connection over which a test says exactly what it wants, right or wrong.
class Wire {
 public:
  /// Between two addresses of this host's loopback.
  explicit Wire(std::uint16_t port, const char* from = "127.0.0.1", const char* at = "127.0.0.1")
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    inet_pton(AF_INET, from, &own.sin_addr);
    if (bind(fd_, reinterpret_cast<sockaddr*>(&own), sizeof own) != 0)
      throw std::runtime_error("cannot bind");
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    inet_pton(AF_INET, at, &to.sin_addr);
    timeval most{120, 0};  // a test that would hang fails
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    if (fd_ < 0 || connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("cannot connect");
  }
  Wire(Wire&& other) noexcept : fd_(std::exchange(other.fd_, -1)), read_(std::move(other.read_)) {}
  Wire& operator=(Wire&&) = delete;
  ~Wire() {
    if (fd_ >= 0) close(fd_);
  }

  /// False when the other side has closed.
  bool send(std::string_view text) {
    while (!text.empty()) {
      auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// Nothing more will be sent.
  void finish() { shutdown(fd_, SHUT_WR); }

  HttpReply receive() {
    std::size_t end = 0;
    while ((end = read_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return {};
    HttpReply out;
    out.status = std::stoi(read_.substr(9, 3));
    for (std::size_t at = read_.find("\r\n") + 2; at < end;) {
      auto line = read_.substr(at, read_.find("\r\n", at) - at);
      auto colon = line.find(": ");
      std::string name = line.substr(0, colon);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      out.headers[name] = line.substr(colon + 2);
      at += line.size() + 2;
    }
    read_.erase(0, end + 4);
    std::size_t length =
        out.headers.contains("content-length") ? std::stoul(out.headers["content-length"]) : 0;
    while (read_.size() < length)
      if (!more()) return {};
    out.body = read_.substr(0, length);
    read_.erase(0, length);
    return out;
  }

  /// Sends a request and takes the reply.
  HttpReply ask(std::string_view method, std::string_view target, std::string_view token,
                std::string_view body = {}, std::string_view type = "application/json") {
    send(request(method, target, token, body, type));
    return receive();
  }

  static std::string request(std::string_view method, std::string_view target,
                             std::string_view token, std::string_view body = {},
                             std::string_view type = "application/json") {
    std::string out =
        std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    if (!token.empty()) out += "Authorization: Bearer " + std::string(token) + "\r\n";
    if (!body.empty() && !type.empty()) out += "Content-Type: " + std::string(type) + "\r\n";
    if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return out + "\r\n" + std::string(body);
  }

  /// Whether there is something to be read, or the end, within the time.
  bool readable(int milliseconds) {
    pollfd one{fd_, POLLIN, 0};
    return !read_.empty() || poll(&one, 1, milliseconds) > 0;
  }

 private:
  bool more() {
    char part[16384];
    auto n = recv(fd_, part, sizeof part, 0);
    if (n < 0 && errno == EAGAIN) throw std::runtime_error("no answer");
    if (n <= 0) return false;
    read_.append(part, static_cast<std::size_t>(n));
    return true;
  }

  int fd_;
  std::string read_;
};

}  // namespace sherpa::testing_support
