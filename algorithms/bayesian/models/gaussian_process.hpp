#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/bayesian/models/kernel.hpp"

#include <Eigen/Core>

#include <memory>

namespace sherpa::algorithms {

/// A Gaussian process with fixed hyperparameters θ, conditioned on data. Predictions are of the
/// warped objective, without noise.
class ConditionedProcess {
 public:
  virtual ~ConditionedProcess() = default;
  virtual std::unique_ptr<ConditionedProcess> copy() const = 0;

  /// Adds data; one by one or all together gives the same process, to the last bit.
  virtual void extend(const Eigen::MatrixXd& points, const Eigen::VectorXd& y) = 0;
  /// Adds a point with its own posterior mean as its objective: no mean changes, the variance
  /// around it shrinks.
  virtual void fantasize(const Eigen::VectorXd& point) = 0;
  /// The lowest posterior mean over the data and the fantasized points. Counting the latter leaves
  /// nothing to gain where a pending trial already is.
  virtual double best_mean() const = 0;
  /// Posterior means and variances at points in rows.
  virtual void predict(const Eigen::MatrixXd& points, Eigen::VectorXd& mean,
                       Eigen::VectorXd& variance) const = 0;
  virtual PointPosterior posterior_at(const Eigen::VectorXd& point) const = 0;
};

/// An exact process: Rasmussen and Williams 2006, algorithm 2.1, by a Cholesky factor of
/// K + noise I. Costs O(n³), and O(n²) for each further datum.
std::unique_ptr<ConditionedProcess> condition(const GpStructure& gp, const Eigen::VectorXd& theta,
                                              const Eigen::MatrixXd& points,
                                              const Eigen::VectorXd& y);

/// A sparse process with at most m = `inducing` of the data as inducing points: Titsias,
/// "Variational learning of inducing variables in sparse Gaussian processes", AISTATS 2009,
/// equation 6. Costs O(n m²), and O(m²) for each further datum. Half of the inducing points have
/// the lowest objectives; each other one has the largest variance given those chosen before (Burt,
/// Rasmussen and van der Wilk, JMLR 21, 2020, section 4.2.2).
std::unique_ptr<ConditionedProcess> condition_sparsely(const GpStructure& gp,
                                                       const Eigen::VectorXd& theta,
                                                       const Eigen::MatrixXd& points,
                                                       const Eigen::VectorXd& y,
                                                       Eigen::Index inducing);

}  // namespace sherpa::algorithms
