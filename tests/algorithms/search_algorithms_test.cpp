#include "core/space/search_space.hpp"
#include "core/space/specification.hpp"
#include "runtime/contract/rehearsal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace sherpa {
namespace {

using runtime::Rehearsal;
using testing::ElementsAre;
using testing::HasSubstr;

using Objective = std::function<double(const Configuration&)>;

std::vector<Parameter> cube(int dimensions) {
  std::vector<Parameter> parameters;
  for (int i = 0; i < dimensions; ++i)
    parameters.push_back(Continuous{"x" + std::to_string(i), {0, 1}});
  return parameters;
}

std::vector<Parameter> small() {
  return {Ordinal{"a", {1, 2, 4}}, Choice{"c", {"u", "v"}}, Discrete{"n", {1, 3}, Scale::log}};
}

StudySetup study_with(AlgorithmSpecification algorithm, std::vector<Parameter> parameters,
                      std::uint64_t seed = 1) {
  return {.parameters = std::move(parameters),
          .algorithm = std::move(algorithm),
          .lower_is_better = true,
          .random_seed = seed};
}

/// Takes trials one at a time, until Done or so many.
std::vector<Configuration> run(const StudySetup& setup, std::size_t most,
                               const Objective& objective, double* best = nullptr) {
  Rehearsal study(setup);
  std::vector<Configuration> seen;
  while (seen.size() < most) {
    auto next = study.take();
    auto* trial = std::get_if<Rehearsal::Started>(&next);
    if (!trial) {
      EXPECT_TRUE(std::holds_alternative<Done>(next)) << "it waits although nothing runs";
      break;
    }
    seen.push_back(trial->parameters);
    study.observe(*trial, objective(trial->parameters));
    study.finalize(*trial);
  }
  if (best && study.best()) *best = study.best()->objective;
  return seen;
}

double bowl(const Configuration& c) {
  double sum = 0;
  int i = 0;
  for (auto [name, value] : c) sum += std::pow(value.real() - 0.2 - 0.1 * (++i % 6), 2);
  return sum;
}

std::vector<AlgorithmSpecification> searches(const std::vector<Parameter>& parameters) {
  Random random(1);
  Configuration seed;
  for (const auto& p : parameters) seed.set(p.name(), p.sample(random));
  return {TPE{},         CMAES{},   CMAES{.population_size = 4, .restarts = Restarts::bipop},
          SobolSearch{}, Genetic{}, LocalSearch{.seed_configuration = seed}};
}

TEST(SearchAlgorithms, LiveWithObjectivesOfAnySize) {
  const std::vector<Parameter> space{Continuous{"x", {1e-3, 1}, Scale::log}, Discrete{"n", {0, 5}},
                                     Choice{"c", {0, 1, 2}}};
  for (const auto& algorithm : searches(space))
    for (double scale : {1e300, 1e-300, 1e308, 0.0, std::nan(""), -1e308}) {
      auto seen = run(study_with(algorithm, space), 60, [&](const Configuration& c) {
        return scale * (bowl({{"x", c.at("x")}}) - (c.get<int>("n") % 2 ? 0.5 : 0));
      });
      EXPECT_GE(seen.size(), 5u) << algorithm << " at " << scale;
    }
}

TEST(SearchAlgorithms, LiveWithTwoHundredParametersAndWithASingleConfiguration) {
  std::vector<Parameter> wide;
  for (int i = 0; i < 100; ++i) {
    wide.push_back(Continuous{"x" + std::to_string(i), {0, 1}});
    wide.push_back(Choice{"c" + std::to_string(i), {0, 1, 2}});
  }
  for (const auto& algorithm : searches(wide))
    EXPECT_EQ(run(study_with(algorithm, wide), 60, bowl).size(), 60u) << algorithm;

  const std::vector<Parameter> single{Choice{"a", {7}}, Ordinal{"b", {3}}};
  for (const auto& algorithm : searches(single)) {
    if (algorithm.name() == "SobolSearch")
      continue;  // reads no results: it repeats, as RandomSearch does
    EXPECT_EQ(
        run(study_with(algorithm, single), 5, [](const Configuration&) { return 1.0; }).size(), 1u)
        << algorithm;
  }
}

TEST(SearchAlgorithms, TryEveryConfigurationOfAFiniteSpaceOnceAndAreDone) {
  const AlgorithmSpecification all[]{TPE{}, CMAES{}, Genetic{}};
  for (const auto& algorithm : all) {
    auto seen = run(study_with(algorithm, small()), 100,
                    [](const Configuration& c) { return c.get<double>("n"); });
    std::set<std::string> different;
    for (const auto& c : seen)
      different.insert(c.at("a").show() + c.at("c").show() + c.at("n").show());
    EXPECT_EQ(seen.size(), 18u) << algorithm;
    EXPECT_EQ(different.size(), 18u) << algorithm;
  }
}

TEST(SearchAlgorithms, AreDoneAfterMaxNumTrials) {
  Configuration seed{{"x0", 0.5}, {"x1", 0.5}};
  const AlgorithmSpecification all[]{TPE{.max_num_trials = 8}, CMAES{.max_num_trials = 8},
                                     SobolSearch{.max_num_trials = 8}, Genetic{.max_num_trials = 8},
                                     LocalSearch{.seed_configuration = seed, .max_num_trials = 8}};
  for (const auto& algorithm : all)
    EXPECT_EQ(run(study_with(algorithm, cube(2)), 100, bowl).size(), 8u) << algorithm;
}

TEST(SearchAlgorithms, SayWhatIsWrongWithTheirOptions) {
  auto refused = [](const AlgorithmSpecification& algorithm) {
    auto checked = space::check(algorithm);
    return checked ? std::string("accepted") : checked.error().message;
  };
  const Configuration seed{{"x0", 0.5}};
  EXPECT_EQ(refused(TPE{.gamma = 0}), "TPE: gamma is 0.0; use a fraction above 0 and below 1");
  EXPECT_EQ(refused(TPE{.gamma = std::nan("")}),
            "TPE: gamma is NaN; use a fraction above 0 and below 1");
  EXPECT_EQ(refused(TPE{.num_candidates = 0}), "TPE: num_candidates is 0; use 1 to 100,000");
  EXPECT_THAT(refused(TPE{.prior_weight = -1}),
              HasSubstr("TPE: prior_weight is -1.0; use a number above 0"));
  EXPECT_EQ(refused(CMAES{.population_size = 1}),
            "CMAES: population_size is 1; use 2 to 1,000,000, or null");
  EXPECT_EQ(refused(CMAES{.sigma = 0}), "CMAES: sigma is 0.0; use a number above 0, at most 1");
  EXPECT_EQ(refused(Genetic{.mutation_rate = 1.5}),
            "Genetic: mutation_rate is 1.5; use a chance from 0 to 1");
  EXPECT_EQ(refused(Genetic{.mutation_rate = -0.1}),
            "Genetic: mutation_rate is -0.1; use a chance from 0 to 1");
  EXPECT_EQ(refused(LocalSearch{}),
            "LocalSearch: seed_configuration is missing; give it a value for every parameter");
  EXPECT_THAT(refused(LocalSearch{.seed_configuration = seed, .perturbation_factors = {0.8, -1}}),
              HasSubstr("perturbation_factors has -1.0; use positive numbers other than 1"));
  EXPECT_THAT(refused(LocalSearch{.seed_configuration = seed, .perturbation_factors = {0, 2}}),
              HasSubstr("has 0.0;"));
  EXPECT_THAT(refused(LocalSearch{.seed_configuration = seed, .perturbation_factors = {1}}),
              HasSubstr("has 1.0;"));
  EXPECT_THAT(refused(LocalSearch{.seed_configuration = seed, .perturbation_factors = {}}),
              HasSubstr("is empty"));
  EXPECT_THAT(refused(LocalSearch{.seed_configuration = seed, .repeat_trials = 0}),
              HasSubstr("repeat_trials is 0"));

  auto unfit = [](Configuration where) {
    try {
      Rehearsal study(study_with(LocalSearch{.seed_configuration = std::move(where)}, cube(1)));
      return std::string("accepted");
    } catch (const Exception& e) {
      return std::string(e.what());
    }
  };
  EXPECT_THAT(
      unfit({{"x0", 2.0}}),
      HasSubstr("LocalSearch: seed_configuration: parameter 'x0': 2.0 is outside [0.0, 1.0]"));
  EXPECT_THAT(
      unfit({{"y", 0.5}}),
      HasSubstr(
          "LocalSearch: seed_configuration: the configuration has no value for parameter 'x0'"));
}

TEST(TPE, FindsBetterThanChance) {
  int wins = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    double model = 0, chance = 0;
    run(study_with(TPE{}, cube(4), seed), 60, bowl, &model);
    run(study_with(RandomSearch{}, cube(4), seed), 60, bowl, &chance);
    wins += 4 * model < chance ? 1 : 0;
  }
  EXPECT_GE(wins, 9);
}

