#pragma once

#include "actors/reception.hpp"
#include "runtime/cli/started_workers.hpp"
#include "runtime/study_directory.hpp"
#include "schedulers/batch_system.hpp"
#include "study/link.hpp"
#include "study/result.hpp"
#include "study/study_file.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sherpa::cli {

/// The workers of a study that `sherpa run` coordinates: the gate through which they come, the join file that shows them the way,
/// and those that it starts itself. Jobs of a batch system come the same way.
class StudyWorkers {
 public:
  /// `sherpa`: the command, where workers are started.
  StudyWorkers(study::StudyFile file, std::filesystem::path sherpa) : file_(std::move(file)), sherpa_(std::move(sherpa)) {}
  /// Sends those home that it has started, and waits for them.
  ~StudyWorkers();
  StudyWorkers(const StudyWorkers&) = delete;
  StudyWorkers& operator=(const StudyWorkers&) = delete;

  /// Errors: those of the gate, the certificates and the join file.
  Result<actors::Workers> open(const runtime::StudyDirectory& directory, const std::string& uuid);

 private:
  std::vector<std::string> worker_command(const std::filesystem::path& output_dir) const;
  std::vector<std::string> in_environment(std::vector<std::string> words) const;
  Result<void> start(std::vector<StartedWorkers::Program> programs);
  Result<void> start_local(const std::filesystem::path& output_dir);
  Result<void> start_step(const std::filesystem::path& output_dir);
  Result<void> submit(const std::filesystem::path& output_dir);

  const study::StudyFile file_;
  const std::filesystem::path sherpa_;
  std::unique_ptr<schedulers::BatchSystem> system_;  // null: workers are not its jobs
  std::string array_{};
  std::unique_ptr<study::link::Gate> gate_;
  std::unique_ptr<StartedWorkers> started_;  // null: none
};

}  // namespace sherpa::cli
