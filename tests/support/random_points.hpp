#pragma once

#include <sherpa/random.hpp>

#include <Eigen/Core>

namespace sherpa::testing_support {

/// n rows in the unit cube of d dimensions.
inline Eigen::MatrixXd random_points(Eigen::Index n, Eigen::Index d, Random& random) {
  Eigen::MatrixXd x(n, d);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < d; ++j) x(i, j) = random.uniform();
  return x;
}

}  // namespace sherpa::testing_support
