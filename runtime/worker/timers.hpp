#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace sherpa::runtime {

/// The port by which a worker waits: for the next attempt to connect, for work.
class Timers {
 public:
  /// Nothing is called after it returns.
  virtual ~Timers() = default;
  /// Calls `then` once, after this time, on a thread of its own.
  virtual void after(std::chrono::milliseconds delay, std::function<void()> then) = 0;
};

/// By the system's steady clock.
std::unique_ptr<Timers> make_timers();

}  // namespace sherpa::runtime
