#include "runtime/coordinator/study_importance.hpp"

#include "algorithms/importance.hpp"
#include "core/space/access.hpp"
#include "core/space/specification.hpp"

#include <cmath>

namespace sherpa::runtime {

using space::json::Json;

namespace {

constexpr std::size_t most_metrics = 64;  // kept at once

using Trials = std::vector<std::pair<Configuration, double>>;

/// The trials that ended with a finite value of the metric.
Trials trials_of(const space::SearchSpace& space, const Results& results,
                 const std::string& metric) {
  Trials out;
  for (auto status : {TrialStatus::completed, TrialStatus::failed, TrialStatus::stopped})
    for (const auto& row : results.with_status(status)) {
      const double value = metric.empty() ? row.objective() : row.context(metric);
      if (!std::isfinite(value)) continue;
      auto configuration = space.fit(row.parameters(), space::SearchSpace::Extras::keep);
      if (configuration) out.emplace_back(*std::move(configuration), value);
    }
  return out;
}

Json computed(const space::SearchSpace& space, const Trials& trials) {
  Json parameters = Json::object(), interaction;
  if (auto found = algorithms::importance(space, trials)) {
    for (std::size_t i = 0; i < space.size(); ++i)
      parameters[space.parameters()[i].name()] = {{"share", found->share[i]},
                                                  {"deviation", found->deviation[i]}};
    interaction = found->interaction;
  }
  return {{"trials", trials.size()},
          {"parameters", std::move(parameters)},
          {"interaction", std::move(interaction)}};
}

}  // namespace

void StudyImportance::attach(space::SearchSpace space, std::function<Results()> results) {
  std::scoped_lock lock(mutex_);
  space_ = std::move(space);
  results_ = std::move(results);
  kept_.clear();
  ++studies_;
}

Result<Json> StudyImportance::of(const std::string& metric) {
  std::scoped_lock one(computing_);
  space::SearchSpace space;
  Results results;
  std::uint64_t study = 0;
  {
    std::scoped_lock lock(mutex_);
    if (!results_)
      return Error{Errc::wrong_state,
                   "the study is just starting or ending; try again in a moment"};
    space = space_;
    results = results_();
    study = studies_;
  }
  auto trials = trials_of(space, results, metric);
  {
    std::scoped_lock lock(mutex_);
    auto kept = kept_.find(metric);
    if (study == studies_ && kept != kept_.end() && kept->second.first == trials.size())
      return kept->second.second;
  }
  auto out = computed(space, trials);
  std::scoped_lock lock(mutex_);
  if (study != studies_) return out;
  if (kept_.size() >= most_metrics) kept_.clear();
  kept_[metric] = {trials.size(), out};
  return out;
}

std::shared_ptr<StudyImportance> importance_of(const study::Engine& engine) {
  auto parameters = space::parameters_from_json(engine.study().parameters).or_throw();
  auto out = std::make_shared<StudyImportance>();
  out->attach(space::SearchSpace::make(parameters).or_throw(),
              [ledger = engine.ledger()] { return internal::Access::results(ledger); });
  return out;
}

}  // namespace sherpa::runtime
