#pragma once

#include "core/base/result.hpp"
#include "core/link/link.hpp"
#include "core/study/launcher.hpp"
#include "runtime/worker/worker_session.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace sherpa::runtime {

/// A process, or a part of one, that is a worker of a study.
struct WorkerProgram {
  std::filesystem::path join;  ///< the study's join file
  std::string name{};          ///< empty: the host's, and the process's number
  std::uint32_t slots = 1;
  std::vector<std::string> resources{};
  std::vector<std::string> functions{};
  std::function<Result<std::unique_ptr<study::Launcher>>(const link::Welcome& welcome,
                                                         const study::Worker& worker)>
      launcher{};
  std::optional<std::chrono::milliseconds> idle{};
  std::stop_token stop{};
  std::chrono::milliseconds grace{};  ///< for trials to end by themselves after a request to stop
  // Of a job, as in SessionOptions.
  std::string token{};
  std::optional<std::chrono::milliseconds> alone{};
  std::optional<std::chrono::milliseconds> timeout{};
};

/// Works until the study has ended, or a stop is requested, or there is nothing to do. Errors:
/// those of the join file; refused and version (the coordinator refuses it); those of the launcher.
Result<Left> run_worker(const WorkerProgram& program);

/// Where a worker keeps checkpoints and outputs: in the study's own directory, where it sees that
/// (on a file system that the hosts share), else in `sherpa-<study>` where it was started. Fails
/// with store.
Result<std::filesystem::path> worker_output(const link::Welcome& welcome,
                                            const std::filesystem::path& join);

}  // namespace sherpa::runtime
