#include "algorithms/axis.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sherpa::algorithms {
namespace {

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

}  // namespace
}  // namespace sherpa::algorithms
