#pragma once

#include <exception>
#include <functional>
#include <utility>
#include <vector>

namespace sherpa::base {

/// Calls that must be made without a lock, collected under it. Declared before the lock, in the
/// same scope, it makes them in order once the lock is released; an exception that leaves the scope
/// drops them.
///
///     base::Deferred after;
///     std::scoped_lock lock(mutex_);
///     after.call([waiter = std::move(waiter_)] { waiter(); });
class Deferred {
 public:
  Deferred() = default;
  Deferred(const Deferred&) = delete;
  Deferred& operator=(const Deferred&) = delete;
  ~Deferred() noexcept(false) {
    if (std::uncaught_exceptions() > exceptions_) return;
    for (auto& call : calls_) call();
  }

  void call(std::function<void()> call) { calls_.push_back(std::move(call)); }

 private:
  const int exceptions_ = std::uncaught_exceptions();
  std::vector<std::function<void()>> calls_;
};

}  // namespace sherpa::base
