#pragma once

#include "algorithms/bayesian/acquisition/criterion.hpp"
#include "algorithms/bayesian/models/model.hpp"

#include <Eigen/Core>

namespace sherpa::algorithms {

/// The acquisition function: how promising a configuration is, given the posteriors of the
/// objective and of failures, and the trials that are pending. Its maximum is the next suggestion.
///
/// It is a sum of logarithms: the criterion, the probability that a trial does not fail, and a
/// penalty near pending trials.
class Acquisition {
 public:
  /// If the surrogate has several members, `averaged` takes the mean of the criterion over them
  /// (integrated acquisition: Snoek, Larochelle and Adams, NIPS 25, 2012, section 3.1); otherwise
  /// the criterion is taken of one normal distribution with the mixture's mean and variance.
  /// `failures`, if not null, predicts 0 for trials that are measured and 1 for those that fail.
  Acquisition(const Surrogate& surrogate, Criterion criterion, bool averaged,
              const Surrogate* failures)
      : surrogate_(surrogate),
        criterion_(criterion),
        averaged_(averaged || surrogate.members() == 1),
        failures_(failures) {}

  /// Penalizes points near pending trials, whose objective can hardly be much better than theirs,
  /// given how fast the objective changes: González, Dai, Hennig and Lawrence, "Batch Bayesian
  /// optimization via local penalization", AISTATS 2016, equation 7. For surrogates that cannot
  /// fantasize. `features` must outlive the acquisition function; `random` draws the points at
  /// which the Lipschitz constant is estimated.
  void penalize_locally(const Eigen::MatrixXd& pending, const Features& features, Random& random);

  /// Multiplies predicted standard deviations by `factor`, to offset overconfidence.
  void inflate_variance(double factor) { inflation_ = factor; }

  /// At points in rows.
  Eigen::VectorXd values(const Eigen::MatrixXd& points) const;
  /// At one point, with the gradient by its coordinates. The surrogate must be differentiable;
  /// local penalties are left out.
  double value_and_gradient(const Eigen::VectorXd& point, Eigen::VectorXd& gradient) const;
  bool differentiable() const { return surrogate_.differentiable(); }

 private:
  struct Mixture {
    Eigen::VectorXd mean, variance;
  };
  Mixture mixture(const Eigen::MatrixXd& points) const;
  PointPosterior mixture_at(const Eigen::VectorXd& point) const;
  double best_mean() const;
  ValueAndGradient evaluate(double mean, double deviation, double best) const;
  double evaluate(const PointPosterior& posterior, double best, Eigen::VectorXd& gradient) const;
  Eigen::VectorXd criterion_values(const Eigen::MatrixXd& points) const;
  Eigen::VectorXd averaged_values(const Eigen::MatrixXd& points) const;
  double criterion_at(const Eigen::VectorXd& point, Eigen::VectorXd& gradient) const;
  double averaged_at(const Eigen::VectorXd& point, Eigen::VectorXd& gradient) const;

  const Surrogate& surrogate_;
  Criterion criterion_;
  bool averaged_;
  const Surrogate* failures_;
  double inflation_ = 1;
  const Features* features_ = nullptr;         // with local penalties
  Eigen::MatrixXd pending_;                    // as features
  Eigen::VectorXd radii_, radius_deviations_;  // of the balls around pending trials
};

}  // namespace sherpa::algorithms
