#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace sherpa::testing_support {

/// A callback that keeps its argument; pass it by std::ref.
template <class T>
class Recorder {
 public:
  void operator()(T what) {
    std::scoped_lock lock(mutex_);
    what_ = std::move(what);
    changed_.notify_all();
  }
  bool yet() {
    std::scoped_lock lock(mutex_);
    return what_.has_value();
  }
  T wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return what_.has_value(); });
    return *what_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> what_;
};

}  // namespace sherpa::testing_support
