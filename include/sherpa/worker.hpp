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

/// How a program of yours takes part in a study.
struct WorkerOptions {
  std::filesystem::path join;            ///< the file `join` in the study's output directory
  std::uint32_t slots = 1;               ///< trials at once, each on a thread of its own
  std::vector<std::string> resources{};  ///< units it offers, such as "gpu:0"
  std::string name{};  ///< unique within the study; empty: the host's name and the process's number
  std::chrono::milliseconds grace{};  ///< for trials to end by themselves, once `stop` is called
};

/// A worker inside your program: trials of a study that `sherpa run` coordinates, on this host or
/// another one, run as calls of your function.
///
///     sherpa::Worker worker({.join = argv[1], .slots = 2});
///     return worker.run("train", train);
///
/// Signal actions and masks of the process are left alone; threads of its own take no signals, and
/// end with `run`.
class SHERPA_API Worker {
 public:
  /// Throws Exception(invalid_argument) for options that cannot be used.
  explicit Worker(WorkerOptions options);
  ~Worker();
  Worker(Worker&&) noexcept;
  Worker& operator=(Worker&&) noexcept;

  /// Runs trials of a study whose file says `run: {function: <name>}`, until the study has ended or
  /// `stop` is called. Finds a coordinator again that was restarted, and goes on training
  /// meanwhile. Returns an exit code for `main`: 0, or 3 when the coordinator refuses this worker,
  /// 2 when the join file cannot be used; the log says why. Waits for the function to return.
  int run(const std::string& name, Objective objective);
  /// From any thread: no more trials are taken; those that run have `grace` to end by themselves,
  /// then they are told to stop, and run again elsewhere, from their newest checkpoint; `run`
  /// returns.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sherpa
