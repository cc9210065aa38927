#pragma once

#include "core/base/result.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/stopping_rules.hpp>

/// What each algorithm and stopping rule demands of its options, whatever the search space: errors
/// name the algorithm, the option and the remedy. Defined in a .cpp of their own, or in
/// specification_checks.cpp where they are short.
namespace sherpa::space {

Result<void> check(const RandomSearch& options);
Result<void> check(const GridSearch& options);
Result<void> check(const SobolSearch& options);
Result<void> check(const TPE& options);
Result<void> check(const CMAES& options);
Result<void> check(const LocalSearch& options);
Result<void> check(const Genetic& options);
Result<void> check(const Iterate& options);
Result<void> check(const BayesianOptimization& options);
Result<void> check(const Repeat& options);
Result<void> check(const Chain& options);
Result<void> check(const SuccessiveHalving& options);
Result<void> check(const Hyperband& options);
Result<void> check(const PopulationBasedTraining& options);
Result<void> check(const OwnAlgorithm& options);

Result<void> check(const MedianStoppingRule& options);
Result<void> check(const PercentileStoppingRule& options);
Result<void> check(const ThresholdStoppingRule& options);
Result<void> check(const PatienceStoppingRule& options);
Result<void> check(const SuccessiveHalvingStoppingRule& options);
Result<void> check(const OwnStoppingRule& options);

/// `RandomSearch: repeat is 0; use 1 to try each configuration once`
template <class Options>
Error bad(const Options&, const std::string& why) {
  std::string message(Options::name);
  return {Errc::invalid_argument, message.append(": ").append(why)};
}

}  // namespace sherpa::space
