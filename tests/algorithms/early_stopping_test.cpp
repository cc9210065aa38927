#include "algorithms/algorithms.hpp"
#include "core/space/specification.hpp"
#include "tests/support/told_rule.hpp"

#include <sherpa/contract.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>

namespace sherpa::algorithms {
namespace {

using testing::HasSubstr;
using testing_support::play;
using testing_support::Stream;
using testing_support::ToldRule;
using Curve = ToldRule::Curve;

// Each rule beside its definition in words, on the same courses of events.

class EarlyStopping : public testing::TestWithParam<Stream> {
 protected:
  /// `words_say(trial)` for every running trial after every observation.
  template <class Options, class Words>
  void compare(const Options& options, bool lower, std::uint64_t seed, const Words& words) {
    ToldRule told(make(options, lower), lower);
    play(GetParam(), seed, told,
         [&](TrialId, std::int64_t, const Curve&, const std::vector<TrialId>& running) {
           for (auto trial : running) {
             if (!told.curves().contains(trial)) continue;
             bool expected = words(told, trial);
             ASSERT_EQ(told.says_stop(trial), expected)
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

std::optional<double> best_up_to(const Curve& curve, std::int64_t s, bool lower) {
  std::optional<double> best;
  for (const auto& [i, point] : curve)
    if (i <= s && std::isfinite(point.objective) &&
        (!best || (lower ? point.objective < *best : point.objective > *best)))
      best = point.objective;
  return best;
}

TEST_P(EarlyStopping, PercentileIsWhatItsWordsSay) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Random random(seed);
    PercentileStoppingRule options{.percentile = static_cast<double>(random.below(11)) * 10,
                                   .min_iterations = static_cast<std::int64_t>(random.below(3)),
                                   .min_trials = 1 + random.below(3)};
    bool lower = random.chance(0.5);
    compare(options, lower, seed, [&](const ToldRule& told, TrialId trial) {
      const Curve& own_curve = told.curves().at(trial);
      auto s = own_curve.rbegin()->first;
      if (s < options.min_iterations) return false;
      auto own = best_up_to(own_curve, s, lower);
      if (!own) return true;
      std::vector<double> others;
      for (const auto& [other, curve] : told.curves())
        if (other != trial && curve.rbegin()->first >= s)
          if (auto best = best_up_to(curve, s, lower)) others.push_back(lower ? *best : -*best);
      if (others.size() < options.min_trials) return false;
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

TEST_P(EarlyStopping, ThresholdIsWhatItsWordsSay) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    ThresholdStoppingRule options{.min_iterations = static_cast<std::int64_t>(seed % 3)};
    if (seed % 2) options.lower = 1;
    if (seed % 4 < 2) options.upper = 9;
    if (!options.lower && !options.upper) options.upper = 5;
    compare(options, true, seed, [&](const ToldRule& told, TrialId trial) {
      auto [s, point] = *told.curves().at(trial).rbegin();
      if (s < options.min_iterations) return false;
      double y = point.objective;
      return !std::isfinite(y) || (options.lower && y < *options.lower) ||
             (options.upper && y > *options.upper);
    });
  }
  expect_both_answers();
}

TEST_P(EarlyStopping, PatienceIsWhatItsWordsSay) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Random random(seed);
    bool lower = random.chance(0.5);
    PatienceStoppingRule options{
        .patience = GetParam().step * static_cast<std::int64_t>(1 + random.below(4)),
        .min_delta = static_cast<double>(random.below(3)),
        .min_iterations = static_cast<std::int64_t>(random.below(4))};
    compare(options, lower, seed, [&](const ToldRule& told, TrialId trial) {
      const Curve& curve = told.curves().at(trial);
      auto s = curve.rbegin()->first, improved = curve.begin()->first;
      std::optional<double> last;
      for (const auto& [i, point] : curve) {
        if (!std::isfinite(point.objective)) continue;
        if (last &&
            (lower ? *last - point.objective : point.objective - *last) <= options.min_delta)
          continue;
        last = point.objective;
        improved = i;
      }
      return s >= options.min_iterations && s - improved >= options.patience;
    });
  }
  expect_both_answers();
}

TEST_P(EarlyStopping, SuccessiveHalvingIsWhatItsWordsSay) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Random random(seed);
    const bool lower = random.chance(0.5);
    const SuccessiveHalvingStoppingRule options{
        .r = 1 + random.below(3), .eta = 2 + random.below(2), .s = random.below(2)};
    std::vector<std::int64_t> rungs;
    for (auto level = static_cast<std::int64_t>(options.r); level < 100'000;
         level *= static_cast<std::int64_t>(options.eta))
      rungs.push_back(level);
    rungs.erase(rungs.begin(), rungs.begin() + static_cast<std::ptrdiff_t>(options.s));
    /// The rung's own words: with which best a trial came there, if it did; absent in the inner
    /// optional: without a finite one.
    auto at_rung = [&](const Curve& curve,
                       std::int64_t level) -> std::optional<std::optional<double>> {
      auto first = curve.lower_bound(level);
      if (first == curve.end()) return std::nullopt;
      return best_up_to(curve, first->first, lower);
    };
    auto reached = [&](const Curve& curve) {
      return std::count_if(rungs.begin(), rungs.end(), [&](auto level) {
        return !curve.empty() && curve.rbegin()->first >= level;
      });
    };
    ToldRule told(make(options, lower), lower);
    std::map<TrialId, bool> flagged;
    play(GetParam(), seed, told,
         [&](TrialId trial, std::int64_t iteration, const Curve& before, const auto& running) {
           const Curve& now = told.curves().at(trial);
           Curve rest = now;  // what was before this observation, and survives it
           rest.erase(iteration);
           bool withdrew = std::any_of(before.begin(), before.end(), [&](const auto& p) {
             auto kept = now.find(p.first);
             return kept == now.end() || kept->second.attempt != p.second.attempt;
           });
           if (withdrew) flagged[trial] = false;
           if (reached(now) > reached(withdrew ? rest : before)) {
             auto level = rungs[static_cast<std::size_t>(reached(now)) - 1];
             auto own = *at_rung(now, level);
             std::size_t n = 0, better = 0;
             for (const auto& [other, curve] : told.curves())
               if (auto there = at_rung(curve, level)) {
                 ++n;
                 better += own && *there && (lower ? **there < *own : **there > *own);
               }
             flagged[trial] = !own || better >= std::max<std::size_t>(1, n / options.eta);
           }
           for (auto one : running) {
             ASSERT_EQ(told.says_stop(one), flagged[one])
                 << GetParam().name << " seed " << seed << " trial " << one;
             stops += flagged[one];
             ++asked;
           }
         });
  }
  expect_both_answers();
}

INSTANTIATE_TEST_SUITE_P(Streams, EarlyStopping, testing::ValuesIn(testing_support::streams),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(EarlyStopping, RulesKeepTheContract) {
  const StoppingRuleSpecification rules[]{
      PercentileStoppingRule{.percentile = 30, .min_iterations = 2},
      ThresholdStoppingRule{.upper = 1}, PatienceStoppingRule{.patience = 3, .min_delta = 0.01},
      SuccessiveHalvingStoppingRule{}};
  for (const auto& rule : rules)
    EXPECT_EQ(contract_violations(rule), std::vector<std::string>{}) << rule;
}

TEST(EarlyStopping, RulesSayWhatIsWrongWithTheirOptions) {
  auto refused = [](const StoppingRuleSpecification& rule) {
    auto checked = space::check(rule);
    return checked ? std::string("accepted") : checked.error().message;
  };
  EXPECT_EQ(refused(PercentileStoppingRule{.percentile = 101}),
            "PercentileStoppingRule: percentile is 101.0; use a number from 0 to 100");
  EXPECT_THAT(refused(PercentileStoppingRule{.min_trials = 0}), HasSubstr("min_trials is 0"));
  EXPECT_EQ(refused(ThresholdStoppingRule{}),
            "ThresholdStoppingRule: it has no bound; give it lower, upper or both");
  EXPECT_EQ(refused(ThresholdStoppingRule{.lower = 2, .upper = 1}),
            "ThresholdStoppingRule: lower 2.0 is above upper 1.0; exchange them");
  EXPECT_THAT(refused(ThresholdStoppingRule{.lower = std::nan("")}), HasSubstr("a bound is NaN"));
  EXPECT_EQ(refused(PatienceStoppingRule{.patience = 0}),
            "PatienceStoppingRule: patience is 0; use at least 1");
  EXPECT_THAT(refused(PatienceStoppingRule{.min_delta = -1}), HasSubstr("min_delta is -1.0"));
  EXPECT_EQ(refused(SuccessiveHalvingStoppingRule{.r = 0}),
            "SuccessiveHalvingStoppingRule: r is 0; use 1 to 1,000,000,000");
  EXPECT_EQ(refused(SuccessiveHalvingStoppingRule{.eta = 1}),
            "SuccessiveHalvingStoppingRule: eta is 1; use at least 2");
}

}  // namespace
}  // namespace sherpa::algorithms
