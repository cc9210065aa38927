#pragma once

#include "runtime/tls_link/dialer.hpp"
#include "runtime/tls_link/listener.hpp"
#include "tests/support/link_world.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace sherpa::testing_support {

/// Times that keep a test short.
inline runtime::tls_link::Options quick() {
  using std::chrono::milliseconds;
  runtime::tls_link::Options options;
  options.heartbeat = milliseconds(20);
  options.silence = milliseconds(3000);
  options.alive = milliseconds(10);
  options.closing = milliseconds(5000);
  return options;
}

/// Both ends over loopback, with an authority of their own.
class TlsWorld : public LinkWorld {
 public:
  explicit TlsWorld(runtime::tls_link::Options with = quick()) : options(with) {}

  std::unique_ptr<link::Listener> listener() override {
    auto made = runtime::tls_link::make_listener({.study = "study",
                                                  .coordinator = coordinator,
                                                  .authority = authority.certificate(),
                                                  .host = "127.0.0.1",
                                                  .port = {},
                                                  .link = options})
                    .or_throw();
    std::scoped_lock lock(join_mutex);
    join.port = made->port();
    return made;
  }
  std::unique_ptr<link::Dialer> dialer() override {
    return runtime::tls_link::make_dialer(
        [this]() -> Result<runtime::tls_link::JoinFile> {
          std::scoped_lock lock(join_mutex);
          return join;
        },
        options);
  }

  runtime::tls_link::Options options;
  runtime::tls_link::Authority authority = runtime::tls_link::Authority::make("study").or_throw();
  runtime::tls_link::Identity coordinator =
      authority.issue(runtime::tls_link::Party::coordinator).or_throw();
  std::mutex join_mutex;
  runtime::tls_link::JoinFile join{
      .study = "study",
      .epoch = 1,
      .addresses = {"127.0.0.1"},
      .port = 0,
      .authority = authority.certificate(),
      .worker = authority.issue(runtime::tls_link::Party::worker).or_throw()};
};

}  // namespace sherpa::testing_support
