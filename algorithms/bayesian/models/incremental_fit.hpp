#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/bayesian/models/model.hpp"
#include "algorithms/history.hpp"

#include <Eigen/Core>

#include <cstdint>
#include <memory>

namespace sherpa::algorithms {

/// A model that keeps up with a study. What it becomes is a function of the data and the seed
/// alone, never of when it is asked for: hyperparameters are tuned at fixed numbers of data, afresh
/// at powers of two and from the last of those at the others, and between them data are added one
/// by one. So a restart, which asks only now, ends with the same numbers to the last bit, and tunes
/// no more than twice.
class IncrementalFit {
 public:
  explicit IncrementalFit(std::unique_ptr<Model> model) : model_(std::move(model)) {}

  void learn(const Point& point, double value);
  Eigen::Index size() const { return n_; }
  /// Up to date. There is at least one datum.
  const Model& model(std::uint64_t seed);

 private:
  std::unique_ptr<Model> model_;
  Eigen::Index n_ = 0, known_ = 0;
  Eigen::MatrixXd points_;
  Eigen::VectorXd values_;
};

}  // namespace sherpa::algorithms
