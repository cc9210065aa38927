#include "algorithms/numerics/normal.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace sherpa::algorithms {
namespace {

TEST(Normal, QuantileIsTheInverseOfTheDistribution) {
  for (double p : {1e-300, 1e-20, 1e-5, 0.1, 0.3, 0.5, 0.7, 0.999, 1 - 1e-12}) {
    double q = normal_below(normal_quantile(p));
    EXPECT_NEAR(q / p, 1, 1e-10) << p;
  }
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
}

TEST(Normal, WithinStaysThere) {
  Random random(1);
  double sum = 0;
  for (int i = 0; i < 20000; ++i) {
    double z = normal_within(1, 2, random);
    ASSERT_TRUE(z >= 1 && z <= 2);
    sum += z;
  }
  // The mean of a normal distribution cut off at 1 and 2.
  double density = (std::exp(-0.5) - std::exp(-2.0)) / std::sqrt(2 * std::numbers::pi);
  EXPECT_NEAR(sum / 20000, density / normal_between(1, 2), 0.01);
  EXPECT_EQ(normal_within(50, 60, random), 50);
  EXPECT_EQ(normal_within(-60, -50, random), -50);
}

TEST(Normal, HasTheProbabilitiesOfTables) {
  EXPECT_DOUBLE_EQ(normal_below(0), 0.5);
  EXPECT_NEAR(normal_below(1), 0.841344746068543, 1e-15);
  EXPECT_NEAR(normal_between(-1, 1), 0.682689492137086, 1e-15);
}

TEST(Normal, BetweenKeepsItsDigitsInTheTails) {
  // Mills' ratio: P(Z > z) ≈ φ(z)/z (1 − 1/z² + 3/z⁴ − 15/z⁶).
  const double z = 30, series = 1 - 1 / (z * z) + 3 / std::pow(z, 4) - 15 / std::pow(z, 6);
  const double tail = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi) / z * series;
  EXPECT_NEAR(normal_between(z, z + 10) / tail, 1, 1e-8);
  EXPECT_DOUBLE_EQ(normal_between(-z - 10, -z), normal_between(z, z + 10));
}

}  // namespace
}  // namespace sherpa::algorithms
