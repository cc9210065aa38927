#pragma once

#include "core/space/search_space.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace sherpa::algorithms {

/// How much of the variance of a quantity each parameter explains on its own, as means over the
/// trees of a random forest.
struct Importance {
  std::vector<double> share{};      ///< by parameter, in the order of the search space; in [0, 1]
  std::vector<double> deviation{};  ///< between the trees
  double interaction = 0;           ///< the share that parameters explain together only
};

struct ImportanceOptions {
  std::uint32_t trees = 24;
  std::uint32_t draws = 500;        ///< with replacement, for each tree; at most one per trial
  std::uint32_t max_trials = 2000;  ///< of more an even sample is taken, so that time is bounded
};

/// Functional analysis of variance over a random forest: Hutter, Hoos and Leyton-Brown, "An
/// efficient approach for assessing hyperparameter importance", ICML 2014, algorithm 2 for single
/// parameters. The marginal of a parameter averages over the others uniformly in the unit cube, not
/// over the trials, so that an algorithm's preferences do not count. Values beyond three standard
/// deviations are clipped first: one huge value would be all of the variance.
///
/// `trials`: configurations that belong to the space, and finite values. Absent when there are
/// fewer than a dozen, or nothing varies. The same trials give the same result.
std::optional<Importance> importance(const space::SearchSpace& space,
                                     std::span<const std::pair<Configuration, double>> trials,
                                     const ImportanceOptions& options = {});

}  // namespace sherpa::algorithms
