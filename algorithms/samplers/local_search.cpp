#include "algorithms/algorithms.hpp"
#include "algorithms/history.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace sherpa::algorithms {

namespace {

namespace fact = study::fact;

/// A number times the factor; 0, which no factor moves, by as large a part of the range; whole
/// numbers by at least one.
Value moved(const Parameter& parameter, const Value& value, double factor) {
  double x = value.real();
  double to = x == 0 ? factor - 1 : x * factor;
  if (auto* p = parameter.as<Continuous>()) {
    if (x == 0) to *= p->range.high - p->range.low;
    return std::clamp(to, p->range.low, p->range.high);
  }
  const auto& range = parameter.as<Discrete>()->range;
  const auto low = static_cast<double>(range.low), high = static_cast<double>(range.high);
  if (x == 0) to *= high - low;
  to = std::clamp(std::abs(to - x) < 1 ? x + (to > x ? 1 : -1) : std::round(to), low, high);
  if (to == low) return range.low;  // beyond 2^53 not every whole number is a double
  return to == high ? range.high : static_cast<std::int64_t>(to);
}

/// What one step makes of a value: a number by each factor, an ordinal down and up, a choice every
/// other.
std::vector<Value> neighbours(const Parameter& parameter, const Value& value,
                              const std::vector<double>& factors) {
  std::vector<Value> out;
  if (auto* choice = parameter.as<Choice>()) {
    out = choice->values;
  } else if (auto* ordinal = parameter.as<Ordinal>()) {
    auto at = std::find(ordinal->values.begin(), ordinal->values.end(), value);
    if (at != ordinal->values.begin()) out.push_back(*std::prev(at));
    if (std::next(at) != ordinal->values.end()) out.push_back(*std::next(at));
  } else {
    for (double factor : factors) out.push_back(moved(parameter, value, factor));
  }
  std::erase(out, value);
  return out;
}

class LocalSearchAlgorithm final : public study::InnerAlgorithm {
 public:
  LocalSearchAlgorithm(LocalSearch options, const Problem& problem)
      : options_(std::move(options)),
        history_(problem.space, problem.lower_is_better, problem.path),
        best_configuration_(options_.seed_configuration) {}

  study::Proposal suggest(const study::Asked& asked) override {
    if (options_.max_num_trials && asked.index > *options_.max_num_trials) return Done{};
    if ((asked.index - 1) % options_.repeat_trials > 0)
      return study::Chosen{asked.prepared.empty() ? last_ : asked.prepared.back().configuration,
                           {}};
    if (asked.index == 1) return study::Chosen{options_.seed_configuration, {}};
    for (std::size_t i = 0; i < asked.space.size(); ++i) {
      const auto& parameter = asked.space.parameters()[i];
      for (auto& value : neighbours(parameter, best_configuration_.at(parameter.name()),
                                    options_.perturbation_factors)) {
        Configuration neighbour = best_configuration_;
        neighbour.set(parameter.name(), std::move(value));
        if (!history_.tried(asked.space.to_unit(neighbour), asked.prepared))
          return study::Chosen{std::move(neighbour), {}};
      }
    }
    // What still runs may become the best, with neighbours of its own.
    if (!history_.pending(asked.prepared).empty()) return Wait{};
    return Done{};
  }

  void learn(const study::Entry& entry, const study::View& view) override {
    const auto own = history_.own();
    const auto ended = history_.ended().size();
    history_.learn(entry);
    if (auto* issued = std::get_if<fact::TrialIssued>(&entry.fact);
        issued && history_.own() > own) {
      last_ = issued->configuration;
      group_of_.emplace(issued->trial, own / options_.repeat_trials);
    } else if (history_.ended().size() > ended) {
      count(history_.ended().back(), view);
    }
  }

  study::Reads reads() const override { return {.enqueued = true, .ends = true}; }

 private:
  /// Repetitions count by their mean, when all of them have ended; failed ones are left out of it.
  struct Group {
    std::uint64_t open, measured = 0;
    double mean = 0;
  };

  void count(const History::EndedTrial& trial, const study::View& view) {
    Group alone{.open = 1};
    Group* group = &alone;
    auto number = group_of_.find(trial.trial);
    if (number != group_of_.end())
      group =
          &groups_.try_emplace(number->second, Group{.open = options_.repeat_trials}).first->second;
    if (!std::isnan(trial.objective)) {
      auto n = static_cast<double>(++group->measured);
      group->mean += trial.objective / n - group->mean / n;
    }
    if (--group->open == 0 && group->measured > 0 && !(group->mean >= best_)) {
      best_ = group->mean;
      const auto& configuration = view.ledger->configuration(trial.trial);
      std::vector<Value> values;  // without fields of other algorithms
      for (const auto& parameter : history_.space().parameters())
        values.push_back(configuration.at(parameter.name()));
      best_configuration_ = history_.space().assemble(std::move(values));
    }
    if (number == group_of_.end()) return;
    if (group->open == 0) groups_.erase(number->second);
    group_of_.erase(number);
  }

  LocalSearch options_;
  History history_;
  Configuration last_, best_configuration_;
  double best_ = std::nan("");
  std::unordered_map<TrialId, std::uint64_t> group_of_;  // of own trials that run
  std::unordered_map<std::uint64_t, Group> groups_;      // incomplete ones
};

}  // namespace

Result<AlgorithmPtr> make(const LocalSearch& options, const Problem& problem) {
  auto seed = problem.space.fit(options.seed_configuration, space::SearchSpace::Extras::refuse);
  if (!seed)
    return Error{Errc::invalid_argument,
                 "LocalSearch: seed_configuration: " + seed.error().message};
  LocalSearch fitted = options;
  fitted.seed_configuration = *std::move(seed);
  return AlgorithmPtr(std::make_unique<LocalSearchAlgorithm>(std::move(fitted), problem));
}

}  // namespace sherpa::algorithms
