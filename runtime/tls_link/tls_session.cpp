#include "runtime/tls_link/tls_session.hpp"

#include "core/base/log.hpp"
#include "runtime/tls_link/allowed_messages.hpp"
#include "runtime/tls_link/tls_connection.hpp"

#include <sys/socket.h>
#include <cerrno>
#include <cstring>
#include <exception>

namespace sherpa::runtime::tls_link {

namespace {

using link::Loss;
using link::Message;

constexpr std::size_t at_a_time = 256 * 1024;      // bytes, before others have their turn
constexpr std::size_t kept = 64 * 1024;            // bytes of memory that a quiet connection keeps
constexpr std::size_t most_drained = 1024 * 1024;  // bytes that a closed connection still takes
constexpr int patience = 4;  // silences: as long an abandoned connection is kept

std::string text_of(const tcp::endpoint& endpoint) {
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  auto text = address.to_string();
  return (address.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(endpoint.port());
}

tcp::endpoint remote_of(const Socket& socket) {
  Failed gone;
  return socket.remote_endpoint(gone);
}

}  // namespace

TlsSession::TlsSession(Core& core, std::shared_ptr<const Tls> tls, std::shared_ptr<Host> host,
                       Socket socket)
    : core_(core),
      tls_(std::move(tls)),
      host_(std::move(host)),
      line_(std::make_shared<TlsConnection>(*this, core.options, text_of(remote_of(socket)))),
      socket_(std::move(socket)),
      timer_(core.io),
      remote_(remote_of(socket_)) {}

TlsSession::~TlsSession() = default;

std::string TlsSession::address() const { return line_->address(); }

void TlsSession::begin(bool speak) {
  Failed failed;
  socket_.non_blocking(true, failed);
  if (!failed) socket_.set_option(tcp::no_delay(true), failed);
  held_ = !speak;
  core_.sessions.insert(shared_from_this());
  watch(Clock::now() + core_.options.hello);
  if (failed) return end(Loss::closed, failed.message());
  speak ? pump() : listen();
}

// Exceptions of handlers must not end the link's thread, nor leave a connection half-served.
template <class F>
void TlsSession::call(F&& f) {
  try {
    f();
  } catch (const std::exception& e) {
    base::log(LogLevel::error, "link: " + address() + ": " + e.what());
    end(Loss::here, e.what());
  }
}

// Sending.

void TlsSession::say(const Message& message) {
  std::scoped_lock lock(line_->mutex_);
  line_->waiting_ += frame(message);
  line_->wake();
}

void TlsSession::open(std::shared_ptr<link::ConnectionHandler> handler,
                      const link::Welcome* welcome) {
  handler_ = std::move(handler);
  host_.reset();
  phase_ = Phase::open;
  held_ = false;
  last_received_ = last_sent_ = Clock::now();
  watch(std::min(last_received_ + core_.options.silence, last_sent_ + core_.options.heartbeat));
  if (!welcome) return;
  std::scoped_lock lock(line_->mutex_);
  line_->waiting_.insert(0, frame(*welcome));
  line_->wake();
}

void TlsSession::refuse(const std::string& message, bool for_now) {
  held_ = false;
  {
    std::scoped_lock lock(line_->mutex_);
    line_->closed_ = true;
    line_->waiting_ = frame(link::Refused{.message = message, .later = for_now});
  }
  phase_ = Phase::open;
  close();
}

void TlsSession::write() {
  for (std::size_t done = 0;
       phase_ == Phase::greeting || phase_ == Phase::open || phase_ == Phase::closing;) {
    if (sent_ == out_.size()) {
      if (out_.capacity() > kept) std::string().swap(out_);
      out_.clear();
      sent_ = 0;
      std::scoped_lock lock(line_->mutex_);
      line_->in_flight_ = 0;
      if (held_ || line_->waiting_.empty()) {
        line_->woken_ = false;
        break;
      }
      out_.swap(line_->waiting_);
      line_->in_flight_ = out_.size();
    }
    if (done > at_a_time) {
      asio::post(core_.io, [self = shared_from_this()] { self->pump(); });
      break;
    }
    ERR_clear_error();
    errno = 0;
    auto n = SSL_write(ssl_.get(), out_.data() + sent_,
                       static_cast<int>(std::min(out_.size() - sent_, at_a_time)));
    if (n <= 0) {
      auto error = SSL_get_error(ssl_.get(), n);
      if (error == SSL_ERROR_WANT_WRITE) {
        wait_to_write();
      } else if (error != SSL_ERROR_WANT_READ) {
        broken_pipe_ = true;  // what the other end said before may still be there to be read
      }
      break;
    }
    sent_ += static_cast<std::size_t>(n);
    done += static_cast<std::size_t>(n);
    last_sent_ = Clock::now();
  }
  make_room();
  if (phase_ == Phase::closing && sent_ == out_.size() && !broken_pipe_) drain();
}

void TlsSession::make_room() {
  bool room = false;
  {
    std::scoped_lock lock(line_->mutex_);
    line_->in_flight_ = out_.size() - sent_;
    auto queued = line_->waiting_.size() + line_->in_flight_;
    if (line_->full_ && queued <= core_.options.full / 2) {
      line_->full_ = false;
      room = !line_->closed_;
    }
  }
  if (room && handler_) call([&] { handler_->room(); });
}

void TlsSession::choke() { end(Loss::broken, "it does not read what it is sent"); }

// Receiving.

void TlsSession::pump() {
  if (phase_ == Phase::over || phase_ == Phase::abandoned) return;
  auto self = shared_from_this();
  if (phase_ == Phase::draining) return drained();
  if (phase_ == Phase::waiting) {
    ssl_ = tls_->connection(socket_.native_handle(), &complaint_);
    if (!ssl_) return end(Loss::broken, "out of memory for an encrypted connection");
    phase_ = Phase::shaking;
  }
  if (phase_ == Phase::shaking && !shake()) return;
  write();
  read();
  if (broken_pipe_ && phase_ < Phase::draining)
    end(goodbye_ ? Loss::goodbye : Loss::closed, "the connection was closed");
}

bool TlsSession::shake() {
  ERR_clear_error();
  errno = 0;
  auto n = SSL_do_handshake(ssl_.get());
  if (n == 1) {
    phase_ = Phase::greeting;
    call([&] { host_->shaken(*this); });
    return phase_ == Phase::greeting;
  }
  switch (SSL_get_error(ssl_.get(), n)) {
    case SSL_ERROR_WANT_READ: listen(); return false;
    case SSL_ERROR_WANT_WRITE: wait_to_write(); return false;
    default: on_failure(n); return false;
  }
}

void TlsSession::read() {
  for (std::size_t done = 0;
       phase_ == Phase::greeting || phase_ == Phase::open || phase_ == Phase::closing;) {
    if (done > at_a_time)
      return asio::post(core_.io, [self = shared_from_this()] { self->pump(); });
    ERR_clear_error();
    errno = 0;
    auto n = SSL_read(ssl_.get(), core_.scratch.data(), static_cast<int>(core_.scratch.size()));
    if (n <= 0) {
      auto error = SSL_get_error(ssl_.get(), n);
      if (error == SSL_ERROR_WANT_READ) return listen();
      if (error == SSL_ERROR_WANT_WRITE) return wait_to_write();
      return on_failure(n);
    }
    done += static_cast<std::size_t>(n);
    last_received_ = Clock::now();
    if (phase_ == Phase::open) sign_of_life();
    if (phase_ == Phase::greeting || phase_ == Phase::open)
      take({core_.scratch.data(), static_cast<std::size_t>(n)});
  }
}

void TlsSession::sign_of_life() {
  if (last_received_ - last_alive_ < core_.options.alive) return;
  last_alive_ = last_received_;
  call([&] { handler_->alive(); });
}

void TlsSession::take(std::string_view bytes) {
  auto most = [this] {
    return phase_ == Phase::open ? core_.options.most_frame : core_.options.most_hello;
  };
  auto announced = in_.read(bytes, most, [this](std::string_view one) { return take_frame(one); });
  if (!announced) return;
  end(Loss::broken, "it announced a message of " + std::to_string(*announced) + " bytes; at most " +
                        std::to_string(most()) + " are taken");
}

/// False when no more frames are to be read.
bool TlsSession::take_frame(std::string_view bytes) {
  if (phase_ == Phase::greeting) {
    call([&] { host_->first(*this, bytes); });
    return phase_ == Phase::open;
  }
  auto kind = link::kind_of(bytes);
  if (kind && !may_be_said_to(tls_->self(), *kind)) {
    end(Loss::broken,
        "it said " + std::string(link::message_names[*kind]) + " where that cannot be");
    return false;
  }
  auto message = link::decode(bytes);
  if (!message) {
    end(Loss::broken, message.error().message);
    return false;
  }
  if (std::holds_alternative<link::Heartbeat>(*message)) return true;
  if (std::holds_alternative<link::Goodbye>(*message)) goodbye_ = true;
  call([&] { handler_->received(*std::move(message)); });
  return phase_ == Phase::open;
}

void TlsSession::listen() {
  if (std::exchange(reading_, true)) return;
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](Failed failed) {
    self->reading_ = false;
    if (!failed) self->pump();
  });
}

