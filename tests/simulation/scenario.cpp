#include "tests/simulation/scenario.hpp"

#include <sherpa/random.hpp>

#include <cmath>
#include <sstream>
#include <utility>

namespace sherpa::simulation {

namespace {

/// An algorithm that leans on everything it may read: any difference after a restart shows in its
/// next answer.
class Leaning final : public Algorithm {
 public:
  Suggestion get_suggestion(const std::vector<Parameter>& parameters, const Results& results,
                            bool lower_is_better, Random random) override {
    double lean = random.uniform();
    std::uint64_t ended = 0;
    for (const auto& row : results) {
      if (row.status() != TrialStatus::intermediate) ++ended;
      lean += 0.1 * static_cast<double>(row.iteration()) + (row.objective() < 1 ? 0.37 : 0.11);
    }
    if (auto best = results.best(lower_is_better)) lean += best->objective;
    lean -= std::floor(lean);
    if (results.size() > 0 && ended == 0 && lean < 0.3) return Wait{};
    Configuration next;
    for (const auto& p : parameters) {
      Random one(static_cast<std::uint64_t>(lean * 1e9), 5);
      next.set(p.name(), p.sample(one));
    }
    next.set("generation", static_cast<std::int64_t>(ended));
    return next;
  }
};

/// Stops what is worse than the last summary.
class WorseThanLast final : public StoppingRule {
 public:
  bool should_trial_stop(const Trial& trial, const Results& results,
                         bool lower_is_better) override {
    double last = std::nan("");
    for (const auto& row : results)
      if (row.status() == TrialStatus::completed) last = row.objective();
    auto rows = results.of_trial(trial.id());
    if (rows.size() < 2 || std::isnan(last)) return false;
    return lower_is_better ? rows.back().objective() > last + 0.5
                           : rows.back().objective() < last - 0.5;
  }
};

/// One of the algorithms that search. Draws of its own, so that the other scenarios stay what they
/// are.
void searches(Scenario& s, std::uint64_t trials) {
  Random r(s.seed, 2);
  auto is = [&](std::string name, AlgorithmSpecification algorithm) {
    s.algorithm_name = std::move(name);
    s.algorithm = std::move(algorithm);
  };
  switch (r.below(6)) {
    case 0: return is("TPE", TPE{.max_num_trials = trials, .num_startup_trials = 2 + r.below(4)});
    case 1: return is("CMAES", CMAES{.max_num_trials = trials, .population_size = 4});
    case 2: return is("Sobol", SobolSearch{.max_num_trials = trials});
    case 3: return is("genetic", Genetic{.max_num_trials = trials});
    case 4:
      return is("local search", LocalSearch{.seed_configuration = {{"x", 0.3}, {"c", 1}},
                                            .repeat_trials = 1 + r.below(2),
                                            .max_num_trials = trials});
    default:
      return is("Bayesian",
                BayesianOptimization{.model_type = r.chance(0.5) ? ModelType::gp : ModelType::rf,
                                     .max_num_trials = trials});
  }
}

/// An algorithm, and a budget where it has none of its own.
void draw_algorithm(Scenario& s, Random& r) {
  auto some = 2 + r.below(12);
  switch (r.below(11)) {
    case 0: searches(s, some); break;
    case 1:
      s.algorithm_name = "random";
      s.algorithm = RandomSearch{.max_num_trials = some, .repeat = 1 + r.below(3)};
      break;
    case 2:
      s.algorithm_name = "grid";
      s.algorithm = GridSearch{.num_grid_points = 2 + r.below(3)};
      break;
    case 3:
      s.algorithm_name = "repeat";
      s.algorithm = Repeat{.algorithm = RandomSearch{.max_num_trials = 1 + some / 3},
                           .num_times = 2 + r.below(2)};
      break;
    case 4:
      s.algorithm_name = "repeat waiting";
      s.algorithm = Repeat{.algorithm = own("leaning", [] { return std::make_unique<Leaning>(); }),
                           .num_times = 2,
                           .wait_for_completion = true,
                           .agg = r.chance(0.5)};
      break;
    case 5:
      s.algorithm_name = "chain";
      s.algorithm = Chain{{RandomSearch{.max_num_trials = some / 2}, GridSearch{},
                           RandomSearch{.max_num_trials = 2, .repeat = 2}}};
      break;
    case 6:
      s.algorithm_name = "halving";
      s.algorithm = SuccessiveHalving{.r = 1 + r.below(2),
                                      .R = 6 + r.below(7),
                                      .eta = 2 + r.below(2),
                                      .s = r.below(2),
                                      .max_finished_configs = 1 + r.below(3)};
      break;
    case 7:
      s.algorithm_name = "hyperband";
      s.algorithm =
          Hyperband{.R = 4 + r.below(6), .eta = 2, .max_finished_configs = 2 + r.below(4)};
      break;
    case 8:
      s.algorithm_name = "population";
      s.algorithm = PopulationBasedTraining{.num_generations = 2 + r.below(4),
                                            .population_size = 2 + r.below(6)};
      break;
    default:
      s.algorithm_name = "leaning";
      s.algorithm = own("leaning", [] { return std::make_unique<Leaning>(); });
  }
  if (s.algorithm_name == "leaning" || s.algorithm_name == "repeat waiting")
    s.limits.budget = some;  // they have none of their own
  if (s.algorithm_name == "halving" || s.algorithm_name == "hyperband")
    // where too many fail or are stopped, nobody completes the top rung
    s.limits.budget = 10 * some;
}

void draw_limits(Scenario& s, Random& r) {
  s.prefetch = static_cast<std::uint32_t>(r.below(3));
  s.limits.max_concurrent = r.chance(0.3) ? 1 + static_cast<std::uint32_t>(r.below(3)) : 0;
  s.limits.lease_ms = 60'000;
  if (r.chance(0.3)) s.limits.retry.lost = std::nullopt;
  if (r.chance(0.3)) s.limits.retry.failed = 1 + static_cast<std::uint32_t>(r.below(2));
  if (r.chance(0.15)) s.limits.timeout_ms = 20'000 + static_cast<std::int64_t>(r.below(30'000));
  if (r.chance(0.1)) s.limits.give_up_after = 2 + static_cast<std::uint32_t>(r.below(4));
  s.local = r.chance(0.25);
  s.workers = s.local ? 1 : 1 + static_cast<int>(r.below(4));
  s.slots = 1 + static_cast<std::uint32_t>(r.below(3));
}

