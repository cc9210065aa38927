#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/axis.hpp"

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace sherpa::algorithms {

/// A Parzen estimator over the unit cube: a mixture of products of one-dimensional kernels around
/// points, and a uniform component, the prior.
///
/// The kernel of a continuous coordinate is a Gaussian cut off at 0 and 1; of an ordered one, its
/// mass on every cell; of a categorical one, a share of mass on every category and the rest on the
/// point's own. Watanabe, "Tree-structured Parzen estimator: understanding its algorithm components
/// and their roles", arXiv:2304.11127, section 3.3.
class Parzen {
 public:
  struct Kernel {
    double bandwidth = 0.1;  ///< standard deviation, in units of the whole axis
    double prior = 1;  ///< weight of the uniform component, in units of the mean weight of a point
    double share = 0.1;  ///< of a categorical kernel's mass, per category beside 1 for its own
  };

  /// `points` are snapped; `weights` positive.
  Parzen(std::span<const Axis> axes, std::vector<const Point*> points, std::vector<double> weights,
         Kernel kernel);

  /// Snapped.
  Point sample(Random& random) const;
  /// On a cell, the logarithm of its mass: comparable between estimators over the same axes.
  double log_density(const Point& point);

 private:
  /// The logarithm of the mass that the kernels around the levels that occur put on one cell.
  using Column = std::vector<double>;
  struct Coordinate {
    bool cells = false;                 // else Gaussian densities
    std::vector<double> centres{};      // of each point; with cells, of each level that occurs
    std::vector<std::uint32_t> slot{};  // with cells, of each point: which of the levels that occur
    std::vector<std::uint64_t> levels{};                  // with cells, those that occur
    std::unordered_map<std::uint64_t, Column> columns{};  // by the level asked for, made on demand
  };
  const Column& column(std::size_t axis, std::uint64_t level);

  std::span<const Axis> axes_;
  std::vector<const Point*> points_;
  std::vector<double> weights_;  // of the points, then of the prior; they sum to 1
  Kernel kernel_;
  std::vector<Coordinate> coordinates_;
  // per point: logarithm of its weight over the normalizing constants of its Gaussians
  std::vector<double> base_;
  std::vector<double> terms_;
};

}  // namespace sherpa::algorithms