void TlsSession::wait_to_write() {
  if (std::exchange(writing_, true)) return;
  socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](Failed failed) {
    self->writing_ = false;
    if (!failed) self->pump();
  });
  listen();
}

// Time.

void TlsSession::watch(Clock::time_point at) {
  timer_.expires_at(at);
  timer_.async_wait([self = shared_from_this()](Failed failed) {
    if (!failed) self->on_time();
  });
}

void TlsSession::on_time() {
  auto now = Clock::now();
  const auto& options = core_.options;
  switch (phase_) {
    case Phase::over: return;
    case Phase::waiting:
    case Phase::shaking:
    case Phase::greeting:
      return end(Loss::silent,
                 "it said no hello within " + std::to_string(options.hello.count()) + " ms");
    case Phase::closing:
    case Phase::draining:
    case Phase::abandoned:
      if (now < deadline_) return watch(deadline_);
      return finish();
    case Phase::open: break;
  }
  if (now - last_received_ >= options.silence) {
    pump();  // this process may have been stopped meanwhile, and not the other end
    if (phase_ != Phase::open) return;
    if (Clock::now() - last_received_ >= options.silence)
      return end(Loss::silent,
                 "nothing was received for " + std::to_string(options.silence.count()) + " ms");
  }
  if (now - last_sent_ >= options.heartbeat) {
    last_sent_ = now;
    line_->send(link::Heartbeat{++heartbeats_});
  }
  watch(std::min(last_received_ + options.silence, last_sent_ + options.heartbeat));
}

