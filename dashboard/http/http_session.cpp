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
constexpr std::size_t most_skipped = 64 * 1024;         // of a body, to keep the connection
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

HttpSession::HttpSession(Owner& owner, std::uint64_t id, Socket socket)
    : owner_(owner), id_(id), stream_(std::move(socket)) {
  Failed gone;
  local_ = plain(stream_.socket().local_endpoint(gone).address());
  if (!gone) remote_ = plain(stream_.socket().remote_endpoint(gone).address());
  if (gone) remote_.clear();
}

HttpSession::~HttpSession() = default;

void HttpSession::begin() { wait(owner_.options().request); }

bool HttpSession::spoke() {
  Failed failed;
  return spoke_ || stream_.socket().available(failed) > 0;
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
    const auto& options = self->owner_.options();
    self->keep_alive_ ? self->wait(self->authorized_ ? options.idle : options.request)
                      : self->linger();
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
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](Failed failed, std::size_t) {
                            failed ? self->refuse(failed) : self->take_head();
                          });
}

/// Who sent it decides whether its body is worth reading.
void HttpSession::take_head() {
  const auto& head = parser_->get();
  keep_alive_ = head.keep_alive();
  version_ = head.version();
  without_body_ = head.method() == http::verb::head;
  request_ = {.method = std::string(head.method_string()),
              .target = std::string(head.target()),
              .local_address = local_,
              .remote_address = remote_,
              .encrypted = stream_.encrypted()};
  for (const auto& field : head) request_.headers.emplace_back(field.name_string(), field.value());
  refusal_ = refuse_head();
  authorized_ && !refusal_ ? take_body() : skip_body();
}

std::optional<Response> HttpSession::refuse_head() {
  if (auto refused = refuse_transfer_encoding(request_)) {
    keep_alive_ = false;  // what would be the next request could be in the body
    return refused;
  }
  if (auto refused = refuse_host(request_, owner_.options().names)) return refused;
  if (owner_.tls())
    if (auto refused = refuse_plain(request_)) return refused;
  auto refused = owner_.authorize(*this, request_);
  constexpr int later = 503;
  if (refused && refused->status == later) keep_alive_ = false;
  return refused;
}

void HttpSession::take_body() {
  const auto length = parser_->content_length();
  const auto size =
      parser_->chunked() ? owner_.options().max_body : static_cast<std::size_t>(length.value_or(0));
  if (!owner_.reserve(size)) {
    refusal_ = problem(503, "too many large requests come at once; try again later");
    return skip_body();
  }
  reserved_ = size;
  if (!wants_go_on(parser_->get())) return read_body();
  asio::async_write(stream_, asio::buffer(go_on),
                    [self = shared_from_this()](Failed broken, std::size_t) {
                      broken ? self->close() : self->read_body();
                    });
}

/// Reads a short body to its end, so that the connection can be kept; nothing of it is.
void HttpSession::skip_body() {
  const auto length = parser_->content_length();
  if (parser_->chunked() || length.value_or(0) > most_skipped || wants_go_on(parser_->get())) {
    keep_alive_ = false;
    auto refused = std::exchange(refusal_, std::nullopt);
    return send(refused ? *std::move(refused) : problem(413, "send this request without a body"));
  }
  parser_->get().body().kept = false;
  read_body();
}

void HttpSession::read_body() {
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](Failed failed, std::size_t) {
                     failed ? self->refuse(failed) : self->handle();
                   });
}

void HttpSession::handle() {
  auto message = parser_->release();
  if (refusal_) return send(*std::exchange(refusal_, std::nullopt));
  request_.body = std::move(message.body().text);
  if (owner_.has_sockets() && beast::websocket::is_upgrade(message))
    return become_socket(std::move(message));
  auto request = std::exchange(request_, {});
  owner_.answer(id_, request);
  release();
}

/// The body is gone, or in the hands of who answers.
void HttpSession::release() { owner_.release(std::exchange(reserved_, 0)); }

/// The connection becomes a web socket, if it is allowed to.
void HttpSession::become_socket(HttpRequest message) {
  release();
  auto decided = owner_.open_socket(std::exchange(request_, {}));
  if (auto* refusal = std::get_if<Response>(&decided)) return send(std::move(*refusal));
  auto self = shared_from_this();  // until the end of this
  owner_.go_on_as_socket(*this, std::move(stream_), std::move(message),
                         std::move(std::get<std::unique_ptr<SocketUser>>(decided)));
}

/// What could not be read as a request: the rest of the connection cannot either.
void HttpSession::refuse(Failed failed) {
  keep_alive_ = false;
  release();
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
  stream_.plain().async_read_some(
      owner_.scratch(), [self = shared_from_this(), so_far](Failed failed, std::size_t n) {
        failed ? self->close() : self->discard(so_far + n);
      });
}

void HttpSession::close() {
  stream_.close();
  release();
  owner_.closed(*this);
}

}  // namespace sherpa::dashboard
