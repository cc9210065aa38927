#pragma once

#include "core/study/facts.hpp"

#include <sherpa/setup.hpp>

#include <cstdint>
#include <string>

namespace sherpa::simulation {

/// What a seed stands for: a study, the machines it runs on, and everything that will go wrong.
struct Scenario {
  std::uint64_t seed = 0;

  // The study.
  std::string algorithm_name;
  AlgorithmSpecification algorithm = RandomSearch{};
  std::optional<StoppingRuleSpecification> rule{};
  study::Limits limits{};
  std::uint32_t prefetch = 0;
  bool lower_is_better = true;
  std::int64_t iterations = 5;  // of a trial that runs to its end

  // The machines.
  int workers = 2;
  std::uint32_t slots = 2;
  bool local = false;  // one worker inside the coordinator's process instead

  // What goes wrong: chances per message, per step of a trial, per commit.
  double lost = 0, duplicated = 0, late = 0;
  double attempt_fails = 0;  // by the configuration: again on every attempt
  double attempt_preempted = 0;
  double worker_dies = 0;
  double connection_breaks = 0;
  double coordinator_dies = 0;  // around a commit
  double disk_fails = 0;
  double rogue = 0;  // messages with a made-up token
  double slow_algorithm = 0;
  double steering = 0;
  double checkpoints = 0;
  bool prune = false;  // checkpoints that nothing can load any more
  double nan = 0;      // objectives that are not finite

  /// Drawn from the seed.
  static Scenario draw(std::uint64_t seed);
  /// The same study on the same machines, with nothing going wrong.
  Scenario without_faults() const;
  /// Whether faults may change nothing of its results.
  bool faults_must_not_matter() const;
  std::string describe() const;
};

}  // namespace sherpa::simulation