// Ends.

/// An operation of OpenSSL has failed permanently.
void TlsSession::on_failure(int result) {
  auto kind = SSL_get_error(ssl_.get(), result);
  auto number = errno;
  auto error = ERR_peek_error();
  ERR_clear_error();
  if (phase_ == Phase::closing) return finish();
  bool ended =
      kind == SSL_ERROR_ZERO_RETURN ||
      (kind == SSL_ERROR_SYSCALL && (number == 0 || number == ECONNRESET || number == EPIPE)) ||
      (kind == SSL_ERROR_SSL && ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
  if (ended) {
    if (before_open()) return end(Loss::closed, "it closed the connection before it said hello");
    return end(goodbye_ ? Loss::goodbye : Loss::closed,
               goodbye_ ? "it said goodbye" : "its process has ended, or closed the connection");
  }
  if (kind == SSL_ERROR_SYSCALL) return end(Loss::silent, std::strerror(number));
  if (!complaint_.empty()) return end(Loss::broken, complaint_);
  if (ERR_GET_REASON(error) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
    return end(Loss::broken, "it showed no certificate");
  if (auto complaint = complaint_in(error); !complaint.empty()) {
    if (phase_ == Phase::greeting)
      loss_ = Loss::goodbye;  // it has proven who it is: its word is final
    return end(loss_ == Loss::goodbye ? Loss::goodbye : Loss::broken,
               "it refused this end: " + complaint);
  }
  end(Loss::broken, "no encrypted connection with it: " + words_of(error));
}

void TlsSession::end(Loss why, const std::string& message) {
  if (phase_ == Phase::over || phase_ == Phase::abandoned) return;
  if (phase_ >= Phase::closing) return finish();
  auto self = shared_from_this();
  bool encrypted = ssl_ != nullptr;
  loss_ = why;
  loss_message_ = message;
  if (before_open()) {
    phase_ = Phase::closing;
    call([&] {
      host_->failed(*this, {why == Loss::goodbye ? Errc::refused : Errc::wrong_state, message});
    });
    // An alert with the reason is on its way: closing over unread data would discard it.
    if (encrypted && why == Loss::broken && phase_ == Phase::closing) return drain();
  }
  finish();
}

void TlsSession::drop() {
  host_.reset();
  finish();
}

void TlsSession::close() {
  if (phase_ >= Phase::closing) return;
  if (before_open()) return finish();
  loss_ = Loss::here;
  loss_message_ = "closed";
  phase_ = Phase::closing;
  deadline_ = Clock::now() + core_.options.closing;
  watch(deadline_);
  pump();
}

/// Everything is sent. Waits for the other end to close, too, so that it reads all of it.
void TlsSession::drain() {
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  Failed ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  phase_ = Phase::draining;
  deadline_ = Clock::now() + core_.options.closing;
  watch(deadline_);
  drained();
}

void TlsSession::drained() {
  while (drained_ < most_drained) {
    auto n = ::recv(socket_.native_handle(), core_.scratch.data(), core_.scratch.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return listen();
    if (n <= 0) break;
    drained_ += static_cast<std::size_t>(n);
  }
  finish();
}

/// Does not notify the other end, which finds the connection silent: it is not closed before that.
void TlsSession::abandon() {
  if (phase_ == Phase::over || phase_ == Phase::abandoned) return;
  phase_ = Phase::abandoned;
  Failed ignored;
  socket_.cancel(ignored);
  deadline_ = Clock::now() + patience * core_.options.silence;
  watch(deadline_);
  {
    std::scoped_lock lock(line_->mutex_);
    line_->session_ = nullptr;
    line_->waiting_.clear();
  }
  if (auto handler = std::move(handler_)) call([&] { handler->lost(Loss::here, "abandoned"); });
}

void TlsSession::finish() {
  if (phase_ == Phase::over) return;
  auto self = shared_from_this();
  bool abandoned = phase_ == Phase::abandoned;
  phase_ = Phase::over;
  {
    std::scoped_lock lock(line_->mutex_);
    line_->session_ = nullptr;
    std::string().swap(line_->waiting_);
  }
  timer_.cancel();
  Failed ignored;
  if (abandoned) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  ssl_.reset();
  socket_.close(ignored);
  core_.sessions.erase(self);
  if (auto host = std::move(host_)) host->gone(*this);
  if (auto handler = std::move(handler_)) call([&] { handler->lost(loss_, loss_message_); });
}

}  // namespace sherpa::runtime::tls_link
