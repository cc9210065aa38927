#pragma once

#include "study/inner_algorithm.hpp"
#include "study/inner_rule.hpp"
#include "study/result.hpp"
#include "study/search_space.hpp"

#include <sherpa/specification.hpp>

#include <cstdint>
#include <memory>
#include <vector>

/// The makers of this room; each class lives in its .cpp.
namespace sherpa::algorithms {

using Made = std::unique_ptr<study::InnerAlgorithm>;
using Path = std::vector<std::uint32_t>;

Made make_random_search(const RandomSearch& options);
Made make_grid_search(const GridSearch& options);
Result<Made> make_iterate(const Iterate& options, const study::SearchSpace& space);
Made make_repeat(const Repeat& options, Made inner, bool lower_is_better, Path path);
Made make_chain(std::vector<Made> members, Path path);
Made make_own_algorithm(const OwnAlgorithm& options);

std::unique_ptr<study::InnerRule> make_median_stopping_rule(const MedianStoppingRule& options, bool lower_is_better);
std::unique_ptr<study::InnerRule> make_own_stopping_rule(const OwnStoppingRule& options, bool lower_is_better);

}  // namespace sherpa::algorithms
