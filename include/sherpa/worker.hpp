#pragma once

#include <sherpa/export.hpp>
#include <sherpa/optimize.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sherpa {

/// How a worker inside your program takes part in a study.
struct WorkerOptions {
  std::filesystem::path join;            ///< the file `join` in the study's output directory
  std::uint32_t slots = 1;               ///< trials at once, each on its own thread
  std::vector<std::string> resources{};  ///< units it offers, such as "gpu:0"
  std::string name{};  ///< unique in the study; empty: made of the host name and the process id
  std::chrono::milliseconds grace{};  ///< time for trials to end by themselves after `stop`
};

/// A worker inside your program: runs trials of a study, which `sherpa run` coordinates on this
/// host or another one, as calls of your function.
///
///     sherpa::Worker worker({.join = argv[1], .slots = 2});
///     return worker.run("train", train);
///
/// It changes no signal action or signal mask of the process. Its own threads take no signals, and
/// end before `run` returns.
class SHERPA_API Worker {
 public:
  /// Throws Exception(invalid_argument) for options that cannot be used.
  explicit Worker(WorkerOptions options);
  ~Worker();
  Worker(Worker&&) noexcept;
  Worker& operator=(Worker&&) noexcept;

  /// Runs trials of a study whose file says `run: {function: <name>}`, until the study has ended or
  /// `stop` is called. While the coordinator is being restarted, trials continue and the worker
  /// reconnects. Calls `objective` on up to `slots` threads at once, and waits for it before it
  /// returns.
  ///
  /// On success returns 0. On failure logs the reason and returns an exit code for `main`: 2 when
  /// the join file cannot be used, 3 when the coordinator refuses this worker.
  int run(const std::string& name, Objective objective);
  /// Drains the worker: it takes no more trials. Running ones have `grace` to end by themselves;
  /// after that they are asked to stop, and run again elsewhere from their newest checkpoint. Then
  /// `run` returns. Threads: any.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sherpa
