#pragma once

#include "core/study/launcher.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace sherpa::testing_support {

/// A trial channel that records how its attempt ended, and through which it can be stopped.
class RecordingChannel final : public study::TrialChannel {
 public:
  struct Last {
    study::End end = study::End::completed;
    study::Detail detail{};
    std::optional<study::StopWhy> stop_why{};
  };

  explicit RecordingChannel(std::function<void(const Last&)> then = {}) : then_(std::move(then)) {}

  void observe(Observation) override {}
  std::optional<study::StopWhy> should_stop() override { return {}; }
  void publish(std::string) override {}
  void post(std::vector<Observation>,
            std::function<void(Result<std::optional<study::StopWhy>>)>) override {}
  void post_checkpoint(std::string, std::function<void(Result<void>)>) override {}
  void on_stop(std::function<void(study::StopWhy)> stop) override {
    std::scoped_lock lock(mutex_);
    stop_ = std::move(stop);
  }
  void ended(study::End end, study::Detail detail,
             std::optional<study::StopWhy> stop_why) override {
    Last last{end, std::move(detail), stop_why};
    if (then_) then_(last);
    std::scoped_lock lock(mutex_);
    last_ = std::move(last);
    ++ends_;
    changed_.notify_all();
  }

  void stop(study::StopWhy why) {
    std::unique_lock lock(mutex_);
    auto stop = stop_;
    lock.unlock();
    stop(why);
  }
  /// Waits for it.
  Last last() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return last_.has_value(); });
    return *last_;
  }
  int ends() {
    std::scoped_lock lock(mutex_);
    return ends_;
  }

 private:
  std::function<void(const Last&)> then_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void(study::StopWhy)> stop_;
  std::optional<Last> last_;
  int ends_ = 0;
};

}  // namespace sherpa::testing_support
