#pragma once

#include "algorithms/bayesian/models/kernel.hpp"
#include "tests/support/random_points.hpp"

#include <Eigen/Core>

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

/// Structures of Gaussian processes, and an objective of three parameters.
namespace sherpa::testing_support {

inline algorithms::GpStructure structure(const std::vector<Parameter>& parameters,
                                         std::shared_ptr<const algorithms::OutputWarp> warp,
                                         bool input_warp = false) {
  return {.features =
              std::make_shared<const algorithms::Features>(*space::SearchSpace::make(parameters)),
          .output = std::move(warp),
          .input_warp = input_warp};
}

inline std::vector<Parameter> three() {
  return {Continuous{"a", {0, 1}}, Continuous{"b", {0, 1}}, Continuous{"c", {0, 1}}};
}

inline Eigen::VectorXd some_objective(const Eigen::MatrixXd& x) {
  Eigen::VectorXd y(x.rows());
  for (Eigen::Index i = 0; i < x.rows(); ++i)
    y[i] = std::exp(2 * x(i, 0)) + std::sin(6 * x(i, 1)) + 0.1 * x(i, 2) + 3;
  return y;
}

/// One parameter of each kind that a kernel distinguishes.
inline std::vector<Parameter> mixed_three() {
  return {Continuous{"a", {0, 1}}, Ordinal{"b", {1, 2, 3, 4}}, Choice{"c", {"x", "y", "z"}}};
}

/// Hyperparameters drawn around the prior's mean.
inline Eigen::VectorXd hyperparameters_near_prior(const algorithms::GpStructure& gp,
                                                  Random& random) {
  Eigen::VectorXd theta = gp.prior_mean();
  for (double& one : theta) one += 0.3 * random.normal();
  return theta;
}

}  // namespace sherpa::testing_support
