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
#include <cstdint>
#include <ctime>
#include <string>

namespace sherpa {

namespace {

constexpr int interrupted = 130;
constexpr char quit = 'q';
constexpr char signalled = 's';

/// A second signal sooner than this after the first belongs to it: `timeout` signals the process
/// and then its group, and a shell, its terminal and a service manager may each send one.
constexpr std::int64_t one_signal_ms = 1000;
constexpr std::array stopping_signals{SIGINT, SIGTERM, SIGHUP};

// What the handler may touch.
std::atomic<int> signal_pipe = -1;
std::atomic<std::int64_t> first_signal_ms = 0;

void on_signal(int) {
  const int saved = errno;
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  const std::int64_t now = 1 + time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
  std::int64_t first = 0;
  if (first_signal_ms.compare_exchange_strong(first, now)) {
    if (write(signal_pipe.load(), &signalled, 1) < 0) _exit(interrupted);
  } else if (now - first >= one_signal_ms) {
    _exit(interrupted);
  }
  errno = saved;
}

}  // namespace

struct StopOnSignals::Impl {
  std::array<int, 2> pipe{-1, -1};
  std::array<struct sigaction, stopping_signals.size()> former{};
  struct sigaction former_pipe {};
  std::stop_source source;
  std::chrono::seconds grace;
  std::jthread thread;

  void watch() {
    if (next() != signalled) return;
    source.request_stop();
    base::log(LogLevel::info,
              "stopping: running trials are asked to end; signal again to end at once");
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
  first_signal_ms = 0;
  impl_->thread = base::quiet_thread([this] { impl_->watch(); });
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < stopping_signals.size(); ++i) {
    sigaction(stopping_signals[i], nullptr, &impl_->former[i]);
    // Under nohup a terminal that closes ends nothing.
    const bool ignored = stopping_signals[i] == SIGHUP && impl_->former[i].sa_handler == SIG_IGN;
    if (!ignored) sigaction(stopping_signals[i], &action, nullptr);
  }
  // `program | tee log` and Ctrl-C: tee ends first, and what is printed then must not kill us.
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, &impl_->former_pipe);
}

StopOnSignals::~StopOnSignals() {
  for (std::size_t i = 0; i < stopping_signals.size(); ++i)
    sigaction(stopping_signals[i], &impl_->former[i], nullptr);
  sigaction(SIGPIPE, &impl_->former_pipe, nullptr);
  while (write(impl_->pipe[1], &quit, 1) < 0 && errno == EINTR) {}
  impl_->thread.join();
  signal_pipe = -1;
  close(impl_->pipe[0]);
  close(impl_->pipe[1]);
}

std::stop_token StopOnSignals::token() const { return impl_->source.get_token(); }
int StopOnSignals::exit_code() const { return impl_->source.stop_requested() ? interrupted : 0; }

}  // namespace sherpa
