#include "runtime/contract/rehearsal.hpp"
#include "tests/support/parallel_restarts.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/contract.hpp>
#include <sherpa/stopping_rules.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace sherpa {
namespace {

using runtime::Rehearsal;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Parameter> space() {
  return {Continuous{"lr", {1e-4, 1e-1}, Scale::log}, Discrete{"units", {1, 64}, Scale::log},
          Ordinal{"batch", {16, 32, 64}}, Choice{"act", {"relu", "tanh", list(1, 2)}}};
}

StudySetup study_with(AlgorithmSpecification algorithm, std::vector<Parameter> parameters = space(),
                      std::uint64_t seed = 7) {
  return {.parameters = std::move(parameters),
          .algorithm = std::move(algorithm),
          .lower_is_better = true,
          .random_seed = seed};
}

/// Takes trials one after the other, ending each with the objective; until Done, or so many.
std::vector<Configuration> run(
    Rehearsal& study, std::size_t most = 1000,
    const std::function<double(TrialId)>& objective = [](TrialId) { return 1.0; }) {
  std::vector<Configuration> seen;
  while (seen.size() < most) {
    auto next = study.take();
    auto* trial = std::get_if<Rehearsal::Started>(&next);
    if (!trial) break;
    seen.push_back(trial->parameters);
    double y = objective(trial->id);
    study.observe(*trial, y);
    study.finalize(*trial);
  }
  return seen;
}

std::vector<Configuration> run(const StudySetup& setup, std::size_t most = 1000) {
  Rehearsal study(setup);
  return run(study, most);
}

// One suite for all, as users run it on their own.

struct Named {
  std::string name;
  AlgorithmSpecification algorithm;
};

class EveryAlgorithm : public testing::TestWithParam<Named> {};

TEST_P(EveryAlgorithm, KeepsTheContract) {
  EXPECT_EQ(contract_violations(GetParam().algorithm, space()), std::vector<std::string>{});
}

TEST_P(EveryAlgorithm, GoesOnAsIfNothingHadBeenWhereverItIsRestartedWithTrialsSideBySide) {
  auto made = *space::SearchSpace::make(space());
  testing_support::ParallelPlay play{.algorithm = GetParam().algorithm,
                                     .parameters = space(),
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

Configuration one_configuration(int units) {
  return {{"lr", 0.01}, {"units", units}, {"batch", 32}, {"act", "tanh"}};
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
        Named{"LocalSearch", LocalSearch{.seed_configuration = one_configuration(8)}},
        Named{"LocalSearchRepeated", LocalSearch{.seed_configuration = one_configuration(8),
                                                 .repeat_trials = 2,
                                                 .max_num_trials = 30}},
        Named{"RepeatTPE",
              Repeat{.algorithm = TPE{.num_startup_trials = 3}, .num_times = 2, .agg = true}},
        Named{"RepeatLocalSearch",
              Repeat{.algorithm = LocalSearch{.seed_configuration = one_configuration(8)},
                     .num_times = 2}},
        Named{"ChainToLocalSearch",
              Chain{{RandomSearch{.max_num_trials = 5},
                     LocalSearch{.seed_configuration = one_configuration(8)}, CMAES{}}}},
        Named{"Iterate",
              Iterate{{one_configuration(1), one_configuration(2), one_configuration(3)}}},
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

TEST(RandomSearch, RepeatsItselfForTheSameSeedOnly) {
  EXPECT_EQ(run(study_with(RandomSearch{.max_num_trials = 20})),
            run(study_with(RandomSearch{.max_num_trials = 20})));
  EXPECT_NE(run(study_with(RandomSearch{.max_num_trials = 20})),
            run(study_with(RandomSearch{.max_num_trials = 20}, space(), 8)));
}

TEST(RandomSearch, TriesEachConfigurationSoManyTimes) {
  auto seen = run(study_with(RandomSearch{.max_num_trials = 4, .repeat = 3}));
  ASSERT_EQ(seen.size(), 12u);
  for (std::size_t i = 0; i < 12; i += 3) {
    EXPECT_EQ(seen[i], seen[i + 1]);
    EXPECT_EQ(seen[i], seen[i + 2]);
    if (i > 0) {
      EXPECT_NE(seen[i], seen[i - 1]);
    }
  }
}

TEST(GridSearch, WalksTheFullCrossProductTheLastParameterFastest) {
  auto seen = run(study_with(GridSearch{.num_grid_points = 2},
                             {Continuous{"x", {1, 2}}, Choice{"c", {"a", "b", "c"}}}));
  ASSERT_EQ(seen.size(), 6u);
  EXPECT_DOUBLE_EQ(seen[0].get<double>("x"), 4.0 / 3);
  EXPECT_DOUBLE_EQ(seen[5].get<double>("x"), 5.0 / 3);
  EXPECT_EQ(seen[0].get<std::string>("c"), "a");
  EXPECT_EQ(seen[1].get<std::string>("c"), "b");
}

TEST(GridSearch, LivesWithAGridOfAstronomicalSize) {
  std::vector<Parameter> many;
  for (int i = 0; i < 10000; ++i) many.push_back(Continuous{"p" + std::to_string(i), {0, 1}});
  EXPECT_EQ(run(study_with(GridSearch{}, many), 3).size(), 3u);
}

TEST(Iterate, GivesWhatItWasGivenInOrder) {
  std::vector<Configuration> given{{{"lr", 0.1}, {"units", 3}}, {{"lr", 0.2}, {"units", 4}}};
  EXPECT_EQ(run(study_with(Iterate{given}, {})), given);
  EXPECT_EQ(
      Rehearsal(study_with(Iterate{given}, {})).engine().study().parameters,
      R"([{"name":"lr","type":"choice","range":[0.1,0.2]},{"name":"units","type":"choice","range":[3,4]}])");
}

TEST(Iterate, RefusesWhatDoesNotFitTheSpace) {
  try {
    Rehearsal study(study_with(Iterate{{one_configuration(1), one_configuration(65)}}));
    FAIL();
  } catch (const Exception& e) {
    EXPECT_THAT(e.what(),
                HasSubstr("Iterate: configuration 2: parameter 'units': 65 is outside [1, 64]"));
  }
}

TEST(Repeat, RepeatsEveryConfigurationOfAnother) {
  auto plain = run(study_with(GridSearch{}));
  auto repeated = run(study_with(Repeat{.algorithm = GridSearch{}, .num_times = 2}));
  ASSERT_EQ(repeated.size(), 2 * plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(repeated[2 * i], plain[i]);
    EXPECT_EQ(repeated[2 * i + 1], plain[i]);
  }
}

TEST(Repeat, RepeatsWhatItselfRepeats) {
  auto seen = run(study_with(
      Repeat{.algorithm = RandomSearch{.max_num_trials = 3, .repeat = 2}, .num_times = 2}));
  ASSERT_EQ(seen.size(), 12u);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(seen[i], seen[i / 4 * 4]);
  EXPECT_NE(seen[0], seen[4]);
}

TEST(Repeat, TakesTheBestMeanOfACompleteGroup) {
  // As SHERPA's own test: three values, three times each.
  Rehearsal study(
      study_with(Repeat{.algorithm = GridSearch{}, .num_times = 3}, {Choice{"a", {1, 2, 3}}}));
  std::vector<double> objectives{2.1, 2.2, 2.3, 9., 0.1, 9.1, 1.1, 1.2, 1.3};
  std::vector<int> best;
  run(study, 9, [&](TrialId id) {
    best.push_back(study.best() ? study.best()->parameters.get<int>("a") : 0);
    return objectives[id - 1];
  });
  best.push_back(study.best()->parameters.get<int>("a"));
  EXPECT_THAT(best, ElementsAre(0, 0, 0, 1, 1, 1, 1, 1, 1, 3));
  EXPECT_NEAR(study.best()->objective, 1.2, 1e-12);
  EXPECT_NEAR(study.best()->context.at("ObjectiveVar"), 0.01, 1e-12);
  EXPECT_NEAR(study.best()->context.at("ObjectiveStdErr"), 0.1 / std::sqrt(3.0), 1e-12);
}

TEST(Repeat, LeavesFailedTrialsOutOfTheMean) {
  Rehearsal study(
      study_with(Repeat{.algorithm = GridSearch{}, .num_times = 2}, {Choice{"a", {1, 2}}}));
  for (int i = 0; i < 4; ++i) {
    auto trial = std::get<Rehearsal::Started>(study.take());
    study.observe(trial, i == 0 ? -100 : i);
    study.finalize(trial, i == 0 ? TrialStatus::failed : TrialStatus::completed);
  }
  EXPECT_EQ(study.best()->parameters.get<int>("a"), 1);
  EXPECT_EQ(study.best()->objective, 1);
}

TEST(Repeat, WaitsForTheGroupWhenAskedTo) {
  for (bool waits : {false, true}) {
    Rehearsal study(study_with(
        Repeat{.algorithm = RandomSearch{}, .num_times = 2, .wait_for_completion = waits}));
    auto first = std::get<Rehearsal::Started>(study.take());
    auto second = std::get<Rehearsal::Started>(study.take());
    EXPECT_EQ(std::holds_alternative<Wait>(study.take()), waits);
    study.observe(first, 1);
    study.finalize(first);
    if (waits) {
      EXPECT_TRUE(std::holds_alternative<Wait>(study.take()));
    }
    study.finalize(second, TrialStatus::failed);
    EXPECT_TRUE(std::holds_alternative<Rehearsal::Started>(study.take()));
  }
}

/// Checks what an algorithm inside Repeat with agg is shown.
class LooksAtMeans final : public Algorithm {
 public:
  Suggestion get_suggestion(const std::vector<Parameter>&, const Results& results, bool,
                            Random random) override {
    for (const auto& row : results) {
      EXPECT_EQ(row.status(), TrialStatus::completed);
      EXPECT_EQ(row.objective(), 0);
      EXPECT_DOUBLE_EQ(row.context("ObjectiveVar"), 1);
      EXPECT_DOUBLE_EQ(row.context("ObjectiveStdErr"), 1 / std::sqrt(3.0));
    }
    rows = results.size();
    return Configuration{{"x", random.uniform()}};
  }
  static inline std::size_t rows = 0;
};

TEST(Repeat, ShowsMeansToTheInnerAlgorithmWithAgg) {
  auto means = own("means", [] { return std::make_unique<LooksAtMeans>(); });
  Rehearsal study(study_with(Repeat{.algorithm = means, .num_times = 3, .agg = true},
                             {Continuous{"x", {0, 1}}}));
  run(study, 10, [](TrialId id) { return static_cast<double>(id % 3) - 1; });
  EXPECT_EQ(LooksAtMeans::rows, 3u);
}

TEST(Chain, GoesThroughItsMembersInOrder) {
  auto seen = run(
      study_with(Chain{{Iterate{{{{"a", 2}}}}, GridSearch{}, Iterate{{{{"a", 1}}, {{"a", 3}}}}}},
                 {Choice{"a", {1, 2, 3}}}));
  std::vector<int> values;
  for (const auto& c : seen) values.push_back(c.get<int>("a"));
  EXPECT_THAT(values, ElementsAre(2, 1, 2, 3, 1, 3));
}

TEST(Chain, RestartsInItsMiddle) {
  Chain chain{{RandomSearch{.max_num_trials = 2}, Repeat{.algorithm = GridSearch{}, .num_times = 2},
               RandomSearch{.max_num_trials = 2}}};
  auto whole = run(study_with(chain, {Choice{"a", {1, 2, 3}}}));
  for (std::size_t at = 1; at < whole.size(); ++at) {
    Rehearsal study(study_with(chain, {Choice{"a", {1, 2, 3}}}));
    auto seen = run(study, at);
    study.restart();
    for (auto& c : run(study)) seen.push_back(c);
    EXPECT_EQ(seen, whole) << "restarted after " << at;
  }
}

// One's own.

class CountsDown final : public Algorithm {
 public:
  Suggestion get_suggestion(const std::vector<Parameter>& parameters, const Results& results, bool,
                            Random) override {
    auto ended = results.with_status(TrialStatus::completed).size();
    if (ended == 3) return Done{};
    return Configuration{{parameters.at(0).name(), static_cast<int>(3 - ended)},
                         {"generation", static_cast<int>(ended)}};
  }
};

TEST(Own, IsAskedWithTheResultsAndKeepsItsOwnFields) {
  auto own_one = own("counts down", [] { return std::make_unique<CountsDown>(); });
  Rehearsal study(study_with(own_one, {Discrete{"n", {1, 3}}}));
  auto seen = run(study);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[2], (Configuration{{"generation", 2}, {"n", 1}}));
  EXPECT_THAT(study.csv(), HasSubstr("Trial-ID,Status,Iteration,generation,n,Objective\n"));
}

class Throws final : public Algorithm {
 public:
  Suggestion get_suggestion(const std::vector<Parameter>&, const Results& results, bool,
                            Random random) override {
    if (results.size() >= 4) throw std::runtime_error("out of ideas");
    return Configuration{{"n", 1 + static_cast<int>(random.below(3))}};
  }
};

TEST(Own, EndsTheStudyWithAnErrorWhenItThrowsAndTheStudyResumes) {
  auto own_one = own("throws", [] { return std::make_unique<Throws>(); });
  Rehearsal study(study_with(own_one, {Discrete{"n", {1, 3}}}));
  try {
    run(study);
    FAIL();
  } catch (const Exception& e) {
    EXPECT_EQ(e.code(), Errc::user_code);
    EXPECT_STREQ(e.what(), "algorithm 'throws' threw: out of ideas");
  }
  EXPECT_EQ(study.engine().ended()->why, study::EndOfStudy::error);
  EXPECT_THROW(study.take(), Exception);
  auto setup = study_with(RandomSearch{.max_num_trials = 5}, {Discrete{"n", {1, 3}}});
  setup.update = true;
  study.restart(setup);
  EXPECT_EQ(run(study).size(), 3u);  // the two before count
}

TEST(Own, MayNotSuggestWhatDoesNotFit) {
  struct Wrong final : Algorithm {
    Suggestion get_suggestion(const std::vector<Parameter>&, const Results&, bool,
                              Random) override {
      return Configuration{{"m", 1}};
    }
  };
  Rehearsal study(
      study_with(own("wrong", [] { return std::make_unique<Wrong>(); }), {Discrete{"n", {1, 3}}}));
  try {
    study.take();
    FAIL();
  } catch (const Exception& e) {
    EXPECT_THAT(e.what(), HasSubstr("algorithm 'wrong' threw: it suggested what does not fit: the "
                                    "configuration has no value for parameter 'n'"));
  }
}

TEST(Own, IsToldOnResumeHowManyTrialsItHadSuggested) {
  struct Loads final : Algorithm {
    explicit Loads(std::uint64_t* loaded) : loaded_(loaded) {}
    Suggestion get_suggestion(const std::vector<Parameter>&, const Results&, bool,
                              Random) override {
      return Configuration{{"n", 1}};
    }
    void load(std::uint64_t num_trials) override { *loaded_ = num_trials; }
    std::uint64_t* loaded_;
  };
  std::uint64_t loaded = 99;
  Rehearsal study(study_with(own("loads", [&] { return std::make_unique<Loads>(&loaded); }),
                             {Discrete{"n", {1, 3}}}));
  run(study, 5);
  study.restart();
  EXPECT_EQ(loaded, 5u);
}

TEST(Contract, FindsWhatIsWrong) {
  struct Forgetful final : Algorithm {  // counts for itself: another answer after a restart
    Suggestion get_suggestion(const std::vector<Parameter>&, const Results&, bool,
                              Random) override {
      return Configuration{{"n", 1 + (calls_++ % 3)}};
    }
    int calls_ = 0;
  };
  auto found = contract_violations(own("forgetful", [] { return std::make_unique<Forgetful>(); }),
                                   {Discrete{"n", {1, 3}}});
  EXPECT_THAT(found, testing::Contains(HasSubstr("restarted after every 1. trial")));

  struct Waits final : Algorithm {
    Suggestion get_suggestion(const std::vector<Parameter>&, const Results&, bool,
                              Random) override {
      return Wait{};
    }
  };
  EXPECT_THAT(contract_violations(own("waits", [] { return std::make_unique<Waits>(); }),
                                  {Discrete{"n", {1, 3}}}),
              testing::Contains(HasSubstr("it waits although no trial is running")));

  struct CountingRule final : StoppingRule {
    bool should_trial_stop(const Trial&, const Results&, bool) override {
      return ++calls_ % 5 == 0;
    }
    int calls_ = 0;
  };
  EXPECT_THAT(contract_violations(own("counting", [] { return std::make_unique<CountingRule>(); })),
              testing::Contains(HasSubstr("after a restart the verdict")));
}

TEST(ChangedAlgorithm, StartsAfreshAndTheBudgetCountsEverything) {
  Rehearsal study(study_with(GridSearch{}, {Choice{"a", {1, 2, 3}}}));
  EXPECT_EQ(run(study).size(), 3u);
  auto again = study_with(Iterate{{{{"a", 3}}, {{"a", 1}}}}, {Choice{"a", {1, 2, 3}}});
  EXPECT_THROW(study.restart(again), Exception);
  again.update = true;
  study.restart(again);
  auto seen = run(study);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].get<int>("a"), 3);
}

}  // namespace
}  // namespace sherpa
