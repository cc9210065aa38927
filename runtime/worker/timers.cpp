#include "runtime/worker/timers.hpp"

#include "core/base/quiet_thread.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

namespace sherpa::runtime {

namespace {

class SteadyTimers final : public Timers {
 public:
  SteadyTimers() : thread_(base::quiet_thread([this] { run(); })) {}
  ~SteadyTimers() override {
    {
      std::scoped_lock lock(mutex_);
      closing_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

  void after(std::chrono::milliseconds delay, std::function<void()> then) override {
    std::scoped_lock lock(mutex_);
    waiting_.emplace(Clock::now() + delay, std::move(then));
    changed_.notify_all();
  }

 private:
  using Clock = std::chrono::steady_clock;

  void run() {
    while (auto then = next()) then();
  }

  /// Waits for the next call that is due; empty at the end.
  std::function<void()> next() {
    std::unique_lock lock(mutex_);
    while (!closing_) {
      if (waiting_.empty()) {
        changed_.wait(lock);
      } else if (auto first = waiting_.begin(); first->first > Clock::now()) {
        changed_.wait_until(lock, first->first);
      } else {
        auto then = std::move(first->second);
        waiting_.erase(first);
        return then;
      }
    }
    return {};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, std::function<void()>> waiting_;
  bool closing_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Timers> make_timers() { return std::make_unique<SteadyTimers>(); }

}  // namespace sherpa::runtime
