#include "algorithms/samplers/parzen.hpp"

#include "algorithms/numerics/normal.hpp"

#include <gtest/gtest.h>

#include <cmath>

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

std::vector<Axis> axes() {
  return axes_of(*space::SearchSpace::make(
      {Continuous{"x", {0, 1}}, Discrete{"n", {1, 6}, Scale::log}, Choice{"c", {0, 1, 2}}}));
}

TEST(Axis, CutsTheCubeAsTheSearchSpaceDoes) {
  const std::vector<Parameter> parameters{Discrete{"a", {1, 64}, Scale::log},
                                          Discrete{"b", {-3, 9}}, Ordinal{"c", {1, 2, 3}},
                                          Choice{"d", {1, 2, 3, 4}}, Continuous{"e", {0, 1}}};
  for (const auto& parameter : parameters) {
    Axis axis(parameter);
    EXPECT_EQ(axis.levels(), space::levels(parameter));
    Random random(1);
    for (int i = 0; i < 1000; ++i) {
      double u = random.uniform();
      EXPECT_NEAR(axis.snap(u), space::to_unit(parameter, space::from_unit(parameter, u)), 1e-12)
          << parameter.name();
      if (axis.levels() == 0) continue;
      EXPECT_LE(axis.edge(axis.level(u)), u + 1e-12);
      EXPECT_GE(axis.edge(axis.level(u) + 1), u - 1e-12);
    }
  }
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
