#include "algorithms/numerics/slice_sampling.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace sherpa::algorithms {
namespace {

using Eigen::VectorXd;

TEST(SliceSampling, HasTheMomentsThatQuadratureHas) {
  // A skewed density within bounds.
  auto log_density = [](const VectorXd& x) {
    return -std::exp(x[0]) + 2 * x[0] - 0.1 * x[0] * x[0];
  };
  double weight = 0, mean = 0, square = 0;
  for (double x = -6; x <= 3; x += 1e-3) {
    double w = std::exp(log_density(VectorXd::Constant(1, x)));
    weight += w;
    mean += w * x;
    square += w * x * x;
  }
  mean /= weight;
  double variance = square / weight - mean * mean;
  Random random(10);
  VectorXd at = VectorXd::Zero(1), low = VectorXd::Constant(1, -6), high = VectorXd::Constant(1, 3);
  double sum = 0, squares = 0;
  const int draws = 40000;
  for (int i = 0; i < draws; ++i) {
    at = slice_sample(log_density, at, VectorXd::Constant(1, 1.0), low, high, random);
    sum += at[0];
    squares += at[0] * at[0];
  }
  EXPECT_NEAR(sum / draws, mean, 0.02);
  EXPECT_NEAR(squares / draws - sum / draws * sum / draws, variance, 0.03);
}

TEST(SliceSampling, StaysInTheBoxAndWhereTheDensityIsPositive) {
  const VectorXd low = VectorXd::Constant(2, -1), high = VectorXd::Constant(2, 2);
  auto triangle = [](const VectorXd& x) { return x.sum() > 0 ? 0.0 : -INFINITY; };
  Random random(4);
  VectorXd at = VectorXd::Constant(2, 0.5);
  for (int i = 0; i < 1000; ++i) {
    at = slice_sample(triangle, at, VectorXd::Constant(2, 5.0), low, high, random);
    ASSERT_TRUE((at.array() >= -1).all() && (at.array() <= 2).all()) << at.transpose();
    ASSERT_GT(at.sum(), 0);
  }
}

TEST(SliceSampling, StaysWhereItIsWhenNoOtherPointIsAsLikely) {
  const VectorXd start = VectorXd::Constant(1, 0.25);
  auto spike = [](const VectorXd& x) { return x[0] == 0.25 ? 0.0 : -1e300; };
  Random random(5);
  EXPECT_EQ(
      slice_sample(spike, start, VectorXd::Ones(1), VectorXd::Zero(1), VectorXd::Ones(1), random),
      start);
}

}  // namespace
}  // namespace sherpa::algorithms
