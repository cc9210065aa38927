#include "core/space/specification_checks.hpp"

#include "core/base/text.hpp"
#include "core/space/specification.hpp"

#include <cmath>

namespace sherpa::space {

Result<void> check(const RandomSearch& o) {
  if (o.repeat == 0) return bad(o, "repeat is 0; use 1 to try each configuration once");
  return {};
}

Result<void> check(const GridSearch& o) {
  if (o.num_grid_points == 0) return bad(o, "num_grid_points is 0; use at least 1");
  if (o.num_grid_points > 1'000'000) return bad(o, "num_grid_points is above 1,000,000; use fewer");
  return {};
}

Result<void> check(const SobolSearch&) { return {}; }

Result<void> check(const TPE& o) {
  if (!(o.gamma > 0 && o.gamma < 1))
    return bad(o, "gamma is " + show(o.gamma) + "; use a fraction above 0 and below 1");
  if (o.num_candidates == 0 || o.num_candidates > 100'000)
    return bad(o, "num_candidates is " + std::to_string(o.num_candidates) + "; use 1 to 100,000");
  if (!(o.prior_weight > 0 && o.prior_weight <= 1e6))
    return bad(
        o, "prior_weight is " + show(o.prior_weight) + "; use a number above 0, at most 1,000,000");
  return {};
}

Result<void> check(const CMAES& o) {
  if (o.population_size && (*o.population_size < 2 || *o.population_size > 1'000'000))
    return bad(o, "population_size is " + std::to_string(*o.population_size) +
                      "; use 2 to 1,000,000, or null");
  if (!(o.sigma > 0 && o.sigma <= 1))
    return bad(o, "sigma is " + show(o.sigma) + "; use a number above 0, at most 1");
  return {};
}

Result<void> check(const LocalSearch& o) {
  if (o.seed_configuration.size() == 0)
    return bad(o, "seed_configuration is missing; give it a value for every parameter");
  if (o.perturbation_factors.empty())
    return bad(o, "perturbation_factors is empty; use [0.8, 1.2]");
  for (double factor : o.perturbation_factors)
    if (!(factor > 0 && factor != 1 && std::isfinite(factor)))
      return bad(o, "perturbation_factors has " + show(factor) +
                        "; use positive numbers other than 1, such as [0.8, 1.2]");
  if (o.repeat_trials == 0)
    return bad(o, "repeat_trials is 0; use 1 to try each configuration once");
  return {};
}

Result<void> check(const Genetic& o) {
  if (!(o.mutation_rate >= 0 && o.mutation_rate <= 1))
    return bad(o, "mutation_rate is " + show(o.mutation_rate) + "; use a chance from 0 to 1");
  return {};
}

Result<void> check(const Iterate& o) {
  if (o.configurations.empty()) return bad(o, "it has no configurations; give it at least one");
  return {};
}

namespace {

/// Why an algorithm that reads its own trials back cannot be given each of them several times;
/// empty for the others.
std::string reads_its_trials(const decltype(AlgorithmVariant::options)& options) {
  if (std::holds_alternative<SuccessiveHalving>(options) ||
      std::holds_alternative<Hyperband>(options))
    return "whose trials resume from each other's checkpoints, one from each; raise "
           "max_finished_configs instead";
  if (std::holds_alternative<PopulationBasedTraining>(options))
    return "whose trials resume from each other's checkpoints, one from each; raise "
           "population_size "
           "instead";
  return "";
}

}  // namespace

Result<void> check(const BayesianOptimization& o) {
  if (o.max_concurrent == 0) return bad(o, "max_concurrent is 0; use at least 1");
  return {};
}

Result<void> check(const Repeat& o) {
  if (o.num_times == 0) return bad(o, "num_times is 0; use at least 1");
  const auto& inner = options_of(o.algorithm);
  if (std::holds_alternative<Chain>(inner) || std::holds_alternative<Repeat>(inner))
    return bad(
        o, "it cannot repeat " + o.algorithm.name() +
               ", which counts its own trials; put Repeat inside it, or use RandomSearch's repeat");
  if (auto why = reads_its_trials(inner); !why.empty())
    return bad(o, "it cannot repeat " + o.algorithm.name() + ", " + why);
  return check(o.algorithm);
}

Result<void> check(const Chain& o) {
  if (o.algorithms.empty()) return bad(o, "it has no algorithms; give it at least one");
  for (const auto& inner : o.algorithms)
    if (auto checked = check(inner); !checked) return checked;
  return {};
}

namespace {

template <class Own>
Result<void> check_own(const Own& o) {
  if (o.own.empty()) return bad(o, "it has no name; the store needs one to know it again");
  if (!o.make)
    return bad(o, "nothing makes " + base::quote(o.own) + "; pass own(\"" + o.own + "\", make)");
  return {};
}

}  // namespace

Result<void> check(const OwnAlgorithm& o) { return check_own(o); }

Result<void> check(const MedianStoppingRule& o) {
  if (o.min_iterations < 0) return bad(o, "min_iterations is negative; use 0 or more");
  if (o.min_trials == 0) return bad(o, "min_trials is 0; use at least 1");
  return {};
}

Result<void> check(const PercentileStoppingRule& o) {
  if (!(o.percentile >= 0 && o.percentile <= 100))
    return bad(o, "percentile is " + show(o.percentile) + "; use a number from 0 to 100");
  if (o.min_iterations < 0) return bad(o, "min_iterations is negative; use 0 or more");
  if (o.min_trials == 0) return bad(o, "min_trials is 0; use at least 1");
  return {};
}

Result<void> check(const ThresholdStoppingRule& o) {
  if (!o.lower && !o.upper) return bad(o, "it has no bound; give it lower, upper or both");
  for (const auto& bound : {o.lower, o.upper})
    if (bound && std::isnan(*bound)) return bad(o, "a bound is NaN; use a number or null");
  if (o.lower && o.upper && *o.lower > *o.upper)
    return bad(o,
               "lower " + show(*o.lower) + " is above upper " + show(*o.upper) + "; exchange them");
  if (o.min_iterations < 0) return bad(o, "min_iterations is negative; use 0 or more");
  return {};
}

Result<void> check(const PatienceStoppingRule& o) {
  if (o.patience < 1)
    return bad(o, "patience is " + std::to_string(o.patience) + "; use at least 1");
  if (!(o.min_delta >= 0 && std::isfinite(o.min_delta)))
    return bad(o, "min_delta is " + show(o.min_delta) + "; use 0 or a positive number");
  if (o.min_iterations < 0) return bad(o, "min_iterations is negative; use 0 or more");
  return {};
}

Result<void> check(const SuccessiveHalvingStoppingRule& o) {
  constexpr std::uint64_t most = 1'000'000'000;
  if (o.r == 0 || o.r > most)
    return bad(o, "r is " + std::to_string(o.r) + "; use 1 to 1,000,000,000");
  if (o.eta < 2 || o.eta > most)
    return bad(o, "eta is " + std::to_string(o.eta) + "; use at least 2");
  return {};
}

Result<void> check(const OwnStoppingRule& o) { return check_own(o); }

}  // namespace sherpa::space
