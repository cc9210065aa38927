#include <sherpa/terminal.hpp>

#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"

#include <sherpa/error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <string>

namespace sherpa {

namespace {

constexpr int interrupted = 130;
constexpr char quit = 'q';
constexpr char signalled = 's';

// What the handler may touch.
std::atomic<int> signal_pipe = -1;
std::atomic<int> signals_seen = 0;

void on_signal(int) {
  if (signals_seen.fetch_add(1) > 0) _exit(interrupted);  // the second: at once
  int saved = errno;
  if (write(signal_pipe.load(), &signalled, 1) < 0) _exit(interrupted);
  errno = saved;
}

}  // namespace

struct StopOnSignals::Impl {
  std::array<int, 2> pipe{-1, -1};
  struct sigaction former_int {
  }, former_term{};
  std::stop_source source;
  std::chrono::seconds grace;
  std::jthread thread;

  void watch() {
    if (next() != signalled) return;
    base::log(LogLevel::info,
              "stopping: running trials are asked to end; signal again to end at once");
    source.request_stop();
    pollfd waiting{pipe[0], POLLIN, 0};
    int ready = 0;
    do {
      ready = poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(grace).count()));
    } while (ready < 0 && errno == EINTR);
    if (ready != 0) return;
    base::log(LogLevel::warning, "running trials did not end within " +
                                     std::to_string(grace.count()) +
                                     " s; leaving without them. What they reported is stored, and "
                                     "they run again after a resume");
    _exit(interrupted);
  }
  char next() {
    char what = quit;
    while (read(pipe[0], &what, 1) < 0 && errno == EINTR) {}
    return what;
  }
};

StopOnSignals::StopOnSignals(std::chrono::seconds grace) : impl_(std::make_unique<Impl>()) {
  impl_->grace = grace;
  if (pipe2(impl_->pipe.data(), O_CLOEXEC) != 0)
    throw Exception({Errc::internal, "StopOnSignals: cannot make a pipe"});
  int none = -1;
  if (!signal_pipe.compare_exchange_strong(none, impl_->pipe[1])) {
    close(impl_->pipe[0]);
    close(impl_->pipe[1]);
    throw Exception(
        {Errc::wrong_state, "StopOnSignals: there is one already; a process needs one"});
  }
  signals_seen = 0;
  impl_->thread = base::quiet_thread([this] { impl_->watch(); });
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &impl_->former_int);
  sigaction(SIGTERM, &action, &impl_->former_term);
}

StopOnSignals::~StopOnSignals() {
  sigaction(SIGINT, &impl_->former_int, nullptr);
  sigaction(SIGTERM, &impl_->former_term, nullptr);
  while (write(impl_->pipe[1], &quit, 1) < 0 && errno == EINTR) {}
  impl_->thread.join();
  signal_pipe = -1;
  close(impl_->pipe[0]);
  close(impl_->pipe[1]);
}

std::stop_token StopOnSignals::token() const { return impl_->source.get_token(); }
int StopOnSignals::exit_code() const { return impl_->source.stop_requested() ? interrupted : 0; }

}  // namespace sherpa
