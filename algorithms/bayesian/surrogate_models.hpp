#pragma once

#include "algorithms/bayesian/acquisition/acquisition.hpp"
#include "algorithms/bayesian/models/incremental_fit.hpp"
#include "algorithms/history.hpp"

#include <sherpa/bayesian_optimization.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sherpa::algorithms {

/// Points in rows.
Eigen::MatrixXd rows(const std::vector<Point>& points, std::size_t parameters);

/// What Bayesian optimisation makes of the trials that ended: a model of the objective, and one of
/// where trials fail.
class SurrogateModels {
 public:
  SurrogateModels(const BayesianOptimization& options, const space::SearchSpace& space);

  void catch_up(const History& history);
  /// After a measured trial.
  const Model& objective(std::uint64_t seed) { return objective_.model(seed); }
  /// Null when none failed.
  const Model* failures(std::uint64_t seed) {
    return any_failed_ ? &failures_.model(seed) : nullptr;
  }
  /// Whether draws of the hyperparameters count each on their own.
  bool averaged() const { return averaged_; }

 private:
  bool averaged_;
  IncrementalFit objective_, failures_;
  std::size_t learned_ = 0;  // of history.ended()
  bool any_failed_ = false;
};

/// Where the best objectives were measured, a few of them.
Eigen::MatrixXd incumbents(const History& history);

}  // namespace sherpa::algorithms
