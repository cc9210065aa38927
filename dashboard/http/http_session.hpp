#pragma once

#include "dashboard/http/http_server.hpp"
#include "dashboard/http/stream.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
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
    /// Learns from the head whose connection it is; a refusal is the answer.
    virtual std::optional<Response> authorize(HttpSession& session, const Request& head) = 0;
    /// Whether a body of this size may come now; then it is released when it has been answered.
    virtual bool reserve(std::size_t bytes) = 0;
    virtual void release(std::size_t bytes) = 0;
    /// For bytes that nobody looks at.
    virtual asio::mutable_buffer scratch() = 0;
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

  HttpSession(Owner& owner, std::uint64_t id, Socket socket);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void begin();
  void send(Response response);
  void close();
  std::uint64_t id() const { return id_; }
  /// Where it comes from: `127.0.0.1`; empty when it has gone before it could be asked.
  const std::string& remote_address() const { return remote_; }
  /// Whether anything has come from there.
  bool spoke();
  bool authorized() const { return authorized_; }
  void set_authorized(bool authorized) { authorized_ = authorized; }

 private:
  void wait(std::chrono::milliseconds most);
  void encrypt();
  void read();
  void take_head();
  std::optional<Response> refuse_head();
  void take_body();
  void skip_body();
  void read_body();
  void handle();
  void become_socket(HttpRequest message);
  void refuse(Failed failed);
  void release();
  void linger();
  void discard(std::size_t so_far);

  Owner& owner_;
  const std::uint64_t id_;
  Stream stream_;
  std::string remote_, local_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<RequestBody>> parser_;
  Request request_;
  std::optional<Response> refusal_;  // of the request whose body is still to be read
  std::size_t reserved_ = 0;         // bytes
  std::optional<http::response<http::string_body>> response_;
  unsigned version_ = 11;
  bool keep_alive_ = true, without_body_ = false, spoke_ = false, authorized_ = false;
};

}  // namespace sherpa::dashboard
