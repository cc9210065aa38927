#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include <sherpa/random.hpp>

#include <Eigen/Core>

#include <functional>

namespace sherpa::algorithms {

/// One step from `at` of a Markov chain whose stationary density is given, within the box
/// [low, high]. Updates each coordinate once by stepping out and shrinkage: Neal, "Slice sampling",
/// Annals of Statistics 31, 2003, figures 3 and 5. `log_density` may be −infinity, but not at `at`.
/// `widths` are guesses of the density's width along each coordinate.
Eigen::VectorXd slice_sample(const std::function<double(const Eigen::VectorXd&)>& log_density,
                             Eigen::VectorXd at, const Eigen::VectorXd& widths,
                             const Eigen::VectorXd& low, const Eigen::VectorXd& high,
                             Random& random);

}  // namespace sherpa::algorithms
