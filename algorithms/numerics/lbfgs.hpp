#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include <Eigen/Core>

#include <functional>

namespace sherpa::algorithms {

/// A function to minimise: its value at x, and its gradient; NaN or infinity where it has none.
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
  int evaluations = 0;
};

/// A local minimum within the box [low, high]: limited-memory BFGS with projection. Nocedal and
/// Wright, "Numerical Optimization", 2006, algorithm 7.4, over the coordinates that no bound holds;
/// steps are projected onto the box and shortened until they gain enough (Bertsekas, "Projected
/// Newton methods", SIAM J. Control Optim. 20, 1982).
Minimum minimise(const Differentiable& f, const Eigen::VectorXd& start, const Eigen::VectorXd& low,
                 const Eigen::VectorXd& high, const LbfgsOptions& options = {});

}  // namespace sherpa::algorithms
