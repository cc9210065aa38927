#include "dashboard/http/http_session.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sherpa::dashboard {

using namespace std::chrono_literals;

namespace {

constexpr auto linger_time = 2s;                        // for a client to read why it was refused
constexpr std::size_t linger_bytes = 16 * 1024 * 1024;  // that it still sends meanwhile
constexpr std::size_t first_read = 1024;                // what an idle connection keeps ready
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

bool wants_go_on(const HttpRequest& message) {
  return beast::iequals(message[http::field::expect], "100-continue");
}

std::string plain(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

}  // namespace

void HttpSession::begin() {
  if (!admitted_) {
    keep_alive_ = false;
    return send(problem(
        503, "there are " + std::to_string(owner_.options().max_connections) +
                 " connections already; close those that are not needed, or try again later"));
  }
  wait(owner_.options().request);
}

void HttpSession::send(Response response) {
  auto& out = response_.emplace();
  out.version(version_);
  out.result(static_cast<unsigned>(response.status));
  out.set(http::field::content_type, response.content_type);
  out.set(http::field::cache_control, "no-store");
  out.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) out.set(name, value);
  if (!without_body_) out.body() = std::move(response.body);
  out.keep_alive(keep_alive_);
  out.prepare_payload();
  stream_.expires_after(owner_.options().request);
  http::async_write(stream_, out, [self = shared_from_this()](Failed failed, std::size_t) {
    self->response_.reset();
    if (failed) return self->close();
    self->keep_alive_ ? self->wait(self->owner_.options().idle) : self->linger();
  });
}

/// For the first byte of the next request, with no more memory than that takes.
void HttpSession::wait(std::chrono::milliseconds most) {
  parser_.reset();
  if (buffer_.size() > 0) return read();
  if (buffer_.capacity() > first_read) buffer_ = beast::flat_buffer();
  stream_.expires_after(most);
  stream_.async_read_some(
      buffer_.prepare(first_read), [self = shared_from_this()](Failed failed, std::size_t n) {
        if (failed) return self->close();
        self->buffer_.commit(n);
        bool first = !std::exchange(self->spoke_, true);
        bool encrypts = first && self->owner_.tls() &&
                        *static_cast<const char*>(self->buffer_.data().data()) == Tls::first_byte;
        encrypts ? self->encrypt() : self->read();
      });
}

void HttpSession::encrypt() {
  stream_.expires_after(owner_.options().request);
  stream_.encrypt(
      *owner_.tls(), buffer_.cdata(), [self = shared_from_this()](Failed failed, std::size_t used) {
        if (failed) return self->close();
        self->buffer_.consume(used);
        // Nothing can have been sent behind a greeting that had no answer yet.
        self->buffer_.size() > 0 ? self->close() : self->wait(self->owner_.options().request);
      });
}

void HttpSession::read() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(owner_.options().max_header));
  parser_->body_limit(owner_.options().max_body);
  stream_.expires_after(
      owner_.options().request);  // for all of it: sending a byte now and then does not prolong it
  http::async_read_header(
      stream_, buffer_, *parser_, [self = shared_from_this()](Failed failed, std::size_t) {
        if (failed) return self->refuse(failed);
        if (!wants_go_on(self->parser_->get())) return self->read_body();
        asio::async_write(self->stream_, asio::buffer(go_on), [self](Failed broken, std::size_t) {
          broken ? self->close() : self->read_body();
        });
      });
}

void HttpSession::read_body() {
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](Failed failed, std::size_t) {
                     failed ? self->refuse(failed) : self->handle();
                   });
}

void HttpSession::handle() {
  auto message = parser_->release();
  const bool upgrade = owner_.has_sockets() && beast::websocket::is_upgrade(message);
  keep_alive_ = message.keep_alive();
  version_ = message.version();
  without_body_ = message.method() == http::verb::head;
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message)
    request.headers.emplace_back(field.name_string(), field.value());
  request.body = std::move(message.body());
  request.encrypted = stream_.encrypted();
  Failed gone;
  request.local_address = plain(stream_.socket().local_endpoint(gone).address());
  if (!gone) request.remote_address = plain(stream_.socket().remote_endpoint(gone).address());
  if (gone) return close();
  if (auto refused = refuse_host(request, owner_.options().names)) return send(*std::move(refused));
  if (owner_.tls())
    if (auto refused = refuse_plain(request)) return send(*std::move(refused));
  if (upgrade) return become_socket(request, std::move(message));
  owner_.answer(id_, request);
}

/// The connection becomes a web socket, if it is allowed to.
void HttpSession::become_socket(const Request& request, HttpRequest message) {
  auto decided = owner_.open_socket(request);
  if (auto* refusal = std::get_if<Response>(&decided)) return send(std::move(*refusal));
  auto self = shared_from_this();  // until the end of this
  owner_.go_on_as_socket(*this, std::move(stream_), std::move(message),
                         std::move(std::get<std::unique_ptr<SocketUser>>(decided)));
}

/// What could not be read as a request: the rest of the connection cannot either.
void HttpSession::refuse(Failed failed) {
  keep_alive_ = false;
  const auto& options = owner_.options();
  if (failed == http::error::header_limit || failed == http::error::buffer_overflow)
    return send(problem(
        431, "the request's header is above " + std::to_string(options.max_header) + " bytes"));
  if (failed == http::error::body_limit)
    return send(problem(413, "the request's body is above " + std::to_string(options.max_body) +
                                 " bytes; send it in parts"));
  bool left = failed == http::error::end_of_stream || failed == http::error::partial_message;
  if (left || failed.category() != http::make_error_code(http::error::bad_method).category())
    return close();
  send(problem(400, "this is no HTTP/1.1 request: " + failed.message()));
}

/// Lets the client read the reply: a connection closed over unread data takes the reply with it.
void HttpSession::linger() {
  stream_.expires_after(linger_time);
  stream_.finish([self = shared_from_this()](Failed, std::size_t) {
    self->buffer_ = beast::flat_buffer();
    self->discard(0);
  });
}

void HttpSession::discard(std::size_t so_far) {
  if (so_far > linger_bytes) return close();
  buffer_.clear();
  stream_.plain().async_read_some(buffer_.prepare(64 * 1024), [self = shared_from_this(), so_far](
                                                                  Failed failed, std::size_t n) {
    failed ? self->close() : self->discard(so_far + n);
  });
}

void HttpSession::close() {
  stream_.close();
  owner_.closed(*this);
}

}  // namespace sherpa::dashboard
