#include "algorithms/algorithms.hpp"
#include "tests/support/rule_driver.hpp"
#include "tests/support/rule_in_words.hpp"

#include <sherpa/contract.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace sherpa::algorithms {
namespace {

using namespace testing_support;

const double nan = std::nan("");

/// SHERPA.md's words, one by one, about a book of the trials' curves.
class Words {
 public:
  Words(MedianStoppingRule options, bool lower_is_better)
      : options_(options), lower_(lower_is_better) {}

  bool say_stop(TrialId trial, const RuleDriver& driver) const {
    auto own_curve = driver.curves().find(trial);
    if (own_curve == driver.curves().end()) return false;
    std::int64_t s = own_curve->second.rbegin()->first;
    if (s < options_.min_iterations) return false;
    auto own = best_up_to(own_curve->second, s);
    std::vector<double> others;
    for (const auto& [other, curve] : driver.curves()) {
      if (other == trial || curve.rbegin()->first < std::max(s, options_.min_iterations)) continue;
      if (auto best = best_up_to(curve, s)) others.push_back(*best);
    }
    if (others.size() < options_.min_trials) return false;
    if (!own) return true;
    std::sort(others.begin(), others.end());
    auto n = others.size();
    double median = n % 2 ? others[n / 2] : std::midpoint(others[n / 2 - 1], others[n / 2]);
    return lower_ ? *own > median : *own < median;
  }

 private:
  std::optional<double> best_up_to(const RuleDriver::Curve& curve, std::int64_t s) const {
    std::optional<double> best;
    for (const auto& [i, point] : curve)
      if (i <= s && std::isfinite(point.objective) &&
          (!best || (lower_ ? point.objective < *best : point.objective > *best)))
        best = point.objective;
    return best;
  }

  MedianStoppingRule options_;
  bool lower_;
};

class MedianStream : public testing::TestWithParam<Stream> {};

TEST_P(MedianStream, EqualsItsDefinitionInWords) {
  const Stream& stream = GetParam();
  int stops = 0, asked = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Random random(seed);
    MedianStoppingRule options{
        .min_iterations = static_cast<std::int64_t>(random.below(4)) * stream.step,
        .min_trials = 1 + random.below(4)};
    const bool lower = random.chance(0.5);
    RuleDriver driver(make(options, lower), lower);
    const Words words(options, lower);
    play(stream, seed, driver,
         [&](TrialId, std::int64_t, const RuleDriver::Curve&, const std::vector<TrialId>& running) {
           for (TrialId one : running) {
             const bool stop = words.say_stop(one, driver);
             ASSERT_EQ(driver.says_stop(one), stop)
                 << stream.name << " seed " << seed << " trial " << one;
             stops += stop ? 1 : 0;
             ++asked;
           }
         });
    if (HasFatalFailure()) return;
  }
  // The streams must exercise both answers.
  EXPECT_GT(stops, asked / 20);
  EXPECT_LT(stops, asked - asked / 20);
}

INSTANTIATE_TEST_SUITE_P(Streams, MedianStream, testing::ValuesIn(streams),
                         [](const auto& one) { return std::string(one.param.name); });

RuleDriver median_driver(MedianStoppingRule options) { return {make(options, true), true}; }

TEST(MedianStoppingRule, ComparesOnlyUpToTheSameIteration) {
  auto driver = median_driver({.min_iterations = 0, .min_trials = 1});
  auto good = driver.issue();
  driver.observe(good, 1, 10);
  driver.observe(good, 2, 0.1);  // later than the other's iteration: must not count against it
  auto other = driver.issue();
  driver.observe(other, 1, 5);
  EXPECT_FALSE(driver.says_stop(other));
  driver.observe(other, 2, 5);
  EXPECT_TRUE(driver.says_stop(other));
}

