#pragma once

#include "core/base/result.hpp"
#include "core/study/commands.hpp"
#include "core/study/engine.hpp"
#include "core/study/hosts.hpp"
#include "core/study/launcher.hpp"

#include <memory>
#include <string>

namespace sherpa::actors {

/// What a team asks of the process that runs it. Called on the actors' threads.
class TeamServices {
 public:
  virtual ~TeamServices() = default;

  /// Builds what supervision replaces, from the specification and the engine's ledger.
  virtual Result<std::unique_ptr<study::AlgorithmHost>> rebuild_algorithm(
      const study::Engine& engine) = 0;
  virtual std::unique_ptr<study::RuleHost> rebuild_rule(const study::Engine& engine) = 0;

  /// The launcher as attempts are to be started with it; here or on a worker.
  virtual std::shared_ptr<study::Launcher> guard(std::shared_ptr<study::Launcher> launcher) {
    return launcher;
  }

  /// Points the link `current` of a trial to its newest checkpoint.
  virtual Result<void> point_current(const study::effect::CheckpointCurrent& current) = 0;
  /// Deletes checkpoints that nothing loads any more.
  virtual Result<void> prune(const study::effect::CheckpointsUnneeded& unneeded) = 0;

  /// Of an attempt's secret, as the engine knows it. Unused where attempts have none.
  virtual std::string hash_token(const std::string& token) = 0;
  /// The launcher's attempts of an earlier run are adopted.
  virtual void adopted() {}
};

}  // namespace sherpa::actors
