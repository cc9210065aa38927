#include "tests/support/rehearse.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sherpa {
namespace {

using namespace testing_support;

TEST(GridSearch, WalksTheFullCrossProductTheLastParameterFastest) {
  auto seen = run(study_with(GridSearch{.num_grid_points = 2},
                             {Continuous{"x", {1, 2}}, Choice{"c", {"a", "b", "c"}}}),
                  1000);
  ASSERT_EQ(seen.size(), 6u);
  EXPECT_DOUBLE_EQ(seen[0].get<double>("x"), 4.0 / 3);
  EXPECT_DOUBLE_EQ(seen[5].get<double>("x"), 5.0 / 3);
  EXPECT_EQ(seen[0].get<std::string>("c"), "a");
  EXPECT_EQ(seen[1].get<std::string>("c"), "b");
}

TEST(GridSearch, LivesWithAGridOfAstronomicalSize) {
  std::vector<Parameter> many;
  for (int i = 0; i < 10000; ++i) many.push_back(Continuous{"p" + std::to_string(i), {0, 1}});
  EXPECT_EQ(run(study_with(GridSearch{}, many), 3).size(), 3u);
}

}  // namespace
}  // namespace sherpa
