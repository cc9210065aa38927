#pragma once

#include "dashboard/http/beast.hpp"
#include "dashboard/http/tls.hpp"

#include <boost/beast/websocket/teardown.hpp>

#include <chrono>
#include <memory>
#include <type_traits>
#include <utility>

namespace sherpa::dashboard {

/// A connection, encrypted or not, as the library's operations want one. What is encrypted goes
/// through one virtual call, so that requests and web sockets are compiled once for both.
class Stream {
 public:
  using executor_type = Executor;

  explicit Stream(Socket socket) : plain_(std::make_shared<Plain>(std::move(socket))) {}

  executor_type get_executor() noexcept { return plain_->get_executor(); }
  Socket& socket() { return plain_->socket(); }
  void expires_after(std::chrono::milliseconds most) { plain_->expires_after(most); }
  void expires_never() { plain_->expires_never(); }
  void close() { plain_->close(); }

  bool encrypted() const { return encrypted_ != nullptr; }
  void encrypt(const Tls& tls, asio::const_buffer came, Done done) {
    encrypted_ = tls.over(plain_);
    encrypted_->begin(came, std::move(done));
  }
  /// Nothing more will be sent.
  void finish(Done done) {
    auto shut = [plain = plain_, done = std::move(done)](Failed failed, std::size_t) {
      Failed ignored;
      plain->socket().shutdown(tcp::socket::shutdown_send, ignored);
      done(failed, 0);
    };
    encrypted_ ? encrypted_->finish(std::move(shut)) : shut({}, 0);
  }
  /// What comes, as it comes.
  Plain& plain() { return *plain_; }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (!encrypted_) return plain_->async_read_some(buffers, std::forward<Handler>(handler));
    encrypted_->read(first_of<asio::mutable_buffer>(buffers), done(std::forward<Handler>(handler)));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (!encrypted_) return plain_->async_write_some(buffers, std::forward<Handler>(handler));
    encrypted_->write(first_of<asio::const_buffer>(buffers), done(std::forward<Handler>(handler)));
  }

  friend void beast_close_socket(Stream& stream) { stream.close(); }
  template <class Handler>
  friend void async_teardown(beast::role_type role, Stream& stream, Handler&& handler) {
    using beast::websocket::async_teardown;
    if (!stream.encrypted_)
      return async_teardown(role, *stream.plain_, std::forward<Handler>(handler));
    stream.encrypted_->finish([kept = keep(std::forward<Handler>(handler))](
                                  Failed failed, std::size_t) { (*kept)(failed); });
  }

 private:
  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers);
         ++at)
      if (Buffer one = *at; one.size() > 0) return one;
    return {};
  }
  /// The library's own can be moved, and not copied as a std::function is.
  template <class Handler>
  static auto keep(Handler&& handler) {
    return std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
  }
  template <class Handler>
  static Done done(Handler&& handler) {
    return [kept = keep(std::forward<Handler>(handler))](Failed failed, std::size_t n) {
      (*kept)(failed, n);
    };
  }

  std::shared_ptr<Plain> plain_;
  std::shared_ptr<Encrypted> encrypted_;
};

}  // namespace sherpa::dashboard
