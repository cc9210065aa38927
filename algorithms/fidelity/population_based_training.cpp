#include "algorithms/algorithms.hpp"
#include "algorithms/fidelity/lineage.hpp"
#include "core/base/overloaded.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace sherpa::algorithms {

namespace {

namespace fact = study::fact;

/// In the field `lineage`, so that the size of a study does not grow with the square of its
/// generations. `load_from` leads all the way back.
constexpr std::size_t most_ancestors = 100;

class PopulationBasedTrainingAlgorithm final : public study::InnerAlgorithm {
 public:
  PopulationBasedTrainingAlgorithm(PopulationBasedTraining options, bool lower_is_better, Path path)
      : options_(std::move(options)), lower_is_better_(lower_is_better), path_(std::move(path)) {}

  study::Proposal suggest(const study::Asked& asked) override {
    const auto generation = (asked.index - 1) / options_.population_size + 1;
    if (generation > options_.num_generations) return Done{};
    Random random = asked.random();
    if (generation == 1) return member(asked.space.sample(random), 1, {}, "");
    if (ranked_generation_ + 1 != generation) return Wait{};

    // The best of the last generation continue unchanged. Copies of the best fifth, perturbed, take
    // the places of the worst fifth, and of all that failed or have no finite objective.
    const std::size_t fifth = std::max<std::size_t>(1, (ranked_.size() + 4) / 5);
    const auto sound = static_cast<std::size_t>(
        std::find_if(ranked_.begin(), ranked_.end(), unsound) - ranked_.begin());
    if (sound == 0)
      return Error{Errc::study_failed, std::string(options_.name) + ": no member of generation " +
                                           std::to_string(ranked_generation_) +
                                           " ended with a finite objective, so there is nothing to "
                                           "resume from; look at the trials' output"};
    const std::size_t staying = std::min(ranked_.size() - fifth, sound);
    const auto place = static_cast<std::size_t>((asked.index - 1) % options_.population_size);
    const Member& parent = ranked_[place < staying ? place : random.below(std::min(fifth, sound))];
    const Configuration& old = asked.view.ledger->configuration(parent.trial);
    auto next = parameters_of_trial(asked.space, old);
    if (place >= staying)
      for (const auto& parameter : asked.space.parameters())
        next.set(parameter.name(), perturbed(parameter, next.at(parameter.name()), random));
    const Value* lineage = old.find("lineage");
    return member(std::move(next), generation, parent.trial, lineage ? lineage->text() : "");
  }

  void learn(const study::Entry& entry, const study::View&) override {
    if (auto* issued = std::get_if<fact::TrialIssued>(&entry.fact);
        issued && chosen_at(path_, *issued)) {
      open_.insert(issued->trial);
      ++begun_;
    } else if (auto* ended = std::get_if<fact::TrialEnded>(&entry.fact)) {
      if (open_.erase(ended->trial) == 0) return;
      bool sound = ended->status != TrialStatus::failed && std::isfinite(ended->objective);
      gathered_.push_back({!sound,
                           sound ? (lower_is_better_ ? ended->objective : -ended->objective) : 0,
                           ended->trial});
      if (gathered_.size() < options_.population_size) return;
      ranked_ = std::move(gathered_);
      gathered_.clear();
      std::sort(ranked_.begin(), ranked_.end());
      ++ranked_generation_;
    }
  }

  study::Reads reads() const override {
    return {.enqueued = false, .observations = false, .ends = true};
  }

  bool resumes_from_parent() const override { return true; }
  bool may_resume_from(TrialId trial) const override {
    // Until the next generation is whole, this one and what there is of the next; more generations
    // may be asked for later.
    auto is = [&](const Member& member) { return member.trial == trial; };
    return std::any_of(gathered_.begin(), gathered_.end(), is) ||
           (begun_ < (ranked_generation_ + 1) * options_.population_size &&
            std::any_of(ranked_.begin(), ranked_.end(), is));
  }

 private:
  struct Member {
    bool unsound;  // failed, or without a finite objective: after all others
    double score;  // lower is better
    TrialId trial;
    auto operator<=>(const Member&) const = default;
  };
  static bool unsound(const Member& member) { return member.unsound; }

  static study::Proposal member(Configuration configuration, std::uint64_t generation,
                                std::optional<TrialId> parent, std::string lineage) {
    if (parent) {
      lineage += std::to_string(*parent) + ',';
      if (static_cast<std::size_t>(std::count(lineage.begin(), lineage.end(), ',')) >
          most_ancestors)
        lineage.erase(0, lineage.find(',') + 1);
    }
    configuration.set("generation", generation);
    configuration.set("lineage", std::move(lineage));
    resume_from(configuration, parent);
    return study::Chosen{std::move(configuration), {}};
  }

  /// The bounds or values that perturbation keeps to, if any were given for this parameter.
  const std::vector<Value>* narrowed(const Parameter& parameter) const {
    auto at = options_.parameter_range.find(parameter.name());
    return at == options_.parameter_range.end() ? nullptr : &at->second;
  }

