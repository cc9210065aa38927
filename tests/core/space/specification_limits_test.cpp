#include "core/space/specification_limits.hpp"

#include <gtest/gtest.h>

namespace sherpa::space {
namespace {

TEST(SpecificationLimits, TellBudgetAndPlan) {
  auto space = *space::SearchSpace::make({Continuous{"x", {0, 1}}, Choice{"c", {1, 2, 3}}});
  auto budget = [](const AlgorithmSpecification& one) { return budget_of(one); };
  EXPECT_EQ(budget(RandomSearch{}), std::nullopt);
  EXPECT_EQ(budget(RandomSearch{.max_num_trials = 40, .repeat = 3}), 120u);
  EXPECT_EQ(budget(GridSearch{.num_grid_points = 4}), std::nullopt);
  EXPECT_EQ(budget(Repeat{.algorithm = RandomSearch{.max_num_trials = 4}, .num_times = 3}), 12u);
  EXPECT_EQ(budget(Chain{.algorithms = {RandomSearch{.max_num_trials = 4},
                                        RandomSearch{.max_num_trials = 5}}}),
            9u);
  EXPECT_EQ(planned_of(GridSearch{.num_grid_points = 4}, space), 12u);
  EXPECT_EQ(planned_of(Chain{.algorithms = {GridSearch{.num_grid_points = 4},
                                            RandomSearch{.max_num_trials = 4}}},
                       space),
            16u);
  EXPECT_EQ(planned_of(Chain{.algorithms = {GridSearch{}, RandomSearch{}}}, space), std::nullopt);
}

TEST(SpecificationLimits, TellWhenOnlyTheyAreRaised) {
  auto search = [](std::optional<std::uint64_t> n, std::uint64_t repeat = 1) {
    return RandomSearch{n, repeat};
  };
  EXPECT_TRUE(only_raises_limits(search(40), search(40)));
  EXPECT_TRUE(only_raises_limits(search(40), search(60)));
  EXPECT_TRUE(only_raises_limits(search(40), search({})));
  EXPECT_FALSE(only_raises_limits(search(40), search(39)));
  EXPECT_FALSE(only_raises_limits(search({}), search(39)));
  EXPECT_FALSE(only_raises_limits(search(40), search(40, 2)));
  EXPECT_TRUE(only_raises_limits(Repeat{.algorithm = search(1)}, Repeat{.algorithm = search(2)}));
  EXPECT_FALSE(only_raises_limits(search(40), GridSearch{}));
}

TEST(SpecificationLimits, NameTheOneToRaise) {
  const RandomSearch random{.max_num_trials = 4};
  EXPECT_EQ(limit_to_raise(random, true), "max_num_trials");
  EXPECT_EQ(limit_to_raise(Repeat{.algorithm = random}, true), "max_num_trials");
  EXPECT_EQ(limit_to_raise(Chain{.algorithms = {random, GridSearch{}}}, false), "");
  EXPECT_EQ(limit_to_raise(GridSearch{}, false), "");
  EXPECT_EQ(limit_to_raise(SuccessiveHalving{}, false), "max_finished_configs");
  EXPECT_EQ(limit_to_raise(Hyperband{.max_num_trials = 9}, true), "max_num_trials");
  EXPECT_EQ(limit_to_raise(PopulationBasedTraining{.num_generations = 2}, false),
            "num_generations");
}

}  // namespace
}  // namespace sherpa::space