TEST(TPE, KeepsOffRunningTrials) {
  // A density of good ones in one place: suggestions side by side would fall onto one another, were
  // the running not bad ones.
  Rehearsal study(study_with(TPE{.num_startup_trials = 12}, cube(1)));
  for (int i = 0; i < 12; ++i) {
    auto trial = std::get<Rehearsal::Started>(study.take());
    study.observe(trial, bowl(trial.parameters));
    study.finalize(trial);
  }
  std::vector<double> running;
  for (int i = 0; i < 8; ++i)
    running.push_back(std::get<Rehearsal::Started>(study.take()).parameters.get<double>("x0"));
  std::sort(running.begin(), running.end());
  EXPECT_GT(running.back() - running.front(), 0.1);
}

TEST(TPE, TakesFailedTrialsForBadOnes) {
  auto half_fails = [](bool fails) {
    Rehearsal study(study_with(TPE{}, cube(1)));
    int low = 0;
    for (int i = 0; i < 60; ++i) {
      auto trial = std::get<Rehearsal::Started>(study.take());
      double x = trial.parameters.get<double>("x0");
      low += i >= 20 && x < 0.5;
      if (fails && x < 0.5) {
        study.finalize(trial, TrialStatus::failed);
      } else {
        study.observe(trial, std::abs(x - 0.5));
        study.finalize(trial);
      }
    }
    return low;
  };
  EXPECT_LT(half_fails(true), half_fails(false));
}

