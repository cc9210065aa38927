#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/bayesian/models/kernel.hpp"

#include <Eigen/Core>

namespace sherpa::algorithms {

/// The constant mean's prior variance.
constexpr double mean_variance = 1;

/// −ln of the density of hyperparameters given the data, up to a constant: Rasmussen and Williams
/// 2006, equation 2.30, with the priors and the output warp's Jacobian; and its gradient,
/// equation 5.9.
class Hyperposterior {
 public:
  /// Points as rows; scaled objectives. All are kept by reference.
  Hyperposterior(const GpKind& kind, const Eigen::MatrixXd& points, const Eigen::VectorXd& y);
  /// Infinite where the covariance is not positive definite.
  double operator()(const Eigen::VectorXd& theta, Eigen::VectorXd& gradient) const {
    return evaluate(theta, &gradient);
  }
  double operator()(const Eigen::VectorXd& theta) const { return evaluate(theta, nullptr); }

 private:
  double evaluate(const Eigen::VectorXd& theta, Eigen::VectorXd* gradient) const;

  const GpKind& kind_;
  const Eigen::MatrixXd& points_;
  const Eigen::VectorXd& y_;
  Eigen::VectorXd prior_mean_, prior_deviation_;
};

}  // namespace sherpa::algorithms
