#include "algorithms/importance.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>

namespace sherpa::algorithms {
namespace {

using Trials = std::vector<std::pair<Configuration, double>>;

Trials drawn(const space::SearchSpace& space, std::size_t n,
             const std::function<double(const Configuration&)>& f) {
  Random random(1);
  Trials out;
  for (std::size_t i = 0; i < n; ++i) {
    auto configuration = space.sample(random);
    out.emplace_back(configuration, f(configuration));
  }
  return out;
}

space::SearchSpace three_numbers() {
  return space::SearchSpace::make(
             {Continuous{"a", {0, 1}}, Continuous{"b", {0, 1}}, Continuous{"c", {0, 1}}})
      .or_throw();
}

/// f = 3a + b has the variances 9/12 and 1/12: shares of 90 % and 10 %.
TEST(Importance, FindsTheSharesOfASum) {
  auto space = three_numbers();
  auto trials = drawn(
      space, 1000, [](const Configuration& c) { return 3 * c.at("a").real() + c.at("b").real(); });
  auto found = importance(space, trials);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->share[0], 0.9, 0.03);
  EXPECT_NEAR(found->share[1], 0.1, 0.03);
  EXPECT_LT(found->share[2], 0.01);
  EXPECT_LT(found->interaction, 0.05);
  EXPECT_LT(found->deviation[0], 0.1);
}

/// f = (a - ½)(b - ½) has no marginals: everything is interaction. With a + b the marginals have
/// 1/12 each, the interaction 1/144: shares of 48 %, 48 % and 4 %.
TEST(Importance, LeavesInteractionsToNoParameterAlone) {
  auto space = three_numbers();
  auto trials = drawn(space, 2000, [](const Configuration& c) {
    return (c.at("a").real() - 0.5) * (c.at("b").real() - 0.5);
  });
  auto found = importance(space, trials);
  ASSERT_TRUE(found);
  EXPECT_GT(found->interaction, 0.7);
  trials = drawn(space, 2000, [](const Configuration& c) {
    const double a = c.at("a").real(), b = c.at("b").real();
    return a + b + (a - 0.5) * (b - 0.5);
  });
  found = importance(space, trials);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->share[0], 0.48, 0.05);
  EXPECT_NEAR(found->share[1], 0.48, 0.05);
}

/// Category k of three is worth k, variance 2/3; on its logarithmic scale x is uniform and worth 1
/// at most, variance 1/12: 89 % and 11 %.
TEST(Importance, KnowsCategoriesAndLogarithmicScales) {
  auto space =
      space::SearchSpace::make({Choice{"kind", {"zero", "one", "two"}},
                                Continuous{"x", {0.001, 1}, Scale::log}, Discrete{"n", {1, 8}}})
          .or_throw();
  auto trials = drawn(space, 1500, [](const Configuration& c) {
    auto kind = c.at("kind").text();
    return (kind == "two" ? 2 : kind == "one" ? 1 : 0) + std::log10(c.at("x").real()) / 3;
  });
  auto found = importance(space, trials);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->share[0], 0.89, 0.03);
  EXPECT_NEAR(found->share[1], 0.11, 0.03);
  EXPECT_LT(found->share[2], 0.01);
}

TEST(Importance, DoesNotCountOutliers) {
  auto space = three_numbers();
  auto trials = drawn(space, 500, [](const Configuration& c) { return c.at("a").real(); });
  for (double huge : {1e12, 1e300, -std::numeric_limits<double>::max()})
    trials.emplace_back(space.from_unit(std::vector{0.3, 0.5, 0.9}), huge);
  auto found = importance(space, trials);
  ASSERT_TRUE(found);
  EXPECT_GT(found->share[0], 0.9);
}

TEST(Importance, RepeatsItself) {
  auto space = three_numbers();
  auto trials = drawn(space, 100, [](const Configuration& c) { return c.at("a").real(); });
  EXPECT_EQ(importance(space, trials)->share, importance(space, trials)->share);
  EXPECT_EQ(importance(space, trials)->deviation, importance(space, trials)->deviation);
}

TEST(Importance, SaysNothingWhereThereIsTooLittle) {
  auto space = three_numbers();
  auto value = [](const Configuration& c) { return c.at("a").real(); };
  EXPECT_FALSE(importance(space, drawn(space, 11, value)));
  EXPECT_TRUE(importance(space, drawn(space, 12, value)));
  EXPECT_FALSE(importance(space, drawn(space, 100, [](const Configuration&) { return 1.0; })));
}

TEST(Importance, TakesASampleOfManyTrials) {
  auto space = three_numbers();
  auto trials = drawn(space, 10'000, [](const Configuration& c) { return c.at("b").real(); });
  auto found = importance(space, trials, {.trees = 4, .max_trials = 200});
  ASSERT_TRUE(found);
  EXPECT_GT(found->share[1], 0.9);
}

}  // namespace
}  // namespace sherpa::algorithms
