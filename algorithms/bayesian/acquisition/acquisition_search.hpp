#pragma once

#include "algorithms/bayesian/acquisition/acquisition.hpp"
#include "algorithms/history.hpp"

#include <Eigen/Core>

#include <functional>

namespace sherpa::algorithms {

/// A point where the acquisition is as large as could be found, over a mixed space, that may be
/// tried (`allowed` is asked with snapped points). Many random points and neighbours of the
/// incumbents compete; the best of them climb: continuous coordinates by their gradients, the
/// others by steps to their neighbouring levels, in turns. Empty when no point that was met is
/// allowed.
Point maximise(const Acquisition& acquisition, const History& history,
               const Eigen::MatrixXd& incumbents, Random& random,
               const std::function<bool(const Point&)>& allowed);

}  // namespace sherpa::algorithms
