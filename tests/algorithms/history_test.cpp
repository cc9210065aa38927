#include "algorithms/history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace sherpa::algorithms {
namespace {

using testing::ElementsAre;
namespace fact = study::fact;

space::SearchSpace small() {
  return *space::SearchSpace::make({Choice{"a", {"x", "y"}}, Discrete{"n", {1, 3}}});
}

study::Entry issued(TrialId trial, Configuration configuration, std::uint64_t k, Path path = {}) {
  return {.fact = fact::TrialIssued{
              trial, std::move(configuration), {.k = k, .path = std::move(path)}}};
}
study::Entry ended(TrialId trial, double objective, TrialStatus status = TrialStatus::completed) {
  return {.fact = fact::TrialEnded{.trial = trial, .status = status, .objective = objective}};
}

TEST(History, KnowsWhereTrialsLieAndHowTheyEnded) {
  History history(small(), false, {});
  history.learn(issued(1, {{"a", "y"}, {"n", 1}}, 1));
  history.learn(issued(2, {{"a", "x"}, {"n", 3}}, 0));
  history.learn(ended(2, 5));
  ASSERT_EQ(history.ended().size(), 1u);
  EXPECT_EQ(history.ended()[0].objective, -5);  // higher is better
  EXPECT_FALSE(history.ended()[0].own);
  EXPECT_THAT(history.ended()[0].point, ElementsAre(0.25, testing::DoubleEq(2.5 / 3)));
  EXPECT_THAT(history.pending({}), ElementsAre(ElementsAre(0.75, testing::DoubleEq(0.5 / 3))));
  EXPECT_EQ(history.own(), 1u);
  EXPECT_EQ(history.enqueued(), 1u);
}

TEST(History, TakesNoObjectiveFromFailedOrInfiniteTrials) {
  History history(small(), true, {});
  for (TrialId t = 1; t <= 4; ++t) history.learn(issued(t, {{"a", "x"}, {"n", 1}}, t));
  history.learn(ended(1, 1, TrialStatus::failed));
  history.learn(ended(2, std::nan("")));
  history.learn(ended(3, HUGE_VAL));
  history.learn(ended(4, 2, TrialStatus::stopped));
  EXPECT_EQ(history.measured(), 1u);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(history.ended()[i].objective));
  EXPECT_EQ(history.ended()[3].objective, 2);
}

TEST(History, LeavesRunningTrialsOfOtherMembersOut) {
  History history(small(), true, {1});
  history.learn(issued(1, {{"a", "x"}, {"n", 1}}, 1, {0}));
  history.learn(issued(2, {{"a", "x"}, {"n", 2}}, 2, {1, 0}));
  EXPECT_EQ(history.pending({}).size(), 1u);
  EXPECT_FALSE(history.tried({0.25, 0.5 / 3}));
  history.learn(ended(1, 3));
  EXPECT_TRUE(history.tried({0.25, 0.5 / 3}));
  EXPECT_EQ(history.ended().size(), 1u);
}

TEST(History, KnowsWhenASpaceIsExhausted) {
  History history(small(), true, {});
  EXPECT_EQ(history.configurations(), 6u);
  TrialId t = 0;
  for (const char* a : {"x", "y"})
    for (int n = 1; n <= 3; ++n) {
      EXPECT_FALSE(history.exhausted());
      ++t;
      history.learn(issued(t, {{"a", a}, {"n", n}}, t));
      if (t == 5) {
        study::Prepared last{.k = 6, .configuration = {{"a", "y"}, {"n", 3}}};
        EXPECT_TRUE(history.exhausted(std::span(&last, 1)));
      }
    }
  EXPECT_TRUE(history.exhausted());
}

TEST(History, CountsEndlessSpacesAsZero) {
  EXPECT_EQ(
      History(*space::SearchSpace::make({Continuous{"x", {0, 1}}}), true, {}).configurations(), 0u);
  std::vector<Parameter> many;
  for (int i = 0; i < 70; ++i) many.push_back(Choice{"c" + std::to_string(i), {1, 2}});
  EXPECT_EQ(History(*space::SearchSpace::make(many), true, {}).configurations(), 0u);
}

}  // namespace
}  // namespace sherpa::algorithms
