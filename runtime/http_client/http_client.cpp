#include "runtime/http_client/http_client.hpp"

#include "core/base/text.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <optional>
#include <utility>

namespace sherpa::runtime {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;

namespace {

using Executor = asio::io_context::executor_type;
using Stream = beast::basic_stream<tcp, Executor>;
using ErrorCode = boost::system::error_code;

constexpr std::size_t largest_message = 1u << 30;  // of a web socket

/// Starts one asynchronous operation and waits for its end: only these heed a time limit. Timers of
/// a web socket that ended its handshake may still be pending then; they are not waited for.
template <class Start>
ErrorCode run_to_end(asio::io_context& io, Start&& start) {
  ErrorCode out;
  start([&](ErrorCode failed, auto&&...) {
    out = failed;
    io.stop();
  });
  io.restart();
  io.run();
  return out;
}

ErrorCode connect(asio::io_context& io, Stream& stream, const Url& url,
                  HttpClient::Clock::time_point until) {
  ErrorCode failed;
  asio::ip::basic_resolver<tcp, Executor> resolver(io);
  auto endpoints = resolver.resolve(url.host, url.port, failed);
  if (failed) return failed;
  stream.expires_at(until);
  return run_to_end(io, [&](auto done) { stream.async_connect(endpoints, done); });
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  const Error wrong{Errc::invalid_argument,
                    "the URL " + base::quote(text) + " is not like http://127.0.0.1:8880"};
  auto rest = text;
  if (!rest.starts_with(scheme)) return wrong;
  rest.remove_prefix(scheme.size());
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const bool bracketed = rest.starts_with('[');
  auto end = bracketed ? rest.find(']') : rest.rfind(':');
  auto colon = bracketed && end != std::string_view::npos ? end + 1 : end;
  if (end == std::string_view::npos || colon >= rest.size() || rest[colon] != ':') return wrong;
  Url out{std::string(bracketed ? rest.substr(1, end - 1) : rest.substr(0, end)),
          std::string(rest.substr(colon + 1))};
  if (out.host.empty() || out.port.empty() ||
      out.port.find_first_not_of("0123456789") != std::string::npos)
    return wrong;
  return out;
}

std::string Url::authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + port;
}

struct HttpClient::Impl {
  Url url;
  const std::string token;
  const std::uint64_t largest_body;
  asio::io_context io{1};
  std::optional<Stream> stream{};  // absent: not connected
  beast::flat_buffer buffer{};

  /// Sends the request and reads the response into `out`.
  ErrorCode exchange(const Request& wanted, Exchange& out) {
    out.reused = stream.has_value();
    if (!stream) {
      buffer.clear();
      stream.emplace(io);
      if (auto failed = connect(io, *stream, url, wanted.send_until)) return failed;
      ErrorCode ignored;
      stream->socket().set_option(tcp::no_delay(true), ignored);
    }
    http::request<http::string_body> request(http::string_to_verb(wanted.method),
                                             "/api/v1" + wanted.path, 11, wanted.body);
    request.set(http::field::host, url.authority());
    request.set(http::field::authorization, "Bearer " + token);
    if (!wanted.body.empty()) request.set(http::field::content_type, "application/json");
    request.prepare_payload();
    stream->expires_at(wanted.send_until);
    out.sent = true;
    if (auto failed = run_to_end(io, [&](auto done) { http::async_write(*stream, request, done); }))
      return failed;
    http::response_parser<http::string_body> parser;
    parser.body_limit(largest_body);
    stream->expires_at(wanted.answer_until);
    if (auto failed = run_to_end(
            io, [&](auto done) { http::async_read_header(*stream, buffer, parser, done); }))
      return failed;
    // The parser of Boost 1.74 forgets this error of a response's header once it reads on.
    if (auto length = parser.content_length(); length && *length > largest_body)
      return make_error_code(http::error::body_limit);
    if (auto failed =
            run_to_end(io, [&](auto done) { http::async_read(*stream, buffer, parser, done); }))
      return failed;
    auto response = parser.release();
    if (!response.keep_alive()) stream.reset();
    out.status = static_cast<int>(response.result_int());
    out.body = std::move(response.body());
    return {};
  }
};

HttpClient::HttpClient(Url url, std::string token, std::uint64_t largest_body)
    : impl_(new Impl{
          .url = std::move(url), .token = std::move(token), .largest_body = largest_body}) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

HttpClient::Exchange HttpClient::exchange(const Request& request) {
  Exchange out;
  if (auto failed = impl_->exchange(request, out)) {
    close();
    out.failure = failed.message();
  }
  return out;
}

void HttpClient::close() { impl_->stream.reset(); }

void HttpClient::redirect(Url url) {
  close();
  impl_->url = std::move(url);
}

struct WebSocketClient::Impl {
  asio::io_context io{1};
  websocket::stream<Stream> socket{io};

  template <class Start>
  Result<void> run(Start&& start) {
    if (auto failed = run_to_end(io, std::forward<Start>(start)))
      return Error{Errc::wrong_state, failed.message()};
    return {};
  }
};

WebSocketClient::WebSocketClient() : impl_(std::make_unique<Impl>()) {}
WebSocketClient::~WebSocketClient() = default;

Result<void> WebSocketClient::open(const Url& url, const std::string& token,
                                   const std::string& path,
                                   std::chrono::milliseconds connect_within) {
  auto& socket = impl_->socket;
  auto& stream = beast::get_lowest_layer(socket);
  if (auto failed = connect(impl_->io, stream, url, HttpClient::Clock::now() + connect_within))
    return Error{Errc::wrong_state, failed.message()};
  stream.expires_never();  // the web socket has time limits of its own
  socket.set_option(websocket::stream_base::timeout::suggested(beast::role_type::client));
  socket.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
    request.set(http::field::authorization, "Bearer " + token);
  }));
  socket.read_message_max(largest_message);
  return impl_->run(
      [&](auto done) { socket.async_handshake(url.authority(), "/api/v1" + path, done); });
}

Result<WebSocketClient::Message> WebSocketClient::read() {
  beast::flat_buffer buffer;
  auto& socket = impl_->socket;
  if (auto done = impl_->run([&](auto done) { socket.async_read(buffer, done); }); !done)
    return done.error();
  return Message{beast::buffers_to_string(buffer.data()), socket.got_binary()};
}

void WebSocketClient::close() {
  asio::post(impl_->io, [impl = impl_.get()] { beast::get_lowest_layer(impl->socket).close(); });
}

}  // namespace sherpa::runtime