TEST(CMAES, ConvergesOnRotatedEllipsoidsOneAtATimeAndSideBySide) {
  auto ellipsoid = [](const Configuration& c) {
    double a = c.get<double>("x0") - 0.3, b = c.get<double>("x1") - 0.6,
           d = c.get<double>("x2") - 0.4;
    return std::pow(a + b, 2) + 1e3 * std::pow(a - b, 2) + 30 * std::pow(d - a, 2);
  };
  double best = 1;
  run(study_with(CMAES{.restarts = Restarts::none}, cube(3)), 500, ellipsoid, &best);
  EXPECT_LT(best, 1e-8);

  Rehearsal study(study_with(CMAES{}, cube(3)));
  std::vector<Rehearsal::Started> running;
  for (int i = 0; i < 800; ++i) {
    while (running.size() < 8) running.push_back(std::get<Rehearsal::Started>(study.take()));
    study.observe(running.front(), ellipsoid(running.front().parameters));
    study.finalize(running.front());
    running.erase(running.begin());
  }
  EXPECT_LT(study.best()->objective, 1e-6);
}

TEST(CMAES, FindsTheOptimumAmongIntegersOrdinalsAndChoices) {
  const std::vector<Parameter> space{
      Continuous{"x", {-1, 1}}, Discrete{"n", {0, 1000}}, Discrete{"m", {1, 512}, Scale::log},
      Ordinal{"o", {1, 2, 3, 4, 5}}, Choice{"c", {"a", "b", "c", "d"}}};
  auto objective = [](const Configuration& c) {
    return std::pow(c.get<double>("x") - 0.5, 2) + std::pow(c.get<double>("n") / 100 - 7.77, 2) +
           std::pow(std::log(c.get<double>("m") / 37), 2) + std::pow(c.get<double>("o") - 4, 2) +
           (c.get<std::string>("c") == "c" ? 0 : 0.5);
  };
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    double best = 1;
    run(study_with(CMAES{}, space, seed), 1500, objective, &best);
    found += best < 1e-4 ? 1 : 0;
  }
  EXPECT_GE(found, 4);
}

TEST(CMAES, StartsElsewhereWhenItIsStuck) {
  auto two_valleys = [](const Configuration& c) {
    double x = c.get<double>("x0"), y = c.get<double>("x1");
    return std::min(0.5 + std::hypot(x - 0.5, y - 0.5), 2 * std::hypot(x - 0.85, y - 0.85));
  };
  for (auto restarts : {Restarts::none, Restarts::ipop, Restarts::bipop}) {
    double best = 1;
    run(study_with(CMAES{.sigma = 0.05, .restarts = restarts}, cube(2)), 4000, two_valleys, &best);
    if (restarts == Restarts::none) {
      EXPECT_NEAR(best, 0.5, 1e-3);
    } else {
      EXPECT_LT(best, 1e-3);
    }
  }
}

TEST(SobolSearch, FillsEveryCell) {
  auto seen = run(study_with(SobolSearch{}, cube(3)), 16, bowl);
  for (const char* name : {"x0", "x1", "x2"}) {
    std::set<int> cells;
    for (const auto& c : seen) cells.insert(static_cast<int>(c.get<double>(name) * 16));
    EXPECT_EQ(cells.size(), 16u) << name;
  }
  EXPECT_NE(seen, run(study_with(SobolSearch{}, cube(3), 2), 16, bowl));
}

