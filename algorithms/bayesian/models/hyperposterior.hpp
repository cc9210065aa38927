#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/bayesian/models/kernel.hpp"

#include <Eigen/Core>

namespace sherpa::algorithms {

/// The prior variance of the constant mean.
constexpr double mean_variance = 1;

/// The posterior of the hyperparameters: −ln p(θ | data), up to a constant. It is the negative log
/// marginal likelihood (Rasmussen and Williams 2006, equation 2.30), less the log prior of θ and
/// the log Jacobian of the output warp; its gradient is their equation 5.9.
class Hyperposterior {
 public:
  /// Points in rows; objectives scaled by RobustScale. Keeps references to all three.
  Hyperposterior(const GpStructure& gp, const Eigen::MatrixXd& points, const Eigen::VectorXd& y);
  /// Infinite where the covariance is not positive definite; `gradient` is then left as it is.
  double operator()(const Eigen::VectorXd& theta, Eigen::VectorXd& gradient) const {
    return evaluate(theta, &gradient);
  }
  double operator()(const Eigen::VectorXd& theta) const { return evaluate(theta, nullptr); }

 private:
  struct Evaluation;
  double evaluate(const Eigen::VectorXd& theta, Eigen::VectorXd* gradient) const;
  bool factorize(const Eigen::VectorXd& theta, bool with_gradient, Evaluation& at) const;
  double solve(const Eigen::VectorXd& theta, Evaluation& at) const;
  void differentiate(Evaluation& at, Eigen::VectorXd& gradient) const;
  void differentiate_effects(Evaluation& at, Eigen::VectorXd& gradient) const;
  void differentiate_inputs(Evaluation& at, Eigen::VectorXd& gradient) const;

  const GpStructure& gp_;
  const Eigen::MatrixXd& points_;
  const Eigen::VectorXd& y_;
  Eigen::VectorXd prior_mean_, prior_deviation_;
};

}  // namespace sherpa::algorithms
