#pragma once

#include "algorithms/algorithms.hpp"
#include "tests/support/rule_driver.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

namespace sherpa::testing_support {

using Curve = RuleDriver::Curve;

/// A stopping rule compared with its definition in words, on the same course of events.
class EveryStream : public testing::TestWithParam<Stream> {
 protected:
  /// `words_say(trial)` for every running trial after every observation.
  template <class Options, class Words>
  void compare(const Options& options, bool lower, std::uint64_t seed, const Words& words) {
    RuleDriver driver(algorithms::make(options, lower), lower);
    play(GetParam(), seed, driver,
         [&](TrialId, std::int64_t, const Curve&, const std::vector<TrialId>& running) {
           for (auto trial : running) {
             if (!driver.curves().contains(trial)) continue;
             bool expected = words(driver, trial);
             ASSERT_EQ(driver.says_stop(trial), expected)
                 << GetParam().name << " seed " << seed << " trial " << trial;
             stops += expected;
             ++asked;
           }
         });
  }
  void expect_both_answers() const {
    EXPECT_GT(stops, asked / 50);
    EXPECT_LT(stops, asked - asked / 50);
  }
  int stops = 0, asked = 0;
};

inline std::optional<double> best_up_to(const Curve& curve, std::int64_t s, bool lower) {
  std::optional<double> best;
  for (const auto& [i, point] : curve)
    if (i <= s && std::isfinite(point.objective) &&
        (!best || (lower ? point.objective < *best : point.objective > *best)))
      best = point.objective;
  return best;
}

}  // namespace sherpa::testing_support
