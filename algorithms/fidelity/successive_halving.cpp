#include "algorithms/algorithms.hpp"
#include "algorithms/fidelity/bracket.hpp"
#include "algorithms/fidelity/lineage.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace sherpa::algorithms {

namespace {

namespace fact = study::fact;

constexpr std::uint64_t fewest_ended = 8;  // with a resource, to sample near the best of them
constexpr std::size_t most_good = 64;      // of them, to sample near to
constexpr double nearness = 0.1;           // standard deviation, as a share of the range
constexpr double redrawn = 0.2;            // chance that a Choice is sampled again

/// The resources r, r·eta, r·eta², … up to R.
std::vector<std::uint64_t> resources(std::uint64_t r, std::uint64_t R, std::uint64_t eta) {
  std::vector<std::uint64_t> all{r};
  while (all.back() <= R / eta) all.push_back(all.back() * eta);
  return all;
}

struct Options {
  std::uint64_t r, R, eta, max_finished_configs;
  double explore;
  std::size_t first, last;  // brackets: that of s has its lowest rung at r·eta^s
  bool names_bracket;
  std::optional<std::uint64_t> max_num_trials;
};

/// Asynchronous successive halving in one bracket or in several.
class Halving final : public study::InnerAlgorithm {
 public:
  Halving(const Options& options, bool lower_is_better, Path path)
      : options_(options),
        lower_is_better_(lower_is_better),
        path_(std::move(path)),
        resources_(resources(options.r, options.R, options.eta)) {
    good_.resize(resources_.size());
    for (auto s = options.first; s <= options.last; ++s)
      brackets_.push_back({Bracket(resources_.size() - s, options.eta), s});
  }

  study::Proposal suggest(const study::Asked& asked) override {
    if (finished_ >= options_.max_finished_configs ||
        (options_.max_num_trials && asked.index > *options_.max_num_trials))
      return Done{};
    // Prepared suggestions count as issued.
    std::vector<double> spent;
    for (const auto& bracket : brackets_) spent.push_back(bracket.spent);
    std::vector<TrialId> underway;
    for (const auto& prepared : asked.prepared)
      if (auto place = place_of(prepared.configuration)) {
        spent[place->bracket] += cost(*place);
        if (auto parent = study::parent_of(prepared.configuration)) underway.push_back(*parent);
      }
    const auto b =
        static_cast<std::size_t>(std::min_element(spent.begin(), spent.end()) - spent.begin());

    Configuration configuration;
    std::optional<TrialId> parent;
    std::size_t rung = 0;
    if (auto promotion = brackets_[b].rungs.next(underway)) {
      parent = promotion->trial;
      rung = promotion->to;
      configuration = parameters_of_trial(asked.space, asked.view.ledger->configuration(*parent));
    } else {
      Random random = asked.random();
      configuration = sample(asked, random);
    }
    configuration.set("resource", resources_[brackets_[b].s + rung]);
    configuration.set("rung", rung);
    if (options_.names_bracket) configuration.set("bracket", brackets_[b].s);
    resume_from(configuration, parent);
    return study::Chosen{std::move(configuration), {}};
  }

  void learn(const study::Entry& entry, const study::View& view) override {
    if (auto* issued = std::get_if<fact::TrialIssued>(&entry.fact);
        issued && chosen_at(path_, *issued)) {
      auto place = place_of(issued->configuration);
      if (!place) return;
      open_.emplace(issued->trial, *place);
      brackets_[place->bracket].spent += cost(*place);
      auto parent = study::parent_of(issued->configuration);
      if (place->rung > 0 && parent && view.ledger->known(*parent) && view.ledger->ended(*parent))
        brackets_[place->bracket].rungs.promote(
            place->rung - 1, *parent,
            signed_objective(view.ledger->objective(view.ledger->summary_row(*parent))));
    } else if (auto* ended = std::get_if<fact::TrialEnded>(&entry.fact)) {
      auto at = open_.find(ended->trial);
      if (at == open_.end()) return;
      const Place place = at->second;
      open_.erase(at);
      count_in_a_row(place, *ended);
      // A failed trial says nothing about its configuration's rank. One that was stopped, or has no
      // finite objective, ranks after all others.
      if (ended->status == TrialStatus::failed) return;
      bool completed = ended->status == TrialStatus::completed;
      std::optional<double> score;
      if (completed && std::isfinite(ended->objective)) score = signed_objective(ended->objective);
      Bracket& rungs = brackets_[place.bracket].rungs;
      rungs.end(place.rung, ended->trial, score);
      if (score) good_[brackets_[place.bracket].s + place.rung].add(*score, ended->trial);
      if (completed && place.rung + 1 == rungs.rungs()) ++finished_;
    } else if (auto* steered = std::get_if<fact::Steered>(&entry.fact);
               steered && steered->action == study::Steering::reopened) {
      fruitless_.clear();  // whatever was wrong may be repaired
    }
  }

  /// Of the rung with most failures in a row: trials that can neither be promoted nor complete the
  /// top rung.
  std::optional<study::command::Standstill> standstill() const override {
    auto worst =
        std::max_element(fruitless_.begin(), fruitless_.end(), [](const auto& a, const auto& b) {
          return std::pair(a.second.failed, a.second.trials) <
                 std::pair(b.second.failed, b.second.trials);
        });
    if (worst == fruitless_.end() || options_.max_num_trials) return std::nullopt;
    const auto [bracket, rung] = worst->first;
    return study::command::Standstill{
        worst->second.trials, worst->second.failed,
        "with the resource " + std::to_string(resources_[brackets_[bracket].s + rung])};
  }

