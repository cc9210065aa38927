#include "algorithms/numerics/linear_algebra.hpp"

#include "tests/support/random_points.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace sherpa::algorithms {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing_support::random_points;

TEST(LinearAlgebra, AddsToAFactor) {
  Random random(9);
  MatrixXd a = random_points(12, 12, random);
  MatrixXd matrix = a * a.transpose() + MatrixXd::Identity(12, 12);
  VectorXd v = a.col(3);
  MatrixXd factor = matrix, expected = matrix + v * v.transpose();
  ASSERT_TRUE(cholesky(factor));
  MatrixXd inverse = inverse_from_cholesky(factor);
  EXPECT_LT((inverse * matrix - MatrixXd::Identity(12, 12)).cwiseAbs().maxCoeff(), 1e-9);
  cholesky_update(factor, v);
  MatrixXd lower = factor.triangularView<Eigen::Lower>();
  EXPECT_LT((lower * lower.transpose() - expected).cwiseAbs().maxCoeff(), 1e-9);
  MatrixXd indefinite = -MatrixXd::Identity(3, 3);
  EXPECT_FALSE(cholesky(indefinite));
}

TEST(LinearAlgebra, CholeskyLeavesTheUpperTriangle) {
  MatrixXd matrix{{4, 99}, {2, 5}};
  ASSERT_TRUE(cholesky(matrix));
  EXPECT_EQ(matrix, (MatrixXd{{2, 99}, {1, 2}}));
}

TEST(LinearAlgebra, CholeskyRefusesNaN) {
  MatrixXd matrix{{1, 0}, {0, std::nan("")}};
  EXPECT_FALSE(cholesky(matrix));
}

}  // namespace
}  // namespace sherpa::algorithms
