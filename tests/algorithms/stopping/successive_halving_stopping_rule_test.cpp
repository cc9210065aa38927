#include "tests/support/rule_in_words.hpp"

#include <sherpa/contract.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace sherpa::algorithms {
namespace {

using namespace testing_support;

class SuccessiveHalvingStream : public EveryStream {};

TEST_P(SuccessiveHalvingStream, EqualsItsDefinitionInWords) {
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
    RuleDriver driver(make(options, lower), lower);
    std::map<TrialId, bool> flagged;
    testing_support::play(
        GetParam(), seed, driver,
        [&](TrialId trial, std::int64_t iteration, const Curve& before, const auto& running) {
          const Curve& now = driver.curves().at(trial);
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
            for (const auto& [other, curve] : driver.curves())
              if (auto there = at_rung(curve, level)) {
                ++n;
                better += own && *there && (lower ? **there < *own : **there > *own);
              }
            flagged[trial] = !own || better >= std::max<std::size_t>(1, n / options.eta);
          }
          for (auto one : running) {
            ASSERT_EQ(driver.says_stop(one), flagged[one])
                << GetParam().name << " seed " << seed << " trial " << one;
            stops += flagged[one];
            ++asked;
          }
        });
  }
  expect_both_answers();
}

INSTANTIATE_TEST_SUITE_P(Streams, SuccessiveHalvingStream, testing::ValuesIn(streams),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(SuccessiveHalvingStoppingRule, KeepsTheContract) {
  EXPECT_EQ(contract_violations(StoppingRuleSpecification(SuccessiveHalvingStoppingRule{})),
            std::vector<std::string>{});
}

}  // namespace
}  // namespace sherpa::algorithms
