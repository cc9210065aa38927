#include "algorithms/registry.hpp"

#include "algorithms/algorithms.hpp"
#include "core/space/specification.hpp"

#include <utility>
#include <variant>

namespace sherpa::algorithms {

Result<AlgorithmPtr> build(const AlgorithmSpecification& specification,
                           const space::SearchSpace& space, bool lower_is_better, Path path) {
  const Problem problem{space, lower_is_better, std::move(path)};
  return std::visit([&](const auto& options) { return make(options, problem); },
                    space::options_of(specification));
}

RulePtr build(const StoppingRuleSpecification& specification, bool lower_is_better) {
  return std::visit([&](const auto& options) { return make(options, lower_is_better); },
                    space::options_of(specification));
}

}  // namespace sherpa::algorithms
