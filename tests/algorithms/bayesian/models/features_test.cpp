#include "algorithms/bayesian/models/features.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace sherpa::algorithms {
namespace {

Features features() {
  return Features(*space::SearchSpace::make(
      {Continuous{"a", {0, 1}}, Choice{"b", {"x", "y", "z"}}, Ordinal{"c", {1, 2}}}));
}

TEST(Features, HaveAColumnPerOrderedParameterAndPerValueOfAChoice) {
  const auto f = features();
  EXPECT_EQ(f.parameters(), 3);
  EXPECT_EQ(f.columns(), 5);
  EXPECT_EQ(f.column(1), 1);
  EXPECT_EQ(f.column(2), 4);
  EXPECT_EQ(f.parameter(3), 1);
  EXPECT_FALSE(f.categorical(0));
  EXPECT_TRUE(f.categorical(1));
  EXPECT_FALSE(f.categorical(2));
}

TEST(Features, KeepCoordinatesAndPutDifferentChoicesOneApart) {
  const Eigen::MatrixXd points{{0.3, 0.1, 0.25}, {0.3, 0.5, 0.25}, {0.3, 1.0, 0.25}};
  const Eigen::MatrixXd mapped = features().map(points);
  EXPECT_EQ(mapped.col(0), points.col(0));
  EXPECT_EQ(mapped.col(4), points.col(2));
  for (Eigen::Index i = 0; i < 3; ++i)
    for (Eigen::Index j = 0; j < i; ++j)
      EXPECT_DOUBLE_EQ((mapped.row(i) - mapped.row(j)).norm(), 1) << i << ' ' << j;
}

}  // namespace
}  // namespace sherpa::algorithms