  Value perturbed(const Parameter& parameter, const Value& value, Random& random) const {
    const auto* range = narrowed(parameter);
    if (options_.resample_probability > 0 && random.chance(options_.resample_probability))
      return drawn(parameter, range, random);
    auto scaled = [&](double low, double high) {
      if (range) std::tie(low, high) = std::minmax({(*range)[0].real(), (*range)[1].real()});
      const auto& factors = options_.perturbation_factors;
      return std::clamp(value.real() * factors[random.below(factors.size())], low, high);
    };
    return std::visit(
        base::Overloaded{
            [&](const Continuous& p) -> Value { return scaled(p.range.low, p.range.high); },
            [&](const Discrete& p) -> Value {
              double x =
                  scaled(static_cast<double>(p.range.low), static_cast<double>(p.range.high));
              return static_cast<std::int64_t>(std::floor(x + 0.5));
            },
            [&](const Ordinal& p) -> Value { return one_step(p.values, range, value, random); },
            [&](const Choice& p) -> Value {
              const auto& values = range ? *range : p.values;
              return values[random.below(values.size())];
            }},
        parameter.kind());
  }

  static Value drawn(const Parameter& parameter, const std::vector<Value>* range, Random& random) {
    if (!range) return space::from_unit(parameter, random.uniform());
    if (parameter.as<Ordinal>() || parameter.as<Choice>())
      return (*range)[random.below(range->size())];
    auto [low, high] = std::minmax(
        {space::to_unit(parameter, (*range)[0]), space::to_unit(parameter, (*range)[1])});
    return space::from_unit(parameter, random.uniform(low, high));
  }

  /// One step up or down, or none; among the narrowed values from the one that is nearest.
  static Value one_step(const std::vector<Value>& all, const std::vector<Value>* range,
                        const Value& value, Random& random) {
    auto place = [&](const Value& of) {
      return std::find(all.begin(), all.end(), of) - all.begin();
    };
    std::vector<std::ptrdiff_t> allowed;
    for (const auto& one : range ? *range : all) allowed.push_back(place(one));
    std::sort(allowed.begin(), allowed.end());
    const auto here = place(value);
    auto nearest = std::min_element(allowed.begin(), allowed.end(), [&](auto a, auto b) {
      return std::abs(a - here) < std::abs(b - here);
    });
    const auto step = static_cast<std::ptrdiff_t>(random.below(3)) - 1;
    const auto last = static_cast<std::ptrdiff_t>(allowed.size()) - 1;
    return all[static_cast<std::size_t>(allowed[static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(nearest - allowed.begin() + step, 0, last))])];
  }

  PopulationBasedTraining options_;
  bool lower_is_better_;
  Path path_;
  std::unordered_set<TrialId> open_;
  std::uint64_t begun_ = 0;              // trials
  std::vector<Member> gathered_;         // of the generation that runs
  std::vector<Member> ranked_;           // of the last complete one, the best first
  std::uint64_t ranked_generation_ = 0;  // which that is
};

/// What of parameter_range only the space can show.
Result<void> check_ranges(const PopulationBasedTraining& o, const space::SearchSpace& space) {
  for (const auto& [name, range] : o.parameter_range) {
    auto refuse = [&, name = name](const std::string& why) {
      return Error{Errc::invalid_argument, std::string(o.name) + ": parameter_range: " + why};
    };
    auto at = std::find_if(
        space.parameters().begin(), space.parameters().end(),
        [&, name = name](const Parameter& parameter) { return parameter.name() == name; });
    if (at == space.parameters().end()) {
      std::vector<std::string_view> known(space.names()->begin(), space.names()->end());
      return refuse("there is no parameter " + base::quote(name) + base::did_you_mean(name, known));
    }
    bool numeric = at->as<Continuous>() || at->as<Discrete>();
    if (numeric && range.size() != 2)
      return refuse("parameter " + base::quote(name) + " needs two bounds, [low, high], not " +
                    std::to_string(range.size()));
    if (range.empty())
      return refuse("parameter " + base::quote(name) +
                    " has no values; give it at least one, or leave it out");
    for (const auto& value : range)
      if (auto fitted = space::fit(*at, value); !fitted) return refuse(fitted.error().message);
  }
  return {};
}

}  // namespace

Result<AlgorithmPtr> make(const PopulationBasedTraining& o, const Problem& problem) {
  if (auto free =
          keep_names_free(o.name, problem.space, {"generation", "lineage", "load_from", "save_to"});
      !free)
    return free.error();
  if (auto ranges = check_ranges(o, problem.space); !ranges) return ranges.error();
  return AlgorithmPtr(
      std::make_unique<PopulationBasedTrainingAlgorithm>(o, problem.lower_is_better, problem.path));
}

}  // namespace sherpa::algorithms
