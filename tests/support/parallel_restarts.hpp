#pragma once

#include "runtime/contract/rehearsal.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/stopping_rules.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace sherpa::testing_support {

/// A study with several trials at once, which end in a random order.
struct ParallelPlay {
  AlgorithmSpecification algorithm;
  std::vector<Parameter> parameters;
  std::size_t slots = 3;
  std::uint64_t trials = 30;
  std::function<double(TrialId, const Configuration&)> objective{};
  std::uint64_t seed = 1;
};

/// The configurations of the trials, by their number; the process ends and the study is resumed
/// after so many trials ended.
inline std::map<TrialId, Configuration> play(const ParallelPlay& p,
                                             std::uint64_t restart_after = ~0ULL) {
  using runtime::Rehearsal;
  Rehearsal study(StudySetup{.parameters = p.parameters,
                             .algorithm = p.algorithm,
                             .lower_is_better = true,
                             .random_seed = p.seed});
  std::map<TrialId, Configuration> seen;
  std::map<TrialId, Rehearsal::Started> running;
  auto take = [&] {
    auto next = study.take();
    auto* trial = std::get_if<Rehearsal::Started>(&next);
    if (!trial) return false;
    seen.emplace(trial->id, trial->parameters);
    running.insert_or_assign(trial->id, *trial);
    return true;
  };
  for (std::uint64_t ended = 0;; ++ended) {
    if (ended == restart_after) {
      study.restart();
      for (auto again = running.size(); again > 0; --again) take();  // what ran runs again
    }
    while (running.size() < p.slots && seen.size() < p.trials && take()) {}
    if (running.empty()) return seen;
    Random random(p.seed, ended);
    auto at = std::next(running.begin(), static_cast<std::ptrdiff_t>(random.below(running.size())));
    if (double y = p.objective(at->first, at->second.parameters); random.chance(0.9)) {
      study.observe(at->second, y);
      study.finalize(at->second);
    } else {
      study.finalize(at->second, TrialStatus::failed);
    }
    running.erase(at);
  }
}

}  // namespace sherpa::testing_support
