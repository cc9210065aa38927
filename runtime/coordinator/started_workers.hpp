#pragma once

#include "core/base/result.hpp"

#include <sys/types.h>

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sherpa::runtime {

/// Workers that this process has started, each in a group of its own, so that a terminal's signal
/// reaches only this one. One that crashes is started again; one that leaves, or is sent away, is
/// not.
class StartedWorkers {
 public:
  struct Program {
    std::string name{};  ///< for people
    std::vector<std::string> words{};
    std::filesystem::path output{};  ///< appended to
  };

  /// Errors: internal, when one cannot be started.
  static Result<std::unique_ptr<StartedWorkers>> start(std::vector<Program> programs);
  /// Tells them to go, and waits for them.
  ~StartedWorkers();
  StartedWorkers(const StartedWorkers&) = delete;
  StartedWorkers& operator=(const StartedWorkers&) = delete;

 private:
  struct One {
    Program program{};
    pid_t pid = 0;  // 0: it has ended
  };

  StartedWorkers() = default;
  void keep(One& one);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::vector<One> all_;  // as many as there were at first
  std::vector<std::jthread> keepers_;
};

}  // namespace sherpa::runtime
