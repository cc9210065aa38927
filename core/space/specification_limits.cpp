#include "core/space/specification_limits.hpp"

#include "core/base/overloaded.hpp"
#include "core/space/json.hpp"
#include "core/space/specification.hpp"
#include "core/space/specification_checks.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

namespace sherpa::space {

namespace {

std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::numeric_limits<std::uint64_t>::max();
  return product;
}

/// Counts trials through Repeat and Chain, where `count` knows the algorithms that stand alone.
template <class Count>
std::optional<std::uint64_t> trials_of(const AlgorithmSpecification& specification,
                                       const Count& count) {
  return std::visit(base::Overloaded{
                        [&](const Repeat& o) -> std::optional<std::uint64_t> {
                          auto inner = trials_of(o.algorithm, count);
                          if (!inner) return std::nullopt;
                          return saturating_product(*inner, o.num_times);
                        },
                        [&](const Chain& o) -> std::optional<std::uint64_t> {
                          std::uint64_t sum = 0;
                          for (const auto& member : o.algorithms) {
                            auto one = trials_of(member, count);
                            if (!one || __builtin_add_overflow(sum, *one, &sum))
                              return std::nullopt;
                          }
                          return sum;
                        },
                        [&](const auto& o) -> std::optional<std::uint64_t> { return count(o); },
                    },
                    options_of(specification));
}

/// What max_num_trials allows; absent for algorithms that have no such option.
template <class Options>
std::optional<std::uint64_t> limit_of(const Options& o) {
  if constexpr (requires { o.max_num_trials; }) {
    if (!o.max_num_trials) return std::nullopt;
    if constexpr (requires { o.repeat; }) return saturating_product(*o.max_num_trials, o.repeat);
    return o.max_num_trials;
  } else {
    return std::nullopt;
  }
}

}  // namespace

std::optional<std::uint64_t> budget_of(const AlgorithmSpecification& specification) {
  return trials_of(specification, [](const auto& o) { return limit_of(o); });
}

std::optional<std::uint64_t> planned_of(const AlgorithmSpecification& specification,
                                        const SearchSpace& space) {
  return trials_of(
      specification,
      base::Overloaded{
          [&](const GridSearch& o) -> std::optional<std::uint64_t> {
            std::uint64_t product = 1;
            for (const auto& parameter : space.parameters())
              product = saturating_product(product, grid_points(parameter, o).size());
            return product;
          },
          [](const PopulationBasedTraining& o) -> std::optional<std::uint64_t> {
            return saturating_product(o.num_generations, o.population_size);
          },
          [](const Iterate& o) -> std::optional<std::uint64_t> { return o.configurations.size(); },
          [](const auto& o) -> std::optional<std::uint64_t> { return limit_of(o); }});
}

std::string_view limit_to_raise(const AlgorithmSpecification& specification, bool by_budget) {
  return std::visit(
      base::Overloaded{
          [&](const Repeat& o) { return limit_to_raise(o.algorithm, by_budget); },
          [&](const Chain& o) -> std::string_view {
            return o.algorithms.empty() ? "" : limit_to_raise(o.algorithms.back(), by_budget);
          },
          [](const PopulationBasedTraining&) -> std::string_view { return "num_generations"; },
          [&]<class Options>(const Options&) -> std::string_view {
            if constexpr (requires(Options o) { o.max_finished_configs; })
              return by_budget ? "max_num_trials" : "max_finished_configs";
            // One that is done within its limit, or without one, has nothing left to try.
            if constexpr (requires(Options o) { o.max_num_trials; })
              return by_budget ? "max_num_trials" : "";
            return "";
          }},
      options_of(specification));
}

std::uint64_t group_size_of(const AlgorithmSpecification& specification) {
  if (auto* repeat = std::get_if<Repeat>(&options_of(specification))) return repeat->num_times;
  return 1;
}

namespace {

/// Takes the limits (how long an algorithm goes on) out of a specification, at any depth, and
/// appends them to `limits`; absent ones as the largest number.
void take_limits(json::Json& specification, std::vector<std::uint64_t>& limits) {
  for (auto& [key, value] : specification.items()) {
    if (key == "max_num_trials" || key == "num_generations" || key == "max_finished_configs") {
      limits.push_back(value.is_number() ? value.get<std::uint64_t>()
                                         : std::numeric_limits<std::uint64_t>::max());
      value = nullptr;
    } else if (value.is_structured() && key != "configurations" && key != "seed_configuration" &&
               key != "initial_data_points") {
      take_limits(value, limits);
    }
  }
}

}  // namespace

bool only_raises_limits(const AlgorithmSpecification& earlier,
                        const AlgorithmSpecification& later) {
  auto a = json::write(earlier), b = json::write(later);
  std::vector<std::uint64_t> of_a, of_b;
  take_limits(a, of_a);
  take_limits(b, of_b);
  return a == b &&
         std::equal(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), std::less_equal<>{});
}

}  // namespace sherpa::space
