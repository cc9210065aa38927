#include "runtime/tls_link/tls_connection.hpp"

#include "core/base/log.hpp"
#include "runtime/tls_link/frames.hpp"
#include "runtime/tls_link/tls_session.hpp"

namespace sherpa::runtime::tls_link {

TlsConnection::TlsConnection(TlsSession& session, const Options& options, std::string address)
    : options_(options), address_(std::move(address)), session_(&session) {}

void TlsConnection::wake() {
  if (std::exchange(woken_, true)) return;
  asio::post(session_->core_.io, [session = session_->shared_from_this()] { session->pump(); });
}

bool TlsConnection::send(const link::Message& message) {
  {
    std::scoped_lock lock(mutex_);
    if (!session_ || closed_) return false;
    if (link::can_wait(message) && waiting_.size() + in_flight_ >= options_.full) {
      full_ = true;
      return false;
    }
  }
  auto framed = frame(message);  // takes a while: without the lock
  std::scoped_lock lock(mutex_);
  if (!session_ || closed_) return false;
  if (framed.size() - frame_head > options_.most_frame) {
    base::log(LogLevel::error, "a message of " + std::to_string(framed.size()) + " bytes to " +
                                   address_ + " is not sent: it is above " +
                                   std::to_string(options_.most_frame));
    return false;
  }
  if (waiting_.empty())
    waiting_ = std::move(framed);
  else
    waiting_ += framed;
  if (waiting_.size() + in_flight_ > options_.most_queued) {
    closed_ = true;
    asio::post(session_->core_.io, [session = session_->shared_from_this()] { session->choke(); });
    return false;
  }
  wake();
  return true;
}

void TlsConnection::close() {
  std::scoped_lock lock(mutex_);
  if (!session_ || std::exchange(closed_, true)) return;
  asio::post(session_->core_.io, [session = session_->shared_from_this()] { session->close(); });
}

void TlsConnection::abandon() {
  std::scoped_lock lock(mutex_);
  if (!session_ || std::exchange(abandoned_, true)) return;
  closed_ = true;
  asio::post(session_->core_.io, [session = session_->shared_from_this()] { session->abandon(); });
}

}  // namespace sherpa::runtime::tls_link
