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

namespace sherpa::algorithms {

/// Builds an algorithm from its specification, which must have been checked. `path` is its index in
/// each enclosing Chain, outermost first. Fails when options do not fit the space, such as
/// configurations of an Iterate.
Result<std::unique_ptr<study::InnerAlgorithm>> build(const AlgorithmSpecification& specification,
                                                     const space::SearchSpace& space,
                                                     bool lower_is_better,
                                                     std::vector<std::uint32_t> path = {});

std::unique_ptr<study::InnerRule> build(const StoppingRuleSpecification& specification,
                                        bool lower_is_better);

}  // namespace sherpa::algorithms
