#include "tests/support/rule_in_words.hpp"

#include <sherpa/contract.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace sherpa::algorithms {
namespace {

using namespace testing_support;

class ThresholdStream : public EveryStream {};

TEST_P(ThresholdStream, EqualsItsDefinitionInWords) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    ThresholdStoppingRule options{.min_iterations = static_cast<std::int64_t>(seed % 3)};
    if (seed % 2) options.lower = 1;
    if (seed % 4 < 2) options.upper = 9;
    if (!options.lower && !options.upper) options.upper = 5;
    compare(options, true, seed, [&](const RuleDriver& driver, TrialId trial) {
      auto [s, point] = *driver.curves().at(trial).rbegin();
      if (s < options.min_iterations) return false;
      double y = point.objective;
      return !std::isfinite(y) || (options.lower && y < *options.lower) ||
             (options.upper && y > *options.upper);
    });
  }
  expect_both_answers();
}

INSTANTIATE_TEST_SUITE_P(Streams, ThresholdStream, testing::ValuesIn(streams),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(ThresholdStoppingRule, KeepsTheContract) {
  EXPECT_EQ(contract_violations(StoppingRuleSpecification(ThresholdStoppingRule{.upper = 1})),
            std::vector<std::string>{});
}

}  // namespace
}  // namespace sherpa::algorithms
