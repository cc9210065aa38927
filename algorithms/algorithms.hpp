#pragma once

#include "core/base/result.hpp"
#include "core/space/search_space.hpp"
#include "core/study/inner_algorithm.hpp"
#include "core/study/inner_rule.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/stopping_rules.hpp>

#include <cstdint>
#include <memory>
#include <vector>

/// The makers of this room; each class lives in its .cpp.
namespace sherpa::algorithms {

using Made = std::unique_ptr<study::InnerAlgorithm>;
using Path = std::vector<std::uint32_t>;

/// What an algorithm is made for.
struct Setting {
  const space::SearchSpace& space;
  bool lower_is_better = true;
  Path path{};  ///< which member of each Chain it is, outermost first
};

/// One maker for each of AlgorithmTypes. Fails on what only the space can show: an Iterate whose
/// configurations do not fit.
Result<Made> make(const RandomSearch& options, const Setting& setting);
Result<Made> make(const GridSearch& options, const Setting& setting);
Result<Made> make(const SobolSearch& options, const Setting& setting);
Result<Made> make(const TPE& options, const Setting& setting);
Result<Made> make(const CMAES& options, const Setting& setting);
Result<Made> make(const LocalSearch& options, const Setting& setting);
Result<Made> make(const Genetic& options, const Setting& setting);
Result<Made> make(const Iterate& options, const Setting& setting);
Result<Made> make(const BayesianOptimization& options, const Setting& setting);
Result<Made> make(const Repeat& options, const Setting& setting);
Result<Made> make(const Chain& options, const Setting& setting);
Result<Made> make(const SuccessiveHalving& options, const Setting& setting);
Result<Made> make(const Hyperband& options, const Setting& setting);
Result<Made> make(const PopulationBasedTraining& options, const Setting& setting);
Result<Made> make(const OwnAlgorithm& options, const Setting& setting);

using MadeRule = std::unique_ptr<study::InnerRule>;

/// One maker for each of StoppingRuleTypes.
MadeRule make(const MedianStoppingRule& options, bool lower_is_better);
MadeRule make(const PercentileStoppingRule& options, bool lower_is_better);
MadeRule make(const ThresholdStoppingRule& options, bool lower_is_better);
MadeRule make(const PatienceStoppingRule& options, bool lower_is_better);
MadeRule make(const SuccessiveHalvingStoppingRule& options, bool lower_is_better);
MadeRule make(const OwnStoppingRule& options, bool lower_is_better);

}  // namespace sherpa::algorithms
