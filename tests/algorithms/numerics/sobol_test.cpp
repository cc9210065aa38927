#include "algorithms/numerics/sobol.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace sherpa::algorithms {
namespace {

std::vector<double> draw(const Sobol& sobol, std::uint64_t i) {
  std::vector<double> point(sobol.dimensions());
  sobol.point(i, point);
  return point;
}

TEST(Sobol, HasOnePointInEveryIntervalOfEveryDimension) {
  for (std::uint64_t seed : {1, 2}) {
    Sobol sobol(Sobol::most, seed);
    std::vector<std::set<int>> hit(sobol.dimensions());
    for (std::uint64_t i = 0; i < 64; ++i) {
      auto point = draw(sobol, i);
      for (std::size_t d = 0; d < point.size(); ++d) hit[d].insert(static_cast<int>(point[d] * 64));
    }
    for (std::size_t d = 0; d < hit.size(); ++d) EXPECT_EQ(hit[d].size(), 64u) << "dimension " << d;
  }
}

TEST(Sobol, HasOnePointInEveryElementaryBoxOfItsFirstTwoDimensions) {
  Sobol sobol(2, 5);
  for (int a = 0; a <= 8; ++a) {
    std::set<std::pair<int, int>> hit;
    for (std::uint64_t i = 0; i < 256; ++i) {
      auto point = draw(sobol, i);
      hit.insert({static_cast<int>(std::ldexp(point[0], a)),
                  static_cast<int>(std::ldexp(point[1], 8 - a))});
    }
    EXPECT_EQ(hit.size(), 256u) << a;
  }
}

TEST(Sobol, IsEvenInItsLateDimensions) {
  // The integral of a product over pairs of neighbours: a random sequence of this length is off by
  // 0.006 on average.
  Sobol sobol(400, 3);
  const int n = 4096;
  double worst = 0;
  for (std::size_t d = 390; d + 1 < 400; ++d) {
    double sum = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
      auto point = draw(sobol, i);
      sum += point[d] * point[d + 1];
    }
    worst = std::max(worst, std::abs(sum / n - 0.25));
  }
  EXPECT_LT(worst, 0.002);
}

TEST(Sobol, DiffersBySeedAndRepeatsItself) {
  EXPECT_EQ(draw(Sobol(30, 4), 17), draw(Sobol(30, 4), 17));
  EXPECT_NE(draw(Sobol(30, 4), 17), draw(Sobol(30, 5), 17));
}

TEST(Sobol, GoesOnBeyondItsLastDimensionWithRandomDraws) {
  auto point = draw(Sobol(Sobol::most + 5, 1), 3);
  for (double x : point) {
    EXPECT_GT(x, 0);
    EXPECT_LT(x, 1);
  }
  EXPECT_NE(point[Sobol::most], point[Sobol::most + 1]);
}

}  // namespace
}  // namespace sherpa::algorithms
