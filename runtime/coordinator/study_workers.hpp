#pragma once

#include "actors/worker_admission.hpp"
#include "core/base/result.hpp"
#include "core/link/link.hpp"
#include "core/study_file/study_file.hpp"
#include "runtime/coordinator/started_workers.hpp"
#include "runtime/store/study_directory.hpp"
#include "schedulers/batch/batch_system.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sherpa::runtime {

/// The workers of a study that `sherpa run` coordinates: the listener through which they come, the
/// join file that shows them the way, and those that it starts itself. Jobs of a batch system come
/// the same way.
class StudyWorkers {
 public:
  /// `sherpa`: the command, where workers are started.
  StudyWorkers(study_file::StudyFile file, std::filesystem::path sherpa)
      : file_(std::move(file)), sherpa_(std::move(sherpa)) {}
  /// Sends those home that it has started, and waits for them.
  ~StudyWorkers();
  StudyWorkers(const StudyWorkers&) = delete;
  StudyWorkers& operator=(const StudyWorkers&) = delete;

  /// Errors: those of the listener, the certificates and the join file.
  Result<actors::Workers> open(const runtime::StudyDirectory& directory, const std::string& uuid);

 private:
  std::vector<std::string> worker_command(const std::filesystem::path& output_dir) const;
  std::vector<std::string> in_environment(std::vector<std::string> words) const;
  Result<void> start(std::vector<StartedWorkers::Program> programs);
  Result<void> start_local(const std::filesystem::path& output_dir);
  Result<void> start_step(const std::filesystem::path& output_dir);
  Result<void> submit(const std::filesystem::path& output_dir);

  const study_file::StudyFile file_;
  const std::filesystem::path sherpa_;
  std::unique_ptr<schedulers::BatchSystem> system_;  // null: workers are not its jobs
  std::string array_{};
  std::unique_ptr<link::Listener> listener_;
  std::unique_ptr<StartedWorkers> started_;  // null: none
};

}  // namespace sherpa::runtime
