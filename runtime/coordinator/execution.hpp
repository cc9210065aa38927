#pragma once

#include "actors/worker_admission.hpp"
#include "core/base/result.hpp"
#include "core/study/launcher.hpp"

#include <memory>
#include <string>

namespace sherpa::runtime {

struct StudyDirectory;

/// What runs the attempts of a study.
struct Runners {
  std::unique_ptr<study::Launcher> launcher{};  ///< of this process; null: there are only workers
  actors::Workers workers{};                    ///< on other hosts
};

/// Where the attempts of a study run: on threads (optimize.cpp), as local commands, as jobs of a
/// batch system or on workers (program_execution.hpp).
class Execution {
 public:
  virtual ~Execution() = default;

  /// Attempts are programs of their own, which prove themselves by a token.
  virtual bool has_programs() const { return false; }
  /// Called once, when the study is open. `directory` is null for a study in memory. What is
  /// returned may use this object, which outlives the run.
  virtual Result<Runners> open(const StudyDirectory* directory, const std::string& uuid) = 0;
  /// Attempts of an earlier run that still run are adopted. Called on another thread.
  virtual void adopted(const std::string& uuid) { (void)uuid; }
};

}  // namespace sherpa::runtime
