#include "core/space/specification_checks.hpp"

#include <cmath>

namespace sherpa::space {

namespace {

constexpr std::uint64_t most_resource = std::uint64_t{1}
                                        << 53;  // every language's numbers hold it exactly

template <class Options>
Result<void> check_rungs(const Options& o) {
  if (o.r == 0) return bad(o, "r is 0; the lowest rung needs a resource of at least 1");
  if (o.r >= o.R)
    return bad(o, "r is " + std::to_string(o.r) + " and R is " + std::to_string(o.R) +
                      "; R must be more than r");
  if (o.R > most_resource) return bad(o, "R is above 2^53; use a larger unit");
  if (o.eta < 2)
    return bad(
        o, "eta is " + std::to_string(o.eta) + "; use at least 2, so that one in two is promoted");
  if (o.max_finished_configs == 0) return bad(o, "max_finished_configs is 0; use at least 1");
  if (!(o.explore >= 0 && o.explore <= 1))
    return bad(o, "explore is " + show(o.explore) + "; use a share from 0 to 1");
  return {};
}

}  // namespace

Result<void> check(const SuccessiveHalving& o) {
  if (auto rungs = check_rungs(o); !rungs) return rungs;
  std::uint64_t highest = 0;
  for (auto resource = o.r; resource <= o.R / o.eta; resource *= o.eta) ++highest;
  if (o.s > highest)
    return bad(o, "s is " + std::to_string(o.s) + ", but there are only " +
                      std::to_string(highest + 1) + " rungs between r and R; use at most " +
                      std::to_string(highest));
  return {};
}

Result<void> check(const Hyperband& o) { return check_rungs(o); }

Result<void> check(const PopulationBasedTraining& o) {
  if (o.num_generations == 0) return bad(o, "num_generations is missing or 0; use at least 1");
  if (o.population_size < 2)
    return bad(o, "population_size is " + std::to_string(o.population_size) +
                      "; use at least 2, so that the worst can learn from the best");
  if (o.perturbation_factors.empty())
    return bad(o, "perturbation_factors is empty; use [0.8, 1.2]");
  for (double factor : o.perturbation_factors)
    if (!std::isfinite(factor) || factor <= 0)
      return bad(o, "perturbation_factors has " + show(factor) + "; use finite factors above 0");
  if (!(o.resample_probability >= 0 && o.resample_probability <= 1))
    return bad(o, "resample_probability is " + show(o.resample_probability) +
                      "; use a probability from 0 to 1");
  return {};
}

}  // namespace sherpa::space
