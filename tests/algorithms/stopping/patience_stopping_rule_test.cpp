#include "tests/support/rule_in_words.hpp"

#include <sherpa/contract.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

namespace sherpa::algorithms {
namespace {

using namespace testing_support;

class PatienceStream : public EveryStream {};

TEST_P(PatienceStream, EqualsItsDefinitionInWords) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Random random(seed);
    bool lower = random.chance(0.5);
    PatienceStoppingRule options{
        .patience = GetParam().step * static_cast<std::int64_t>(1 + random.below(4)),
        .min_delta = static_cast<double>(random.below(3)),
        .min_iterations = static_cast<std::int64_t>(random.below(4))};
    compare(options, lower, seed, [&](const RuleDriver& driver, TrialId trial) {
      const Curve& curve = driver.curves().at(trial);
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

INSTANTIATE_TEST_SUITE_P(Streams, PatienceStream, testing::ValuesIn(streams),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(PatienceStoppingRule, KeepsTheContract) {
  EXPECT_EQ(contract_violations(
                StoppingRuleSpecification(PatienceStoppingRule{.patience = 3, .min_delta = 0.01})),
            std::vector<std::string>{});
}

}  // namespace
}  // namespace sherpa::algorithms
