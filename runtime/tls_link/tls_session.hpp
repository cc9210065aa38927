#pragma once

#include "core/link/link.hpp"
#include "runtime/tls_link/asio.hpp"
#include "runtime/tls_link/frames.hpp"
#include "runtime/tls_link/tls.hpp"
#include "runtime/tls_link/tls_core.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sherpa::runtime::tls_link {

class TlsConnection;
class TlsSession;

/// Who has made a session, until it is open.
class Host {
 public:
  virtual ~Host() = default;
  /// It is encrypted now, and the other end has shown its certificate.
  virtual void shaken(TlsSession& session) = 0;
  /// The other end's first message.
  virtual void first(TlsSession& session, std::string_view bytes) = 0;
  /// It is over before it was open; it may take a moment to say so to the other end.
  virtual void failed(TlsSession& session, const Error& why) = 0;
  /// The last call for a session that was never opened.
  virtual void gone(TlsSession& session) = 0;
};

/// One connection. Everything here happens on the link's thread; other threads have its
/// TlsConnection.
class TlsSession : public std::enable_shared_from_this<TlsSession> {
 public:
  TlsSession(Core& core, std::shared_ptr<const Tls> tls, std::shared_ptr<Host> host, Socket socket);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// A worker sends at once; a coordinator allocates nothing for a connection before something
  /// arrives.
  void begin(bool speak);
  /// Sends a message before it is open.
  void say(const link::Message& message);
  /// From now on `handler` receives messages; `welcome` precedes everything that was sent
  /// meanwhile.
  void open(std::shared_ptr<link::ConnectionHandler> handler, const link::Welcome* welcome);
  /// Sends the reason, and closes.
  void refuse(const std::string& message, bool for_now = false);
  /// Over at once, before it was open, with no call to its host.
  void drop();

  std::shared_ptr<TlsConnection> line() const { return line_; }
  const tcp::endpoint& remote() const { return remote_; }
  std::string address() const;
  /// Something has arrived, though perhaps not a hello.
  bool spoke() const { return phase_ != Phase::waiting; }

 private:
  friend class TlsConnection;
  friend struct Core;

  enum class Phase : std::uint8_t {
    waiting,   ///< nothing has arrived yet
    shaking,   ///< TLS handshake
    greeting,  ///< hello or welcome is to come
    open,
    closing,    ///< what is queued is sent
    draining,   ///< everything is said; closed when the other end is, so that it can read all
    abandoned,  ///< nothing is sent any more, and what arrives is ignored
    over,
  };

  void pump();
  bool shake();
  void write();
  void read();
  void listen();
  void wait_to_write();
  void take(std::string_view bytes);
  bool take_frame(std::string_view frame);
  void sign_of_life();
  void make_room();
  void choke();
  void watch(Clock::time_point at);
  void on_time();
  void on_failure(int result);
  void close();
  void abandon();
  void drain();
  void drained();
  void end(link::Loss why, const std::string& message);
  void finish();
  bool before_open() const { return phase_ < Phase::open; }
  template <class F>
  void call(F&& f);

  Core& core_;
  const std::shared_ptr<const Tls> tls_;
  std::shared_ptr<Host> host_;
  std::shared_ptr<link::ConnectionHandler> handler_;
  const std::shared_ptr<TlsConnection> line_;
  Socket socket_;
  Timer timer_;
  const tcp::endpoint remote_;
  std::string complaint_;    ///< about the other end's certificate
  openssl::TlsSession ssl_;  ///< refers to it
  FrameReader in_;
  std::string out_;       ///< is being sent
  std::size_t sent_ = 0;  ///< bytes of it
  std::size_t drained_ = 0;
  Clock::time_point last_received_{}, last_sent_{}, last_alive_{}, deadline_{};
  std::uint64_t heartbeats_ = 0;
  link::Loss loss_ = link::Loss::here;
  std::string loss_message_;
  Phase phase_ = Phase::waiting;
  bool reading_ = false, writing_ = false, held_ = false, goodbye_ = false, broken_pipe_ = false;
};

}  // namespace sherpa::runtime::tls_link
