#pragma once

#include <sherpa/configuration.hpp>
#include <sherpa/parameter.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace quality {

/// Something to optimise, whose regrets are known.
struct Problem {
  std::string name{};
  std::vector<sherpa::Parameter> parameters{};
  bool lower_is_better = true;
  std::function<double(const sherpa::Configuration&)> objective{};
  /// Simple regret of an objective; normalised for tables.
  std::function<double(double)> regret{};
};

/// The functions whose peers' figures docs/benchmarks.md quotes, their shifted variants, and others
/// against tuning to those.
std::vector<Problem> functions();

/// Functions drawn at random, of seven kinds in turn, each by its number: to choose with, by some
/// of them, and to judge by others. Regrets are shares of the mean regret of random points.
/// `mixed`: over continuous, logarithmic, discrete and categorical parameters, the optimum often on
/// an edge.
std::vector<Problem> drawn(std::size_t first, std::size_t count, bool mixed);

/// The tables of a directory, as shared/data/README.md describes them: empty when the directory
/// holds none.
std::vector<Problem> tables(const std::filesystem::path& directory);

}  // namespace quality