  study::Reads reads() const override {
    return {.enqueued = false, .observations = false, .ends = true};
  }

  bool resumes_from_parent() const override { return true; }
  bool may_resume_from(TrialId trial) const override {
    return std::any_of(brackets_.begin(), brackets_.end(),
                       [&](const BracketState& one) { return one.rungs.waits(trial); });
  }

 private:
  struct Place {
    std::size_t bracket, rung;
  };
  struct BracketState {
    Bracket rungs;
    std::size_t s;
    double spent = 0;
  };

  struct InARow {
    std::uint64_t trials = 0, failed = 0;
  };

  void count_in_a_row(const Place& place, const fact::TrialEnded& ended) {
    const std::pair at(place.bracket, place.rung);
    const bool completed = ended.status == TrialStatus::completed;
    const bool top = place.rung + 1 == brackets_[place.bracket].rungs.rungs();
    if (completed && (top || std::isfinite(ended.objective))) {
      fruitless_.erase(at);
      return;
    }
    InARow& row = fruitless_[at];
    ++row.trials;
    if (ended.status == TrialStatus::failed) ++row.failed;
  }

  /// The best trials that ended with a resource.
  struct Good {
    std::uint64_t ended = 0;
    std::vector<std::pair<double, TrialId>> best{};  // in order, and at most `most_good`

    void add(double score, TrialId trial) {
      ++ended;
      std::pair one(score, trial);
      best.insert(std::upper_bound(best.begin(), best.end(), one), one);
      if (best.size() > most_good) best.pop_back();
    }
  };

  /// A new configuration: uniform, with the chance `explore` or while few trials have ended;
  /// otherwise near one of the best quarter of the trials with the highest resource that enough
  /// have ended with.
  Configuration sample(const study::Asked& asked, Random& random) const {
    auto furthest = std::find_if(good_.rbegin(), good_.rend(),
                                 [](const Good& at) { return at.ended >= fewest_ended; });
    if (random.chance(options_.explore) || furthest == good_.rend())
      return asked.space.sample(random);
    const auto quarter = std::min<std::size_t>(furthest->ended / 4, furthest->best.size());
    auto from = asked.view.ledger->configuration(furthest->best[random.below(quarter)].second);
    std::vector<Value> values;
    for (const auto& parameter : asked.space.parameters()) {
      const Value& value = from.at(parameter.name());
      if (parameter.as<Choice>()) {
        values.push_back(random.chance(redrawn) ? space::from_unit(parameter, random.uniform())
                                                : value);
      } else {
        double u = std::abs(space::to_unit(parameter, value) +
                            nearness * random.normal());  // mirrored at both ends
        values.push_back(space::from_unit(parameter, u > 1 ? std::max(0.0, 2 - u) : u));
      }
    }
    return asked.space.assemble(std::move(values));
  }

  std::optional<Place> place_of(const Configuration& configuration) const {
    auto s = options_.names_bracket ? count_in(configuration, "bracket") : options_.first;
    auto rung = count_in(configuration, "rung");
    if (!s || !rung || *s < options_.first || *s > options_.last) return std::nullopt;
    Place place{static_cast<std::size_t>(*s - options_.first), static_cast<std::size_t>(*rung)};
    if (place.rung >= brackets_[place.bracket].rungs.rungs()) return std::nullopt;
    return place;
  }

  /// The resource that a trial spends: a promoted one resumes from its checkpoint.
  double cost(const Place& place) const {
    auto at = brackets_[place.bracket].s + place.rung;
    return static_cast<double>(resources_[at] - (place.rung > 0 ? resources_[at - 1] : 0));
  }

  double signed_objective(double objective) const {
    return lower_is_better_ ? objective : -objective;
  }

  Options options_;
  bool lower_is_better_;
  Path path_;
  std::vector<std::uint64_t> resources_;
  std::vector<BracketState> brackets_;
  std::vector<Good> good_;  // by resource, in all brackets together
  std::unordered_map<TrialId, Place> open_;
  std::uint64_t finished_ = 0;                                       // completed the highest rung
  std::map<std::pair<std::size_t, std::size_t>, InARow> fruitless_;  // by bracket and rung
};

}  // namespace

Result<AlgorithmPtr> make(const SuccessiveHalving& o, const Problem& problem) {
  if (auto free =
          keep_names_free(o.name, problem.space, {"resource", "rung", "load_from", "save_to"});
      !free)
    return free.error();
  const Options options{o.r, o.R, o.eta, o.max_finished_configs, o.explore,
                        o.s, o.s, false, o.max_num_trials};
  return AlgorithmPtr(std::make_unique<Halving>(options, problem.lower_is_better, problem.path));
}

Result<AlgorithmPtr> make(const Hyperband& o, const Problem& problem) {
  if (auto free = keep_names_free(o.name, problem.space,
                                  {"resource", "rung", "bracket", "load_from", "save_to"});
      !free)
    return free.error();
  const std::size_t last = resources(o.r, o.R, o.eta).size() - 1;
  const Options options{o.r, o.R,  o.eta, o.max_finished_configs, o.explore,
                        0,   last, true,  o.max_num_trials};
  return AlgorithmPtr(std::make_unique<Halving>(options, problem.lower_is_better, problem.path));
}

}  // namespace sherpa::algorithms
