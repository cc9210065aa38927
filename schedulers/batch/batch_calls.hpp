#pragma once

#include "schedulers/batch/batch_system.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sherpa::schedulers {

/// The programs of a batch system, which take their time and may hang: a thread that calls them, in
/// this order: what is to be killed, questions, submissions.
class BatchCalls {
 public:
  using Call = std::function<void(BatchSystem&)>;

  explicit BatchCalls(std::unique_ptr<BatchSystem> system);
  /// Returns when all calls have been made; the last thing that is asked of it.
  void finish();

  /// Of what never leaves the process.
  const BatchSystem& system() const { return *system_; }
  void kill(const std::string& id);
  void ask(Call call);
  void submit(Call call);

 private:
  Call next();
  void run();

  const std::unique_ptr<BatchSystem> system_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> to_kill_;
  std::deque<Call> questions_, submissions_;
  bool ending_ = false;
  std::jthread thread_;
};

}  // namespace sherpa::schedulers
