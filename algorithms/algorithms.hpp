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

/// Factory functions; the classes they make are private to their .cpp files.
namespace sherpa::algorithms {

using AlgorithmPtr = std::unique_ptr<study::InnerAlgorithm>;
using Path = std::vector<std::uint32_t>;

/// The search problem that an algorithm is made for.
struct Problem {
  const space::SearchSpace& space;
  bool lower_is_better = true;
  Path path{};  ///< the algorithm's index in each enclosing Chain, outermost first
};

/// One for each of AlgorithmTypes. Fails when options do not fit the space, such as configurations
/// of an Iterate; all other checks were made before.
Result<AlgorithmPtr> make(const RandomSearch& options, const Problem& problem);
Result<AlgorithmPtr> make(const GridSearch& options, const Problem& problem);
Result<AlgorithmPtr> make(const SobolSearch& options, const Problem& problem);
Result<AlgorithmPtr> make(const TPE& options, const Problem& problem);
Result<AlgorithmPtr> make(const CMAES& options, const Problem& problem);
Result<AlgorithmPtr> make(const LocalSearch& options, const Problem& problem);
Result<AlgorithmPtr> make(const Genetic& options, const Problem& problem);
Result<AlgorithmPtr> make(const Iterate& options, const Problem& problem);
Result<AlgorithmPtr> make(const BayesianOptimization& options, const Problem& problem);
Result<AlgorithmPtr> make(const Repeat& options, const Problem& problem);
Result<AlgorithmPtr> make(const Chain& options, const Problem& problem);
Result<AlgorithmPtr> make(const SuccessiveHalving& options, const Problem& problem);
Result<AlgorithmPtr> make(const Hyperband& options, const Problem& problem);
Result<AlgorithmPtr> make(const PopulationBasedTraining& options, const Problem& problem);
Result<AlgorithmPtr> make(const OwnAlgorithm& options, const Problem& problem);

using RulePtr = std::unique_ptr<study::InnerRule>;

/// One for each of StoppingRuleTypes.
RulePtr make(const MedianStoppingRule& options, bool lower_is_better);
RulePtr make(const PercentileStoppingRule& options, bool lower_is_better);
RulePtr make(const ThresholdStoppingRule& options, bool lower_is_better);
RulePtr make(const PatienceStoppingRule& options, bool lower_is_better);
RulePtr make(const SuccessiveHalvingStoppingRule& options, bool lower_is_better);
RulePtr make(const OwnStoppingRule& options, bool lower_is_better);

}  // namespace sherpa::algorithms