TEST(Genetic, TakesEachValueFromOneOfTheBestThird) {
  Rehearsal study(study_with(Genetic{.mutation_rate = 0}, cube(12)));
  std::vector<std::pair<double, Configuration>> ranked;
  for (int i = 0; i < 40; ++i) {
    auto trial = std::get<Rehearsal::Started>(study.take());
    if (i >= 10) {
      std::stable_sort(ranked.begin(), ranked.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      std::set<std::size_t> parents;
      for (const auto& [name, value] : trial.parameters) {
        std::size_t from = 0;
        while (from < ranked.size() / 3 && !(ranked[from].second.at(name) == value)) ++from;
        EXPECT_LT(from, ranked.size() / 3)
            << "trial " << trial.id << " has its " << name << " from none of the best third";
      }
    }
    double y = bowl(trial.parameters);
    ranked.emplace_back(y, trial.parameters);
    study.observe(trial, y);
    study.finalize(trial);
  }
}

TEST(Genetic, DrawsEveryValueAnewWithMutationRateOne) {
  auto seen = run(study_with(Genetic{.mutation_rate = 1}, cube(1)), 60, bowl);
  std::set<double> different;
  for (const auto& c : seen) different.insert(c.get<double>("x0"));
  EXPECT_EQ(different.size(), 60u);
}

std::vector<Parameter> steps() {
  return {Continuous{"x", {0, 10}}, Discrete{"n", {1, 64}}, Ordinal{"o", {1, 2, 4}},
          Choice{"c", {"a", "b", "d"}}};
}
const Configuration begin{{"x", 5.0}, {"n", 2}, {"o", 2}, {"c", "b"}};

TEST(LocalSearch, TriesTheSeedAndEveryNeighbourOfTheBestOnce) {
  auto with = [](const std::string& name, const Value& value) {
    Configuration c = begin;
    c.set(name, value);
    return c;
  };
  auto seen = run(study_with(LocalSearch{.seed_configuration = begin}, steps()), 100,
                  [&](const Configuration& c) { return c == begin ? 0.0 : 1.0; });
  EXPECT_THAT(seen, ElementsAre(begin, with("x", 4.0), with("x", 6.0), with("n", 1), with("n", 3),
                                with("o", 1), with("o", 4), with("c", "a"), with("c", "d")));
}

TEST(LocalSearch, GoesOnFromWhatIsBetter) {
  auto seen =
      run(study_with(LocalSearch{.seed_configuration = {{"n", 2}}}, {Discrete{"n", {0, 64}}}), 100,
          [](const Configuration& c) { return std::abs(c.get<double>("n") - 30); });
  std::set<int> tried;
  for (const auto& c : seen) tried.insert(c.get<int>("n"));
  EXPECT_EQ(tried.size(), seen.size());
  EXPECT_TRUE(tried.contains(29) || tried.contains(30) ||
              tried.contains(31));  // no step of 0.8 or 1.2 leads nearer
}

TEST(LocalSearch, LeavesZeroAndStaysWithinBounds) {
  auto seen = run(study_with(LocalSearch{.seed_configuration = {{"x", 0.0}, {"y", 10.0}}},
                             {Continuous{"x", {-1, 1}}, Continuous{"y", {1, 10}}}),
                  100, [](const Configuration& c) { return c.get<double>("x") == 0 ? 0.0 : 1.0; });
  EXPECT_THAT(seen, ElementsAre(Configuration{{"x", 0.0}, {"y", 10.0}},
                                Configuration{{"x", (0.8 - 1) * 2}, {"y", 10.0}},
                                Configuration{{"x", (1.2 - 1) * 2}, {"y", 10.0}},
                                Configuration{{"x", 0.0}, {"y", 8.0}}))
      << "y times 1.2 is put onto its bound, where it was";
}

TEST(LocalSearch, JudgesRepetitionsByTheirMean) {
  Rehearsal study(study_with(
      LocalSearch{
          .seed_configuration = {{"n", 8}}, .perturbation_factors = {0.5, 2}, .repeat_trials = 2},
      {Discrete{"n", {1, 64}}}));
  std::vector<int> seen;
  const std::vector<double> objectives{5,  5, 0,
                                       11, 4, 5};  // 8, 8, 4, 4, 16, 16: the mean of 16 is the best
  for (int i = 0; i < 8; ++i) {
    auto trial = std::get<Rehearsal::Started>(study.take());
    seen.push_back(trial.parameters.get<int>("n"));
    study.observe(trial, i < 6 ? objectives[static_cast<std::size_t>(i)] : 9);
    study.finalize(trial);
  }
  EXPECT_THAT(seen, ElementsAre(8, 8, 4, 4, 16, 16, 32, 32));
}

TEST(LocalSearch, WaitsForWhatRunsBeforeItIsDone) {
  Rehearsal study(
      study_with(LocalSearch{.seed_configuration = {{"c", "a"}}}, {Choice{"c", {"a", "b"}}}));
  auto first = std::get<Rehearsal::Started>(study.take());
  auto second = std::get<Rehearsal::Started>(study.take());
  EXPECT_TRUE(std::holds_alternative<Wait>(study.take()));
  study.observe(first, 1);
  study.finalize(first);
  study.finalize(second, TrialStatus::failed);
  EXPECT_TRUE(std::holds_alternative<Done>(study.take()));
}

}  // namespace
}  // namespace sherpa
