#pragma once

#include "problems.hpp"

#include "algorithms/algorithms.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace quality {

/// The algorithm of this name with its defaults, or of a specification in JSON. Throws
/// std::runtime_error.
sherpa::algorithms::AlgorithmPtr build(const std::string& algorithm, const Problem& problem);

/// What one study found, and what it cost to ask.
struct Played {
  std::vector<double> regrets;       ///< after each completed trial
  std::vector<double> milliseconds;  ///< of processor time for each suggestion
};

/// Plays a study whose trials take 1 + U(−0.1, 0.1) of virtual time, with a constant number
/// running.
Played play(const Problem& problem, sherpa::algorithms::AlgorithmPtr algorithm, std::uint64_t seed,
            std::size_t trials, std::size_t concurrent);

/// Milliseconds of processor time of a number of suggestions, one after the other, in a study in
/// which `completed` random trials were completed before.
std::vector<double> time_suggestions(const Problem& problem,
                                     sherpa::algorithms::AlgorithmPtr algorithm,
                                     std::uint64_t completed, std::size_t suggestions);

}  // namespace quality
