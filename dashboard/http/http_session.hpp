#pragma once

#include "dashboard/http/http_server.hpp"
#include "dashboard/http/stream.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

namespace sherpa::dashboard {

/// One connection, on the server's thread: its requests, one after the other.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  /// What it needs of its server.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual const ServerOptions& options() const = 0;
    /// Null: nothing is encrypted.
    virtual const Tls* tls() const = 0;
    /// The answer comes by `send`, soon or later.
    virtual void answer(std::uint64_t session, const Request& request) = 0;
    virtual bool has_sockets() const = 0;
    virtual std::variant<Response, std::unique_ptr<SocketUser>> open_socket(
        const Request& request) = 0;
    /// The connection becomes a web socket.
    virtual void go_on_as_socket(HttpSession& session, Stream stream, HttpRequest message,
                                 std::unique_ptr<SocketUser> user) = 0;
    virtual void closed(HttpSession& session) = 0;
  };

  /// A connection that is not `admitted` is refused, because there are too many.
  HttpSession(Owner& owner, std::uint64_t id, Socket socket, bool admitted)
      : owner_(owner), id_(id), stream_(std::move(socket)), admitted_(admitted) {}

  void begin();
  void send(Response response);
  std::uint64_t id() const { return id_; }
  bool admitted() const { return admitted_; }

 private:
  void wait(std::chrono::milliseconds most);
  void encrypt();
  void read();
  void read_body();
  void handle();
  void become_socket(const Request& request, HttpRequest message);
  void refuse(Failed failed);
  void linger();
  void discard(std::size_t so_far);
  void close();

  Owner& owner_;
  const std::uint64_t id_;
  Stream stream_;
  const bool admitted_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  unsigned version_ = 11;
  bool keep_alive_ = true, without_body_ = false, spoke_ = false;
};

}  // namespace sherpa::dashboard
