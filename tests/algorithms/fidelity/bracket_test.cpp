#include "algorithms/fidelity/bracket.hpp"

#include <sherpa/random.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace sherpa::algorithms {
namespace {

TEST(Bracket, PromotesTheBestOnceEnoughEnded) {
  Bracket bracket(3, 3);
  bracket.end(0, 1, 0.5);
  bracket.end(0, 2, 0.1);
  EXPECT_FALSE(bracket.next());
  bracket.end(0, 3, 0.9);
  ASSERT_TRUE(bracket.next());
  EXPECT_EQ(bracket.next()->trial, 2u);
  EXPECT_EQ(bracket.next()->to, 1u);
  bracket.promote(0, 2, 0.1);
  EXPECT_FALSE(bracket.next());
  EXPECT_FALSE(bracket.waits(2));
  EXPECT_TRUE(bracket.waits(1));
}

TEST(Bracket, PromotesFromTheHighestRungFirst) {
  Bracket bracket(3, 2);
  for (TrialId t = 1; t <= 4; ++t) bracket.end(0, t, static_cast<double>(t));
  for (TrialId t : {1, 2}) {
    bracket.promote(0, t, static_cast<double>(t));
    bracket.end(1, 10 + t, static_cast<double>(t));
  }
  for (TrialId t = 5; t <= 6; ++t) bracket.end(0, t, static_cast<double>(t));
  ASSERT_TRUE(bracket.next());
  EXPECT_EQ(bracket.next()->trial, 11u);
  EXPECT_EQ(bracket.next()->to, 2u);
}

TEST(Bracket, CountsPromotionsThatAreUnderWay) {
  Bracket bracket(2, 2);
  for (TrialId t = 1; t <= 4; ++t) bracket.end(0, t, static_cast<double>(t));
  const std::vector<TrialId> one{1}, two{1, 2};
  EXPECT_EQ(bracket.next(one)->trial, 2u);
  EXPECT_FALSE(bracket.next(two));
}

TEST(Bracket, CountsTrialsWithoutAScoreButNeverPromotesThem) {
  Bracket bracket(2, 2);
  bracket.end(0, 1, std::nullopt);
  EXPECT_FALSE(bracket.next());
  bracket.end(0, 2, 5.0);
  EXPECT_EQ(bracket.next()->trial, 2u);
  EXPECT_FALSE(bracket.waits(1));
}

TEST(Bracket, NeverPromotesMoreThanOneInEta) {
  Bracket bracket(4, 3);
  std::vector<std::uint64_t> ended(4), promoted(4);
  Random random(1);
  std::vector<double> scores{0};
  for (TrialId t = 1; t <= 2000; ++t) {
    std::size_t rung = 0;
    if (auto promotion = bracket.next()) {
      rung = promotion->to;
      bracket.promote(rung - 1, promotion->trial, scores[promotion->trial]);
      ++promoted[rung - 1];
    }
    scores.push_back(random.uniform());
    bracket.end(rung, t, scores[t]);
    ++ended[rung];
    for (std::size_t i = 0; i < 4; ++i) ASSERT_LE(promoted[i], ended[i] / 3);
  }
  EXPECT_GE(promoted[0] + 1, ended[0] / 3);
  EXPECT_GT(ended[3], 20u);
}

}  // namespace
}  // namespace sherpa::algorithms