/// How often what goes wrong.
void draw_faults(Scenario& s, Random& r) {
  auto sometimes = [&](double how_often, double at_most) {
    return r.chance(how_often) ? at_most * r.uniform() : 0;
  };
  s.lost = sometimes(0.6, 0.3);
  s.duplicated = sometimes(0.6, 0.4);
  s.late = sometimes(0.6, 0.3);
  s.attempt_fails = sometimes(0.4, 0.4);
  s.attempt_preempted = sometimes(0.3, 0.1);
  s.worker_dies = sometimes(0.4, 0.03);
  s.connection_breaks = sometimes(0.4, 0.05);
  s.coordinator_dies = sometimes(0.6, 0.1);
  s.disk_fails = sometimes(0.1, 0.02);
  s.rogue = sometimes(0.3, 0.1);
  s.slow_algorithm = sometimes(0.4, 1);
  s.steering = sometimes(0.3, 0.05);
  s.checkpoints = sometimes(0.4, 0.5);
  s.nan = sometimes(0.3, 0.3);
}

}  // namespace

Scenario Scenario::draw(std::uint64_t seed) {
  Random r(seed, 1);
  Scenario s;
  s.seed = seed;
  s.lower_is_better = r.chance(0.5);
  s.iterations = 2 + static_cast<std::int64_t>(r.below(5));
  draw_algorithm(s, r);
  if (r.chance(0.35))
    s.rule = MedianStoppingRule{.min_iterations = static_cast<std::int64_t>(r.below(3)),
                                .min_trials = 1 + r.below(3)};
  if (!s.rule && r.chance(0.15))
    s.rule = own("worse than last", [] { return std::make_unique<WorseThanLast>(); });
  draw_limits(s, r);
  draw_faults(s, r);
  s.prune = r.chance(0.7);
  return s;
}

Scenario Scenario::without_faults() const {
  Scenario s = *this;
  s.lost = s.duplicated = s.late = s.attempt_preempted = s.worker_dies = s.connection_breaks = 0;
  s.coordinator_dies = s.disk_fails = s.rogue = s.slow_algorithm = s.checkpoints = 0;
  return s;
}

bool Scenario::faults_must_not_matter() const {
  bool reads_results = algorithm_name != "random" && algorithm_name != "grid" &&
                       algorithm_name != "repeat" && algorithm_name != "chain" &&
                       algorithm_name != "Sobol" &&
                       algorithm_name != "population";  // and what it reads comes in an order
  return !reads_results && !rule && steering == 0 && limits.timeout_ms == 0 &&
         limits.give_up_after == 0 && !limits.retry.lost;
}

std::string Scenario::describe() const {
  std::ostringstream out;
  out << "seed " << seed << ": " << algorithm_name << ' ' << algorithm << ' '
      << (rule ? rule->to_json() : "no rule") << ", "
      << (local ? "local" : std::to_string(workers) + " workers") << " x " << slots
      << " slots, limit " << limits.max_concurrent << ", " << iterations << " iterations, prefetch "
      << prefetch << "; lost " << lost << " duplicated " << duplicated << " late " << late
      << " fails " << attempt_fails << " preempted " << attempt_preempted << " worker dies "
      << worker_dies << " breaks " << connection_breaks << " coordinator dies " << coordinator_dies
      << " disk " << disk_fails << " rogue " << rogue << " slow " << slow_algorithm << " steering "
      << steering << " checkpoints " << checkpoints << (prune ? " pruned" : "") << " nan " << nan
      << " timeout " << limits.timeout_ms << " give up " << limits.give_up_after;
  return out.str();
}

}  // namespace sherpa::simulation
