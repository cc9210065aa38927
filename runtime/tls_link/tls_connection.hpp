#pragma once

#include "core/link/link.hpp"
#include "runtime/tls_link/options.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace sherpa::runtime::tls_link {

class TlsSession;

/// What others hold of a session: messages on their way to the link's thread. It may outlive the
/// session, the thread and the link.
class TlsConnection final : public link::Connection {
 public:
  TlsConnection(TlsSession& session, const Options& options, std::string address);

  bool send(const link::Message& message) override;
  void close() override;
  void abandon() override;
  std::string address() const override { return address_; }

 private:
  friend class TlsSession;
  friend struct Core;

  /// With the mutex held: the session looks after it on its thread.
  void wake();

  const Options& options_;  // the session's; unused once it is over
  const std::string address_;
  std::mutex mutex_;
  TlsSession* session_;        ///< none: it is over
  std::string waiting_;        ///< frames
  std::size_t in_flight_ = 0;  ///< bytes that the session has taken and not sent
  bool woken_ = false;         ///< the session knows that something waits
  bool full_ = false;          ///< a message was not taken
  bool closed_ = false;        ///< takes nothing more
  bool abandoned_ = false;
};

}  // namespace sherpa::runtime::tls_link
