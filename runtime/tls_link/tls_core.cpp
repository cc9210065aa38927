#include "runtime/tls_link/tls_core.hpp"

#include "core/base/log.hpp"
#include "runtime/tls_link/tls_session.hpp"

#include <exception>
#include <string>
#include <utility>

namespace sherpa::runtime::tls_link {

void Core::run() {
  work();
  farewell();
}

void Core::work() {
  while (true) {
    try {
      io.run();
      return;
    } catch (const std::exception& e) {
      base::log(LogLevel::error, std::string("link: ") + e.what());
    }
  }
}

void Core::farewell() {
  for (auto all = std::exchange(sessions, {}); const auto& session : all) {
    session->handler_.reset();
    session->host_.reset();
    if (session->phase_ == TlsSession::Phase::open ||
        session->phase_ == TlsSession::Phase::closing) {
      session->phase_ = TlsSession::Phase::closing;
      session->write();  // as much as goes at once
    }
    session->finish();
  }
}

}  // namespace sherpa::runtime::tls_link
