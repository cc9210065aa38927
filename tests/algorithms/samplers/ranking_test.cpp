#include "algorithms/samplers/ranking.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace sherpa::algorithms {
namespace {

namespace fact = study::fact;

void end(History& history, TrialId trial, double objective) {
  history.learn({.fact = fact::TrialIssued{trial, {{"n", 1}}, {.k = trial}}});
  history.learn({.fact = fact::TrialEnded{
                     .trial = trial, .status = TrialStatus::completed, .objective = objective}});
}

TEST(Ranking, OrdersTrialsByObjectiveAndEqualOnesByTheirEnd) {
  History history(*space::SearchSpace::make({Discrete{"n", {1, 3}}}), true, {});
  Ranking ranking;
  const double objectives[]{3, std::nan(""), 1, 3, 2, HUGE_VAL, 1};
  for (TrialId t = 1; t <= 7; ++t) {
    end(history, t, objectives[t - 1]);
    if (t % 2) ranking.update(history);  // after one trial, and after two
  }
  std::vector<TrialId> order;
  for (std::size_t i = 0; i < ranking.size(); ++i)
    order.push_back(history.ended()[ranking[i]].trial);
  EXPECT_THAT(order, testing::ElementsAre(3, 7, 5, 1, 4));
  EXPECT_THAT(ranking.unranked(), testing::ElementsAre(1u, 5u)) << "indices of trials 2 and 6";
}

TEST(Ranking, RanksHigherObjectivesFirstWhereTheyAreBetter) {
  History history(*space::SearchSpace::make({Discrete{"n", {1, 3}}}), false, {});
  Ranking ranking;
  end(history, 1, 5);
  end(history, 2, 7);
  ranking.update(history);
  EXPECT_EQ(ranking[0], 1u);
}

}  // namespace
}  // namespace sherpa::algorithms
