#pragma once

#include <pthread.h>
#include <csignal>
#include <thread>
#include <utility>

namespace sherpa::base {

/// Blocks signals for this thread while it lives, so that threads made meanwhile, which inherit the
/// mask, never take a signal that is the host program's. Those that a thread brings upon itself (a
/// segmentation fault, say) and a profiler's stay as they are.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    for (int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF})
      sigdelset(&all, own);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

/// A thread that takes no signals.
template <class F>
std::jthread quiet_thread(F&& run) {
  SignalsBlocked blocked;
  return std::jthread(std::forward<F>(run));
}

}  // namespace sherpa::base
