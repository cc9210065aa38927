#include "algorithms/bayesian/models/gaussian_process.hpp"
#include "tests/support/gaussian_processes.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace sherpa::algorithms {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace testing_support;

TEST(SparseGaussianProcess, IsTheFullOneWhereAllDataInduce) {
  Random random(8);
  MatrixXd x = random_points(40, 3, random), at = random_points(20, 3, random);
  auto zero = structure(three(), asinh_warp());
  zero.zero_mean = true;
  VectorXd y = some_objective(x), theta = zero.prior_mean();
  theta[zero.noise()] = std::log(0.01);
  VectorXd mean, variance, sparse_mean, sparse_variance;
  condition(zero, theta, x, y)->predict(at, mean, variance);
  condition_sparsely(zero, theta, x, y, 40)->predict(at, sparse_mean, sparse_variance);
  EXPECT_LT((mean - sparse_mean).cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_LT((variance - sparse_variance).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(SparseGaussianProcess, HasVariancesBetweenZeroAndThePrior) {
  Random random(12);
  const MatrixXd x = random_points(60, 3, random), at = random_points(30, 3, random);
  auto gp = structure(three(), standardization());
  gp.zero_mean = true;
  const VectorXd y = some_objective(x);
  VectorXd theta = gp.prior_mean();
  theta[gp.noise()] = std::log(0.01);
  VectorXd sparse_mean, sparse_variance;
  condition_sparsely(gp, theta, x, y, 10)->predict(at, sparse_mean, sparse_variance);
  EXPECT_GT(sparse_variance.minCoeff(), 0);
  EXPECT_LE(sparse_variance.maxCoeff(), sherpa::algorithms::variance(gp, theta) + 1e-9);
}

TEST(SparseGaussianProcess, TakesCoincidingDataForOneInducingPoint) {
  Random random(13);
  MatrixXd x = random_points(30, 3, random);
  for (Index i = 1; i < 15; ++i) x.row(i) = x.row(0);
  auto gp = structure(three(), standardization());
  const auto process = condition_sparsely(gp, gp.prior_mean(), x, some_objective(x), 20);
  VectorXd mean, variance;
  process->predict(x, mean, variance);
  EXPECT_TRUE(mean.allFinite());
  EXPECT_GT(variance.minCoeff(), 0);
}

}  // namespace
}  // namespace sherpa::algorithms
