#include "core/space/specification_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace sherpa::space {
namespace {

using testing::HasSubstr;

std::string refused(const auto& options) {
  auto checked = check(options);
  return checked ? "accepted" : checked.error().message;
}

TEST(MultiFidelityChecks, AcceptDefaults) {
  EXPECT_EQ(refused(SuccessiveHalving{}), "accepted");
  EXPECT_EQ(refused(Hyperband{}), "accepted");
  EXPECT_EQ(refused(PopulationBasedTraining{.num_generations = 1}), "accepted");
}

TEST(MultiFidelityChecks, NameWhatIsWrongWithRungs) {
  EXPECT_EQ(refused(Hyperband{.r = 0}),
            "Hyperband: r is 0; the lowest rung needs a resource of at least 1");
  EXPECT_EQ(refused(Hyperband{.r = 9, .R = 9}),
            "Hyperband: r is 9 and R is 9; R must be more than r");
  EXPECT_EQ(refused(Hyperband{.R = (std::uint64_t{1} << 53) + 1}),
            "Hyperband: R is above 2^53; use a larger unit");
  EXPECT_EQ(refused(Hyperband{.eta = 1}),
            "Hyperband: eta is 1; use at least 2, so that one in two is promoted");
  EXPECT_EQ(refused(Hyperband{.max_finished_configs = 0}),
            "Hyperband: max_finished_configs is 0; use at least 1");
  for (double explore : {-0.1, 1.1, std::nan("")})
    EXPECT_THAT(refused(Hyperband{.explore = explore}), HasSubstr("use a share from 0 to 1"));
}

TEST(MultiFidelityChecks, LimitTheLowestRungOfABracket) {
  EXPECT_EQ(refused(SuccessiveHalving{.r = 1, .R = 9, .eta = 3, .s = 2}), "accepted");
  EXPECT_EQ(refused(SuccessiveHalving{.r = 1, .R = 9, .eta = 3, .s = 3}),
            "SuccessiveHalving: s is 3, but there are only 3 rungs between r and R; use at most 2");
}

TEST(MultiFidelityChecks, NameWhatIsWrongWithAPopulation) {
  const PopulationBasedTraining good{.num_generations = 5};
  auto with = [&](auto change) {
    PopulationBasedTraining options = good;
    change(options);
    return refused(options);
  };
  EXPECT_EQ(with([](auto& o) { o.num_generations = 0; }),
            "PopulationBasedTraining: num_generations is missing or 0; use at least 1");
  EXPECT_THAT(with([](auto& o) { o.population_size = 1; }), HasSubstr("use at least 2"));
  EXPECT_THAT(with([](auto& o) { o.perturbation_factors = {}; }), HasSubstr("use [0.8, 1.2]"));
  EXPECT_THAT(with([](auto& o) { o.perturbation_factors = {0.0}; }), HasSubstr("has 0.0"));
  EXPECT_THAT(with([](auto& o) { o.resample_probability = 2; }),
              HasSubstr("use a probability from 0 to 1"));
}

}  // namespace
}  // namespace sherpa::space
