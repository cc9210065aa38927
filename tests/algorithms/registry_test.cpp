#include "algorithms/registry.hpp"

#include "core/space/search_space.hpp"
#include "tests/support/parallel_restarts.hpp"
#include "tests/support/rehearse.hpp"

#include <sherpa/contract.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace sherpa {
namespace {

using namespace testing_support;
using runtime::Rehearsal;

struct Named {
  std::string name;
  AlgorithmSpecification algorithm;
};

class EveryAlgorithm : public testing::TestWithParam<Named> {};

TEST_P(EveryAlgorithm, KeepsTheContract) {
  EXPECT_EQ(contract_violations(GetParam().algorithm, mixed_space()), std::vector<std::string>{});
}

TEST_P(EveryAlgorithm, GoesOnAsIfNothingHadBeenWhereverItIsRestartedWithTrialsSideBySide) {
  auto made = *space::SearchSpace::make(mixed_space());
  testing_support::ParallelPlay play{.algorithm = GetParam().algorithm,
                                     .parameters = mixed_space(),
                                     .objective = [&](TrialId, const auto& c) {
                                       double sum = 0;
                                       for (double u : made.to_unit(c))
                                         sum += (u - 0.4) * (u - 0.4);
                                       return sum;
                                     }};
  const auto whole = testing_support::play(play);
  for (std::uint64_t at = 1; at <= whole.size(); ++at)
    EXPECT_EQ(testing_support::play(play, at), whole) << "restarted after " << at;
}

INSTANTIATE_TEST_SUITE_P(
    Contract, EveryAlgorithm,
    testing::Values(
        Named{"RandomSearch", RandomSearch{}},
        Named{"RandomSearchLimited", RandomSearch{.max_num_trials = 20, .repeat = 2}},
        Named{"GridSearch", GridSearch{}},
        Named{"GridSearchEnds", GridSearch{3, GridPoints::end_points}},
        Named{"SobolSearch", SobolSearch{}}, Named{"TPE", TPE{}},
        Named{"TPELimited", TPE{.max_num_trials = 25, .num_startup_trials = 4}},
        Named{"CMAES", CMAES{}},
        Named{"CMAESSmall", CMAES{.population_size = 4, .restarts = Restarts::bipop}},
        Named{"Genetic", Genetic{}},
        Named{"LocalSearch", LocalSearch{.seed_configuration = mixed_configuration(8)}},
        Named{"LocalSearchRepeated", LocalSearch{.seed_configuration = mixed_configuration(8),
                                                 .repeat_trials = 2,
                                                 .max_num_trials = 30}},
        Named{"RepeatTPE",
              Repeat{.algorithm = TPE{.num_startup_trials = 3}, .num_times = 2, .agg = true}},
        Named{"RepeatLocalSearch",
              Repeat{.algorithm = LocalSearch{.seed_configuration = mixed_configuration(8)},
                     .num_times = 2}},
        Named{"ChainToLocalSearch",
              Chain{{RandomSearch{.max_num_trials = 5},
                     LocalSearch{.seed_configuration = mixed_configuration(8)}, CMAES{}}}},
        Named{"Iterate",
              Iterate{{mixed_configuration(1), mixed_configuration(2), mixed_configuration(3)}}},
        Named{"Repeat", Repeat{.algorithm = RandomSearch{.max_num_trials = 9}, .num_times = 3}},
        Named{"RepeatWaiting", Repeat{.algorithm = RandomSearch{},
                                      .num_times = 3,
                                      .wait_for_completion = true,
                                      .agg = true}},
        Named{"Chain",
              Chain{{GridSearch{},
                     Repeat{.algorithm = RandomSearch{.max_num_trials = 3}, .num_times = 2},
                     RandomSearch{}}}},
        Named{"SuccessiveHalving", SuccessiveHalving{}},
        Named{"SuccessiveHalvingUniform",
              SuccessiveHalving{.R = 4, .eta = 2, .s = 1, .max_finished_configs = 5, .explore = 1}},
        Named{"Hyperband", Hyperband{.R = 8, .eta = 2, .max_finished_configs = 9}},
        Named{"PopulationBasedTraining",
              PopulationBasedTraining{.num_generations = 9, .population_size = 5}},
        Named{"PopulationInAChain",
              Chain{{RandomSearch{.max_num_trials = 7},
                     PopulationBasedTraining{.num_generations = 4, .population_size = 4},
                     SuccessiveHalving{.max_finished_configs = 1}}}},
        Named{"ChainInChain",
              Chain{{Chain{{RandomSearch{.max_num_trials = 3}, GridSearch{}}}, RandomSearch{}}}}),
    [](const auto& one) { return one.param.name; });

TEST(ChangedAlgorithm, StartsAfreshAndTheBudgetCountsEverything) {
  Rehearsal study(study_with(GridSearch{}, {Choice{"a", {1, 2, 3}}}));
  EXPECT_EQ(run(study, 1000).size(), 3u);
  auto again = study_with(Iterate{{{{"a", 3}}, {{"a", 1}}}}, {Choice{"a", {1, 2, 3}}});
  EXPECT_THROW(study.restart(again), Exception);
  again.update = true;
  study.restart(again);
  auto seen = run(study, 1000);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].get<int>("a"), 3);
}

std::vector<Parameter> small() {
  return {Ordinal{"a", {1, 2, 4}}, Choice{"c", {"u", "v"}}, Discrete{"n", {1, 3}, Scale::log}};
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

}  // namespace
}  // namespace sherpa
