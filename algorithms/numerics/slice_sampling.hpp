#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include <sherpa/random.hpp>

#include <Eigen/Core>

#include <functional>

namespace sherpa::algorithms {

/// One step of a Markov chain within the box [low, high] that leaves a density as it is: every
/// coordinate once, by stepping out and shrinking. Neal, "Slice sampling", Annals of Statistics 31,
/// 2003, figures 3 and 5. `log_density` may be −infinity, not where the chain stands.
Eigen::VectorXd slice_sample(const std::function<double(const Eigen::VectorXd&)>& log_density,
                             Eigen::VectorXd at, const Eigen::VectorXd& widths,
                             const Eigen::VectorXd& low, const Eigen::VectorXd& high,
                             Random& random);

}  // namespace sherpa::algorithms
