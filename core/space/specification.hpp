#pragma once

#include "core/base/enumerators.hpp"
#include "core/base/result.hpp"
#include "core/space/access.hpp"
#include "core/space/search_space.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/stopping_rules.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace sherpa::space {

namespace detail {
template <class List>
struct VariantOf;
template <class... T>
struct VariantOf<Types<T...>> {
  using type = std::variant<T...>;
};
}  // namespace detail

struct AlgorithmVariant {
  detail::VariantOf<AlgorithmTypes>::type options;
};

struct StoppingRuleVariant {
  detail::VariantOf<StoppingRuleTypes>::type options;
};

inline const auto& options_of(const AlgorithmSpecification& specification) {
  return internal::Access::variant(specification).options;
}
inline const auto& options_of(const StoppingRuleSpecification& specification) {
  return internal::Access::variant(specification).options;
}

/// Calls `visit` with the default options of each algorithm or stopping rule that a study file can
/// name (a user's own is code). Algorithms that hold another one get RandomSearch.
template <class Visit, class... T>
void for_each_options(Types<T...>, Visit visit) {
  auto one = [&]<class Options>(std::type_identity<Options>) {
    if constexpr (requires { Options{.algorithm = RandomSearch{}}; }) {
      visit(Options{.algorithm = RandomSearch{}});
    } else if constexpr (!requires(Options options) { options.make; }) {
      visit(Options{});
    }
  };
  (one(std::type_identity<T>{}), ...);
}

}  // namespace sherpa::space

template <>
struct sherpa::base::Enumerators<sherpa::Restarts> {
  static constexpr std::array<std::string_view, 3> names{"none", "ipop", "bipop"};
};

template <>
struct sherpa::base::Enumerators<sherpa::GridPoints> {
  static constexpr std::array<std::string_view, 2> names{"interior", "end_points"};
};

template <>
struct sherpa::base::Enumerators<sherpa::ModelType> {
  static constexpr std::array<std::string_view, 6> names{"GP",       "GP_MCMC",       "sparseGP",
                                                         "warpedGP", "InputWarpedGP", "RF"};
};

template <>
struct sherpa::base::Enumerators<sherpa::AcquisitionType> {
  static constexpr std::array<std::string_view, 6> names{"EI",       "EI_MCMC", "MPI",
                                                         "MPI_MCMC", "LCB",     "LCB_MCMC"};
};

namespace sherpa::space {

/// Reads what `to_json` wrote. A user's own algorithm has its name, without its code.
Result<AlgorithmSpecification> algorithm_from_json(std::string_view text);
Result<StoppingRuleSpecification> stopping_rule_from_json(std::string_view text);

/// Parameters as a JSON list of dicts as Parameter::from_dict takes them, and back.
std::string parameters_to_json(const std::vector<Parameter>& parameters);
Result<std::vector<Parameter>> parameters_from_json(std::string_view text);

/// Checks every option; errors name the algorithm, the option and the remedy.
Result<void> check(const AlgorithmSpecification& specification);
Result<void> check(const StoppingRuleSpecification& specification);

}  // namespace sherpa::space
