#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/bayesian/models/kernel.hpp"

#include <Eigen/Core>

#include <memory>

namespace sherpa::algorithms {

/// A process at given hyperparameters, conditioned on data that may grow by one point at a time.
/// What it predicts is the objective as the output warp shows it, without noise.
class ConditionedProcess {
 public:
  virtual ~ConditionedProcess() = default;
  virtual std::unique_ptr<ConditionedProcess> copy() const = 0;

  /// The same whether they come one by one or all together.
  virtual void extend(const Eigen::MatrixXd& points, const Eigen::VectorXd& y) = 0;
  /// One more, with the value that is expected of it.
  virtual void believe(const Eigen::VectorXd& point) = 0;
  /// The lowest mean over what was measured or is believed: where it was believed, no more is to be
  /// gained.
  virtual double best() const = 0;
  virtual void predict(const Eigen::MatrixXd& points, Eigen::VectorXd& mean,
                       Eigen::VectorXd& variance) const = 0;
  virtual Moments at(const Eigen::VectorXd& point) const = 0;
};

/// All of it: O(n³) to begin with, O(n²) for one more. Rasmussen and Williams 2006, algorithm 2.1.
std::unique_ptr<ConditionedProcess> condition(const GpKind& kind, const Eigen::VectorXd& theta,
                                              const Eigen::MatrixXd& points,
                                              const Eigen::VectorXd& y);

/// Through `inducing` of the points at most: O(n m²) to begin with, O(m²) for one more. Titsias,
/// "Variational learning of inducing variables in sparse Gaussian processes", AISTATS 2009,
/// equation 6; half of them are where the objective is lowest, the others where those chosen before
/// leave the largest variance (Burt, Rasmussen and van der Wilk, JMLR 21, 2020, section 4.2.2).
std::unique_ptr<ConditionedProcess> condition_sparsely(const GpKind& kind,
                                                       const Eigen::VectorXd& theta,
                                                       const Eigen::MatrixXd& points,
                                                       const Eigen::VectorXd& y,
                                                       Eigen::Index inducing);

}  // namespace sherpa::algorithms
