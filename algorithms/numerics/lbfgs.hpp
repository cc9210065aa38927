#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include <Eigen/Core>

#include <functional>

namespace sherpa::algorithms {

/// A function to minimize: returns its value at x and sets its gradient; NaN or infinite where it
/// is undefined.
using Differentiable = std::function<double(const Eigen::VectorXd& x, Eigen::VectorXd& gradient)>;

struct LbfgsOptions {
  int iterations = 50;
  int evaluations = 100;
  double gradient_tolerance = 1e-5;  ///< of the largest free component
  double value_tolerance = 1e-9;     ///< of the last step's gain, relative to 1 + |value|
};

struct Minimum {
  Eigen::VectorXd x;
  double value = 0;
  int evaluations = 0;  ///< spent on it
};

/// Finds a local minimum within the box [low, high] by projected limited-memory BFGS: directions by
/// Nocedal and Wright, "Numerical Optimization", 2006, algorithm 7.4, over the coordinates that are
/// not held at a bound; steps projected onto the box and shortened until they decrease the value
/// enough (Bertsekas, "Projected Newton methods", SIAM J. Control Optim. 20, 1982).
Minimum minimize(const Differentiable& f, const Eigen::VectorXd& start, const Eigen::VectorXd& low,
                 const Eigen::VectorXd& high, const LbfgsOptions& options = {});

}  // namespace sherpa::algorithms
