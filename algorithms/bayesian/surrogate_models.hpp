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

/// Points as the rows of a matrix.
Eigen::MatrixXd rows(const std::vector<Point>& points, std::size_t parameters);

/// The models of Bayesian optimization, fitted to trials that ended: one of the objective, and one
/// of the probability of failure.
class SurrogateModels {
 public:
  SurrogateModels(const BayesianOptimization& options, const space::SearchSpace& space);

  /// Adds the trials that ended since the last call.
  void update(const History& history);
  /// There must be a measured trial.
  const Model& objective(std::uint64_t seed) { return objective_.model(seed); }
  /// Null when no trial failed.
  const Model* failures(std::uint64_t seed) {
    return any_failed_ ? &failures_.model(seed) : nullptr;
  }
  /// Whether the acquisition function is averaged over samples of the hyperparameters.
  bool averaged() const { return averaged_; }

 private:
  bool averaged_;
  IncrementalFit objective_, failures_;
  std::size_t added_ = 0;  // of history.ended()
  bool any_failed_ = false;
};

/// The points of the few best measured trials, in rows, best first.
Eigen::MatrixXd incumbents(const History& history);

}  // namespace sherpa::algorithms
