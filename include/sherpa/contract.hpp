#pragma once

#include <sherpa/algorithms.hpp>
#include <sherpa/export.hpp>
#include <sherpa/parameter.hpp>
#include <sherpa/stopping_rules.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sherpa {

/// How much the contract suites test.
struct ContractOptions {
  std::uint64_t seed = 1;
  std::uint64_t trials = 60;  ///< for each scenario, or fewer when the algorithm is done earlier
};

/// Plays small studies with an algorithm, and returns one line for each violation of its contract;
/// empty when there is none. The contract:
///
/// - configurations are complete and within the search space;
/// - the same facts give the same answers, also after a restart at any trial;
/// - after Done there is only Done, and no Wait while no trial runs;
/// - failed, stopped and enqueued trials, and NaN, infinite and constant objectives, are handled.
///
/// Use it in any test framework:
///
///     EXPECT_EQ(sherpa::contract_violations(sherpa::own("mixture", make), parameters),
///               std::vector<std::string>{});
SHERPA_API std::vector<std::string> contract_violations(const AlgorithmSpecification& algorithm,
                                                        const std::vector<Parameter>& parameters,
                                                        ContractOptions options = {});

/// The same for a stopping rule: the same facts give the same verdicts, also from a rule that a
/// restart has built from them; NaN, infinite and out-of-order observations are handled.
SHERPA_API std::vector<std::string> contract_violations(const StoppingRuleSpecification& rule,
                                                        ContractOptions options = {});

}  // namespace sherpa
