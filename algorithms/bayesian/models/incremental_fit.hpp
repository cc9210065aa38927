#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include "algorithms/bayesian/models/model.hpp"
#include "algorithms/history.hpp"

#include <Eigen/Core>

#include <cstdint>
#include <memory>

namespace sherpa::algorithms {

/// Keeps a model fitted to a growing set of data. Hyperparameters are fitted at fixed numbers of
/// data, from scratch at powers of two; in between, data are added to the model as it is. So the
/// model is a function of the data and the seed alone, and not of when it was asked for: a restart,
/// which asks once at the end, gets the same model to the last bit, after at most two fits.
class IncrementalFit {
 public:
  explicit IncrementalFit(std::unique_ptr<Model> model) : model_(std::move(model)) {}

  void add(const Point& point, double value);
  Eigen::Index size() const { return n_; }
  /// The model, fitted to all data. There must be at least one.
  const Model& model(std::uint64_t seed);

 private:
  void fit(Eigen::Index from, Eigen::Index to, std::uint64_t seed);

  std::unique_ptr<Model> model_;
  Eigen::Index n_ = 0;
  Eigen::Index fitted_ = 0;  // data that the model has
  Eigen::MatrixXd points_;   // room for more than n_ rows
  Eigen::VectorXd values_;
};

}  // namespace sherpa::algorithms
