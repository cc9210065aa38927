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

void BatchCalls::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] {
      return !to_kill_.empty() || !questions_.empty() || !submissions_.empty() || ending_;
    });
    if (!to_kill_.empty()) {
      auto ids = std::exchange(to_kill_, {});
      lock.unlock();
      system_->kill(ids);
    } else if (auto& waiting = questions_.empty() ? submissions_ : questions_; !waiting.empty()) {
      auto call = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      call(*system_);
    } else {
      return;  // it ends
    }
    lock.lock();
  }
}

}  // namespace sherpa::schedulers
