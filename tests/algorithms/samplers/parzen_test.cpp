#include "algorithms/samplers/parzen.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace sherpa::algorithms {
namespace {

std::vector<Axis> axes() {
  return axes_of(*space::SearchSpace::make(
      {Continuous{"x", {0, 1}}, Discrete{"n", {1, 6}, Scale::log}, Choice{"c", {0, 1, 2}}}));
}

TEST(Parzen, IsADensityAndDrawsFromIt) {
  const auto a = axes();
  const std::vector<Point> points{{0.05, a[1].place(0), a[2].place(1)},
                                  {0.6, a[1].place(4), a[2].place(2)}};
  Parzen parzen(a, {&points[0], &points[1]}, {3, 1}, {.bandwidth = 0.2, .prior = 1, .share = 0.1});
  constexpr int cells = 50;
  std::vector<double> expected, seen(cells * 6 * 3);
  double sum = 0;
  for (int x = 0; x < cells; ++x)
    for (std::uint64_t n = 0; n < 6; ++n)
      for (std::uint64_t c = 0; c < 3; ++c) {
        expected.push_back(
            std::exp(parzen.log_density({(x + 0.5) / cells, a[1].place(n), a[2].place(c)})) /
            cells);
        sum += expected.back();
      }
  EXPECT_NEAR(sum, 1, 1e-3);

  Random random(3);
  constexpr int draws = 200'000;
  for (int i = 0; i < draws; ++i) {
    auto point = parzen.sample(random);
    auto x = std::min(cells - 1, static_cast<int>(point[0] * cells));
    seen[(static_cast<std::size_t>(x) * 6 + a[1].level(point[1])) * 3 + a[2].level(point[2])] +=
        1.0 / draws;
  }
  double distance = 0;  // total variation
  for (std::size_t i = 0; i < seen.size(); ++i) distance += 0.5 * std::abs(seen[i] - expected[i]);
  EXPECT_LT(distance, 0.03);
}

TEST(Parzen, IsUniformWithoutPoints) {
  const auto a = axes();
  Parzen parzen(a, {}, {}, {});
  EXPECT_NEAR(parzen.log_density({0.3, a[1].place(2), a[2].place(0)}),
              std::log((a[1].edge(3) - a[1].edge(2)) / 3), 1e-12);
}

}  // namespace
}  // namespace sherpa::algorithms
