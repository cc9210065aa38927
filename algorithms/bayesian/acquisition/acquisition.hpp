#pragma once

#include "algorithms/bayesian/acquisition/criterion.hpp"
#include "algorithms/bayesian/models/model.hpp"

#include <Eigen/Core>

namespace sherpa::algorithms {

/// A surrogate, what is wanted of it, and what is known to fail or to run: the function whose
/// maximum is tried next.
class Acquisition {
 public:
  /// Of several distributions, `averaged` takes the mean of what each is worth; else the mixture is
  /// taken for one normal distribution. `failures`, if any, expects 0 of trials that are measured
  /// and 1 of those that fail.
  Acquisition(const Surrogate& surrogate, Criterion criterion, bool averaged,
              const Surrogate* failures)
      : surrogate_(surrogate),
        criterion_(criterion),
        averaged_(averaged || surrogate.members() == 1),
        failures_(failures) {}

  /// Local penalisation: less worth where the objective cannot be much better than at running
  /// trials, given how fast it changes. González, Dai, Hennig and Lawrence, "Batch Bayesian
  /// optimization via local penalization", AISTATS 2016, equation 7. For surrogates that cannot
  /// believe what they expect.
  void penalize_locally(const Eigen::MatrixXd& running, const Features& features, Random& random);

  /// The surrogate is surer than it should be: its deviations count so many times.
  void inflate_variance(double factor) { doubt_ = factor; }

  Eigen::VectorXd values(const Eigen::MatrixXd& points) const;
  /// With the slope along each parameter; for differentiable surrogates.
  double at(const Eigen::VectorXd& point, Eigen::VectorXd& slope) const;
  bool differentiable() const { return surrogate_.differentiable(); }

 private:
  struct Mixture {
    Eigen::VectorXd mean, variance;
  };
  Mixture mixture(const Eigen::MatrixXd& points) const;
  double best() const;
  ValueAndGradient worth(double mean, double deviation, double best) const;
  double of_objective(const Eigen::VectorXd& point, Eigen::VectorXd& slope) const;

  const Surrogate& surrogate_;
  Criterion criterion_;
  bool averaged_;
  const Surrogate* failures_;
  double doubt_ = 1;  // by which deviations are multiplied
  const Features* features_ = nullptr;
  Eigen::MatrixXd running_;  // as features
  Eigen::VectorXd radii_, blurs_;
};

}  // namespace sherpa::algorithms
