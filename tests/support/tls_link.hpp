#pragma once

#include "runtime/link/dialer.hpp"
#include "runtime/link/gate.hpp"
#include "tests/support/link_world.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace sherpa::testing_support {

/// Times that let a test go on.
inline runtime::link::Options quick() {
  using std::chrono::milliseconds;
  runtime::link::Options options;
  options.heartbeat = milliseconds(20);
  options.silence = milliseconds(3000);
  options.alive = milliseconds(10);
  options.closing = milliseconds(5000);
  return options;
}

/// Both ends over loopback, with an authority of their own.
class TlsWorld : public LinkWorld {
 public:
  explicit TlsWorld(runtime::link::Options with = quick()) : options(with) {}

  std::unique_ptr<study::link::Gate> gate() override {
    auto made = runtime::link::make_gate({.study = "study",
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
  std::unique_ptr<study::link::Dialer> dialer() override {
    return runtime::link::make_dialer(
        [this]() -> Result<runtime::link::JoinFile> {
          std::scoped_lock lock(join_mutex);
          return join;
        },
        options);
  }

  runtime::link::Options options;
  runtime::link::Authority authority = runtime::link::Authority::make("study").or_throw();
  runtime::link::Identity coordinator = authority.issue(runtime::link::Party::coordinator).or_throw();
  std::mutex join_mutex;
  runtime::link::JoinFile join{.study = "study",
                               .epoch = 1,
                               .addresses = {"127.0.0.1"},
                               .port = 0,
                               .authority = authority.certificate(),
                               .worker = authority.issue(runtime::link::Party::worker).or_throw()};
};

}  // namespace sherpa::testing_support
