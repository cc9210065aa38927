#pragma once

#include "actors/reception.hpp"
#include "runtime/study_directory.hpp"
#include "study/link.hpp"
#include "study/result.hpp"
#include "study/study_file.hpp"

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sherpa::cli {

/// The workers of a study that `sherpa run` coordinates: the gate through which they come, the join file that shows them the way,
/// and those that it starts itself. Jobs of a batch system come the same way.
class StudyWorkers {
 public:
  explicit StudyWorkers(study::StudyFile file) : file_(std::move(file)) {}
  /// Sends those home that it has started, and waits for them.
  ~StudyWorkers();
  StudyWorkers(const StudyWorkers&) = delete;
  StudyWorkers& operator=(const StudyWorkers&) = delete;

  /// Errors: those of the gate, the certificates and the join file.
  Result<actors::Workers> open(const runtime::StudyDirectory& directory, const std::string& uuid);

 private:
  Result<void> start_local(const std::filesystem::path& output_dir);

  const study::StudyFile file_;
  std::unique_ptr<study::link::Gate> gate_;
  std::vector<pid_t> started_;
};

}  // namespace sherpa::cli