TEST(MedianStoppingRule, NeverStopsBeforeMinIterationsAndStopsATrialOfOnlyNaNAfterwards) {
  auto driver = median_driver({.min_iterations = 3, .min_trials = 1});
  driver.observe(driver.issue(), 3, 1);
  auto trial = driver.issue();
  for (std::int64_t i = 1; i <= 2; ++i) {
    driver.observe(trial, i, nan);
    EXPECT_FALSE(driver.says_stop(trial));
  }
  driver.observe(trial, 3, nan);
  EXPECT_TRUE(driver.says_stop(trial));
}

TEST(MedianStoppingRule, ATrialOfOnlyNaNNeedsOthersToBeWorseThan) {
  for (const bool many : {false, true}) {  // trials at the iteration: walked, or kept in order
    auto driver = median_driver({.min_iterations = 0, .min_trials = 2});
    auto trial = driver.issue();
    driver.observe(trial, 1, nan);
    EXPECT_FALSE(driver.says_stop(trial)) << "there is no other trial";
    if (many) driver.observe(driver.issue(), 1, nan);
    driver.observe(driver.issue(), 1, 5);
    EXPECT_FALSE(driver.says_stop(trial)) << "there is one, and min_trials is 2";
    driver.observe(driver.issue(), 1, 7);
    EXPECT_TRUE(driver.says_stop(trial));
  }
}

TEST(MedianStoppingRule, AveragesTheMiddleTwoAndStopsOnlyWhenStrictlyWorse) {
  auto driver = median_driver({.min_iterations = 0, .min_trials = 2});
  for (double y : {1.0, 3.0}) driver.observe(driver.issue(), 1, y);
  auto trial = driver.issue();
  driver.observe(trial, 1, 2.0);
  EXPECT_FALSE(driver.says_stop(trial));
  auto worse = driver.issue();
  driver.observe(worse, 1, 2.0000001);
  EXPECT_TRUE(driver.says_stop(worse));
}

TEST(MedianStoppingRule, KeepsTheContract) {
  EXPECT_EQ(contract_violations(StoppingRuleSpecification(
                MedianStoppingRule{.min_iterations = 2, .min_trials = 3})),
            std::vector<std::string>{});
}

class PercentileStream : public EveryStream {};

TEST_P(PercentileStream, EqualsItsDefinitionInWords) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Random random(seed);
    PercentileStoppingRule options{.percentile = static_cast<double>(random.below(11)) * 10,
                                   .min_iterations = static_cast<std::int64_t>(random.below(3)),
                                   .min_trials = 1 + random.below(3)};
    bool lower = random.chance(0.5);
    compare(options, lower, seed, [&](const RuleDriver& driver, TrialId trial) {
      const Curve& own_curve = driver.curves().at(trial);
      auto s = own_curve.rbegin()->first;
      if (s < options.min_iterations) return false;
      auto own = best_up_to(own_curve, s, lower);
      std::vector<double> others;
      for (const auto& [other, curve] : driver.curves())
        if (other != trial && curve.rbegin()->first >= s)
          if (auto best = best_up_to(curve, s, lower)) others.push_back(lower ? *best : -*best);
      if (others.size() < options.min_trials) return false;
      if (!own) return true;
      std::sort(others.begin(), others.end());
      double place = options.percentile * static_cast<double>(others.size() - 1) / 100,
             low = std::floor(place);
      double bar = others[static_cast<std::size_t>(low)];
      if (place > low) bar += (place - low) * (others[static_cast<std::size_t>(low) + 1] - bar);
      return (lower ? *own : -*own) > bar;
    });
  }
  expect_both_answers();
}

INSTANTIATE_TEST_SUITE_P(Streams, PercentileStream, testing::ValuesIn(streams),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(PercentileStoppingRule, KeepsTheContract) {
  EXPECT_EQ(contract_violations(StoppingRuleSpecification(
                PercentileStoppingRule{.percentile = 30, .min_iterations = 2})),
            std::vector<std::string>{});
}

}  // namespace
}  // namespace sherpa::algorithms
