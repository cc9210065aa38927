#pragma once

#include "core/space/search_space.hpp"

#include <sherpa/algorithms.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

/// How long an algorithm goes on, as far as its options tell.
namespace sherpa::space {

/// How many trials the algorithm's max_num_trials allows, repetitions counted; absent without a
/// limit.
std::optional<std::uint64_t> budget_of(const AlgorithmSpecification& specification);

/// How many trials the algorithm will issue over this space, budget or not; absent where that is
/// open.
std::optional<std::uint64_t> planned_of(const AlgorithmSpecification& specification,
                                        const SearchSpace& space);

/// The option whose larger value lets a study continue that ended, by its budget or because the
/// algorithm was done; empty: there is none.
std::string_view limit_to_raise(const AlgorithmSpecification& specification, bool by_budget);

/// How many consecutive trials make one group of repetitions, whose mean is what counts; 1 where
/// there are none.
std::uint64_t group_size_of(const AlgorithmSpecification& specification);

/// Whether `later` is `earlier` with limits (max_num_trials) that are equal or higher.
bool only_raises_limits(const AlgorithmSpecification& earlier, const AlgorithmSpecification& later);

}  // namespace sherpa::space
