#pragma once

#include "study/inner_algorithm.hpp"
#include "study/inner_rule.hpp"
#include "study/result.hpp"
#include "study/search_space.hpp"

#include <sherpa/specification.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace sherpa::algorithms {

/// Builds an algorithm from its specification, which has been checked. `path` says which member of each Chain it is, outermost
/// first. Fails on what only the space can show: an Iterate whose configurations do not fit.
Result<std::unique_ptr<study::InnerAlgorithm>> build(const AlgorithmSpecification& specification, const study::SearchSpace& space,
                                                     bool lower_is_better, std::vector<std::uint32_t> path = {});

std::unique_ptr<study::InnerRule> build(const StoppingRuleSpecification& specification, bool lower_is_better);

}  // namespace sherpa::algorithms
