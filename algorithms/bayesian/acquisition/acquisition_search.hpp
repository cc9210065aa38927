#pragma once

#include "algorithms/bayesian/acquisition/acquisition.hpp"
#include "algorithms/history.hpp"

#include <Eigen/Core>

#include <functional>

namespace sherpa::algorithms {

/// Maximizes the acquisition function over a mixed space, among points that are `allowed` (called
/// with snapped points). Evaluates many random points and neighbours of the incumbents, and
/// improves the best of them by local search: L-BFGS-B over continuous coordinates and the best
/// change of one discrete coordinate, in turns. Empty when no point that it met is allowed.
Point maximize(const Acquisition& acquisition, const History& history,
               const Eigen::MatrixXd& incumbents, Random& random,
               const std::function<bool(const Point&)>& allowed);

}  // namespace sherpa::algorithms
