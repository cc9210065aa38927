#include "algorithms/bayesian/acquisition/acquisition_search.hpp"
#include "algorithms/bayesian/surrogate_models.hpp"

#include <sherpa/results.hpp>

#include <utility>
#include <vector>

namespace sherpa {

using namespace algorithms;

std::optional<Configuration> BayesianOptimization::get_best_pred(
    const std::vector<Parameter>& parameters, const Results& results, bool lower_is_better) const {
  const auto space = space::SearchSpace::make(parameters).or_throw();
  History history(space, lower_is_better, {});
  for (const auto& row : results) {
    if (row.status() == TrialStatus::intermediate) continue;
    auto configuration = space.fit(row.parameters(), space::SearchSpace::Extras::keep).or_throw();
    history.learn({.fact = study::fact::TrialIssued{row.trial_id(), std::move(configuration), {}}});
    history.learn({.fact = study::fact::TrialEnded{
                       row.trial_id(), row.status(), row.iteration(), row.objective(), {}}});
  }
  if (history.measured() == 0) return std::nullopt;

  constexpr std::uint64_t seed = 0;
  SurrogateModels models(*this, space);
  models.update(history);
  const Acquisition prediction(models.objective(seed), Criterion::mean, false,
                               models.failures(seed));
  std::vector<Point> candidates;
  for (const auto& ended : history.ended()) candidates.push_back(ended.point);
  Random random(seed);
  if (Point found = maximize(prediction, history, incumbents(history), random,
                             [](const Point&) { return true; });
      !found.empty())
    candidates.push_back(std::move(found));
  Eigen::Index best = 0;
  prediction.values(rows(candidates, space.size())).maxCoeff(&best);
  return space.from_unit(candidates[static_cast<std::size_t>(best)]);
}

}  // namespace sherpa
