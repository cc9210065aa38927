#include "algorithms/algorithms.hpp"
#include "algorithms/axis.hpp"
#include "algorithms/samplers/covariance_adaptation.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace sherpa::algorithms {

namespace {

using Result = CovarianceAdaptation::Result;

/// Every λ results form a generation, even if they were sampled from different distributions: so
/// any number of trials can run at once, and no slot waits for a generation to end.
class CMAESAlgorithm final : public study::InnerAlgorithm {
 public:
  CMAESAlgorithm(const CMAES& options, const Problem& problem)
      : options_(options),
        history_(problem.space, problem.lower_is_better, problem.path),
        axes_(axes_of(problem.space)),
        search_(axes_, Point(axes_.size(), 0.5),
                {.population = options.population_size.value_or(0), .sigma = options.sigma}),
        first_population_(search_.population()),
        large_(first_population_) {}

  study::Proposal suggest(const study::Asked& asked) override {
    if (options_.max_num_trials && asked.index > *options_.max_num_trials) return Done{};
    Random random = asked.random();
    constexpr int draws = 100;
    for (int i = 0; i < draws; ++i) {
      Point point = search_.sample(random);
      if (history_.configurations() == 0 || !history_.tried(point, asked.prepared))
        return study::Chosen{asked.space.from_unit(point), {}};
    }
    auto point = draw_untried(history_, asked.prepared, random);
    if (!point) return Done{};
    return study::Chosen{asked.space.from_unit(*point), {}};
  }

  void learn(const study::Entry& entry, const study::View&) override {
    const auto before = history_.ended().size();
    history_.learn(entry);
    if (auto* issued = std::get_if<study::fact::TrialIssued>(&entry.fact))
      last_issued_ = issued->trial;
    if (history_.ended().size() == before) return;
    const auto& trial = history_.ended().back();
    if (!trial.own || trial.trial <= of_earlier_runs_) return;
    ++in_this_run_;
    generation_.push_back({trial.point, trial.objective});
    if (generation_.size() < search_.population()) return;
    Random random(0, trial.trial);  // the points depend on the study's seed
    search_.learn(std::exchange(generation_, {}), random);
    if (search_.stuck() && options_.restarts != Restarts::none) restart(random);
  }

  study::Reads reads() const override { return {.ends = true}; }

 private:
  void restart(Random& random) {
    of_earlier_runs_ = last_issued_;
    (small_run_ ? in_small_ : in_large_) += in_this_run_;
    in_this_run_ = 0;
    CovarianceAdaptation::Options next{.population = 0, .sigma = options_.sigma};
    // BIPOP: the next run is of the kind, small or large, that has had fewer trials.
    small_run_ =
        options_.restarts == Restarts::bipop && large_ > first_population_ && in_small_ < in_large_;
    const auto first = static_cast<double>(first_population_);
    if (small_run_) {
      double u = random.uniform();
      next.population = static_cast<std::uint64_t>(
          first * std::pow(0.5 * static_cast<double>(large_) / first, u * u));
      next.sigma *= std::pow(10, -2 * random.uniform());
    } else {
      constexpr std::uint64_t most_doublings = 10;
      large_ = std::min(2 * large_, first_population_ << most_doublings);
      next.population = large_;
    }
    Point mean(axes_.size());
    for (double& u : mean) u = random.uniform();
    search_ = CovarianceAdaptation(axes_, mean, next);
  }

  CMAES options_;
  History history_;
  std::vector<Axis> axes_;
  CovarianceAdaptation search_;
  std::vector<Result> generation_;
  TrialId last_issued_ = 0,
          of_earlier_runs_ = 0;  // results up to the latter belong to distributions that are gone
  std::uint64_t first_population_, large_;
  std::uint64_t in_this_run_ = 0, in_small_ = 0, in_large_ = 0;  // trials
  bool small_run_ = false;
};

}  // namespace

sherpa::Result<AlgorithmPtr> make(const CMAES& options, const Problem& problem) {
  return AlgorithmPtr(std::make_unique<CMAESAlgorithm>(options, problem));
}

}  // namespace sherpa::algorithms
