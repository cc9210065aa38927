#include "dashboard/http/web_socket.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <utility>

namespace sherpa::dashboard {

namespace websocket = beast::websocket;

namespace {

class Session final : public WebSocket, public std::enable_shared_from_this<Session> {
 public:
  Session(Stream stream, HttpRequest request, std::unique_ptr<SocketUser> user,
          const Limits& limits, std::function<void()> closed)
      : socket_(std::move(stream)),
        request_(std::move(request)),
        user_(std::move(user)),
        closed_(std::move(closed)) {
    beast::get_lowest_layer(socket_)
        .expires_never();  // from now on the time-outs are the web socket's
    websocket::stream_base::timeout times{};
    times.handshake_timeout = limits.silence;
    times.idle_timeout = limits.silence;
    times.keep_alive_pings = true;
    socket_.set_option(times);
    socket_.read_message_max(limits.max_message);
    socket_.auto_fragment(false);  // frames go out from where they are kept
  }

  void begin() {
    socket_.async_accept(request_, [self = shared_from_this()](Failed failed) {
      if (failed) return self->end();
      self->request_ = {};
      self->open_ = true;
      self->read();
      self->pump(true);
    });
  }

  void pump(bool woken) override {
    if (!open_ || sending_.bytes) {
      woken_meanwhile_ |= woken;
      return;
    }
    auto message = user_->next(woken);
    if (!message) return;
    sending_ = *std::move(message);
    socket_.binary(sending_.binary);
    socket_.async_write(asio::buffer(*sending_.bytes),
                        [self = shared_from_this()](Failed failed, std::size_t) {
                          self->sending_ = {};
                          if (failed) return self->end();
                          self->pump(std::exchange(self->woken_meanwhile_, false));
                        });
  }

  bool quiet() const override { return open_ && !sending_.bytes; }

 private:
  void read() {
    socket_.async_read(buffer_, [self = shared_from_this()](Failed failed, std::size_t) {
      if (failed) return self->end();
      auto text = beast::buffers_to_string(self->buffer_.data());
      self->buffer_ = beast::flat_buffer();
      if (!self->user_->receive(std::move(text))) return self->refuse();
      self->pump(true);
      self->read();
    });
  }

  void refuse() {
    open_ = false;
    socket_.async_close(websocket::close_code::policy_error,
                        [self = shared_from_this()](Failed) { self->end(); });
  }

  void end() {
    open_ = false;
    beast::get_lowest_layer(socket_).close();
    if (auto closed = std::exchange(closed_, {})) closed();
  }

  websocket::stream<Stream> socket_;
  HttpRequest request_;
  const std::unique_ptr<SocketUser> user_;
  std::function<void()> closed_;
  beast::flat_buffer buffer_;
  SocketUser::Message sending_;
  bool open_ = false, woken_meanwhile_ = false;
};

}  // namespace

std::shared_ptr<WebSocket> WebSocket::open(Stream stream, HttpRequest request,
                                           std::unique_ptr<SocketUser> user, Limits limits,
                                           std::function<void()> closed) {
  auto session = std::make_shared<Session>(std::move(stream), std::move(request), std::move(user),
                                           limits, std::move(closed));
  session->begin();
  return session;
}

}  // namespace sherpa::dashboard
