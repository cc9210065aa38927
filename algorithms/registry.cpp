#include "algorithms/registry.hpp"

#include "algorithms/algorithms.hpp"
#include "study/overloaded.hpp"
#include "study/specification.hpp"

#include <utility>
#include <variant>

namespace sherpa::algorithms {

Result<Made> build(const AlgorithmSpecification& specification, const study::SearchSpace& space, bool lower_is_better,
                   Path path) {
  return std::visit(study::Overloaded{[](const RandomSearch& o) -> Result<Made> { return make_random_search(o); },
                                      [](const GridSearch& o) -> Result<Made> { return make_grid_search(o); },
                                      [&](const Iterate& o) -> Result<Made> { return make_iterate(o, space); },
                                      [&](const Repeat& o) -> Result<Made> {
                                        auto inner = build(o.algorithm, space, lower_is_better, path);
                                        if (!inner) return inner;
                                        return make_repeat(o, *std::move(inner), lower_is_better, std::move(path));
                                      },
                                      [&](const Chain& o) -> Result<Made> {
                                        std::vector<Made> members;
                                        for (std::uint32_t i = 0; i < o.algorithms.size(); ++i) {
                                          Path inner_path = path;
                                          inner_path.push_back(i);
                                          auto member = build(o.algorithms[i], space, lower_is_better, std::move(inner_path));
                                          if (!member) return member;
                                          members.push_back(*std::move(member));
                                        }
                                        return make_chain(std::move(members), std::move(path));
                                      },
                                      [](const OwnAlgorithm& o) -> Result<Made> { return make_own_algorithm(o); }},
                    specification.variant().options);
}

std::unique_ptr<study::InnerRule> build(const StoppingRuleSpecification& specification, bool lower_is_better) {
  return std::visit(study::Overloaded{[&](const MedianStoppingRule& o) { return make_median_stopping_rule(o, lower_is_better); },
                                      [&](const OwnStoppingRule& o) { return make_own_stopping_rule(o, lower_is_better); }},
                    specification.variant().options);
}

}  // namespace sherpa::algorithms
