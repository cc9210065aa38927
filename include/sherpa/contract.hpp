#pragma once

#include <sherpa/algorithms.hpp>
#include <sherpa/export.hpp>
#include <sherpa/parameter.hpp>
#include <sherpa/stopping_rules.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sherpa {

/// How hard the contract suites try.
struct ContractOptions {
  std::uint64_t seed = 1;
  std::uint64_t trials = 60;  ///< per scenario, where the algorithm has that many
};

/// What is wrong with an algorithm, a line each; empty when it keeps the contract of its port:
/// complete configurations within the space, the same answers for the same facts (after a restart
/// at every trial, too), Done stays Done, no Wait while nothing runs, failed, stopped and enqueued
/// trials, NaN, infinite and constant objectives survived. Use it in any test framework on one's
/// own class:
///
///     EXPECT_EQ(sherpa::contract_violations(sherpa::own("mixture", make), parameters),
///     std::vector<std::string>{});
SHERPA_API std::vector<std::string> contract_violations(const AlgorithmSpecification& algorithm,
                                                        const std::vector<Parameter>& parameters,
                                                        ContractOptions options = {});

/// The same for a stopping rule: the same verdicts for the same facts, also from a rule built
/// afresh from them, as after a restart; NaN, infinite and out-of-order observations survived.
SHERPA_API std::vector<std::string> contract_violations(const StoppingRuleSpecification& rule,
                                                        ContractOptions options = {});

}  // namespace sherpa
