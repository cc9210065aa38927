#include "schedulers/batch/batch_calls.hpp"

#include "core/base/quiet_thread.hpp"

#include <utility>

namespace sherpa::schedulers {

BatchCalls::BatchCalls(std::unique_ptr<BatchSystem> system)
    : system_(std::move(system)), thread_(base::quiet_thread([this] { run(); })) {}

void BatchCalls::finish() {
  {
    std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BatchCalls::kill(const std::string& id) {
  std::scoped_lock lock(mutex_);
  to_kill_.push_back(id);
  changed_.notify_all();
}

void BatchCalls::ask(Call call) {
  std::scoped_lock lock(mutex_);
  questions_.push_back(std::move(call));
  changed_.notify_all();
}

void BatchCalls::submit(Call call) {
  std::scoped_lock lock(mutex_);
  submissions_.push_back(std::move(call));
  changed_.notify_all();
}

/// Waits for the next call; empty at the end.
BatchCalls::Call BatchCalls::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    return !to_kill_.empty() || !questions_.empty() || !submissions_.empty() || ending_;
  });
  if (!to_kill_.empty())
    return [ids = std::exchange(to_kill_, {})](BatchSystem& system) { system.kill(ids); };
  auto& waiting = questions_.empty() ? submissions_ : questions_;
  if (waiting.empty()) return {};
  auto call = std::move(waiting.front());
  waiting.pop_front();
  return call;
}

void BatchCalls::run() {
  while (auto call = next()) call(*system_);
}

}  // namespace sherpa::schedulers
