#include "core/space/specification.hpp"
#include "core/space/specification_limits.hpp"
#include "tests/support/bayesian_studies.hpp"
#include "tests/support/parallel_restarts.hpp"
#include "tests/support/sanitized.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/contract.hpp>
#include <sherpa/stopping_rules.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

namespace sherpa {
namespace {

using runtime::Rehearsal;
using testing::HasSubstr;
using testing_support::sanitized;
using namespace testing_support::bayesian;

/// Always four at once; the oldest ends first.
std::vector<Configuration> run_four(Rehearsal& study, std::size_t most, const Function& objective) {
  std::vector<Configuration> seen;
  std::vector<Rehearsal::Started> running;
  while (true) {
    while (running.size() < 4 && seen.size() < most) {
      auto next = study.take();
      auto* trial = std::get_if<Rehearsal::Started>(&next);
      if (!trial) break;
      seen.push_back(trial->parameters);
      running.push_back(*trial);
    }
    if (running.empty()) return seen;
    study.observe(running.front(), objective(running.front().parameters));
    study.finalize(running.front());
    running.erase(running.begin());
  }
}

std::size_t different(const std::vector<Configuration>& seen) {
  std::set<std::string> shown;
  for (const auto& one : seen) {
    std::ostringstream out;
    out << one;
    shown.insert(out.str());
  }
  return shown.size();
}

// Every model with every acquisition.

class EveryPair : public testing::TestWithParam<std::tuple<ModelType, AcquisitionType>> {
 protected:
  BayesianOptimization options() const {
    return {.model_type = std::get<0>(GetParam()), .acquisition_type = std::get<1>(GetParam())};
  }
};

TEST_P(EveryPair, FindsGoodConfigurationsOneByOneAndFourAtOnce) {
  for (bool four : {false, true}) {
    if (sanitized && !four) continue;
    Rehearsal study(setup(options(), mixed()));
    auto seen = four ? run_four(study, 24, mixed_objective) : run(study, 24, mixed_objective);
    ASSERT_EQ(seen.size(), 24u);
    EXPECT_EQ(different(seen), 24u);
    EXPECT_LT(study.best()->objective, 1) << (four ? "four at once" : "one by one");
  }
}

TEST_P(EveryPair, GoesOnAfterARestartAsIfThereHadBeenNone) {
  Rehearsal whole(setup(options(), mixed())), broken(setup(options(), mixed()));
  auto expected = run(whole, 14, mixed_objective);
  auto seen = run(broken, 9, mixed_objective);
  broken.restart();
  for (auto& one : run(broken, 5, mixed_objective)) seen.push_back(one);
  EXPECT_EQ(seen, expected);
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryPair,
    testing::Combine(testing::Values(ModelType::gp, ModelType::gp_mcmc, ModelType::sparse_gp,
                                     ModelType::warped_gp, ModelType::input_warped_gp,
                                     ModelType::rf),
                     testing::Values(AcquisitionType::ei, AcquisitionType::ei_mcmc,
                                     AcquisitionType::mpi, AcquisitionType::mpi_mcmc,
                                     AcquisitionType::lcb, AcquisitionType::lcb_mcmc)),
    [](const auto& one) {
      return std::string(base::name_of(std::get<0>(one.param))) + "_with_" +
             std::string(base::name_of(std::get<1>(one.param)));
    });

TEST(BayesianOptimization, GoesOnAsIfNothingHadBeenWhereverItIsRestartedWithTrialsSideBySide) {
  for (ModelType model :
       {ModelType::gp, ModelType::sparse_gp, ModelType::input_warped_gp, ModelType::rf}) {
    testing_support::ParallelPlay play{
        .algorithm = BayesianOptimization{.model_type = model},
        .parameters = mixed(),
        .trials = 14,
        .objective = [](TrialId, const Configuration& c) { return mixed_objective(c); }};
    const auto whole = testing_support::play(play);
    for (std::uint64_t at = 1; at <= whole.size(); ++at)
      EXPECT_EQ(testing_support::play(play, at), whole)
          << base::name_of(model) << " restarted after " << at;
  }
}

constexpr int many = sanitized ? 126 : 510;

/// With enough data for trees that are replaced a few at a time, and hyperparameters that are not
/// tuned at each trial.
TEST(BayesianOptimization, GoesOnAfterARestartWithManyTrials) {
  for (ModelType model : {ModelType::sparse_gp, ModelType::rf}) {
    Rehearsal study(setup({.model_type = model}, square()));
    Random random(2);
    auto more = [&](int trials) {
      for (int i = 0; i < trials; ++i) {
        study.enqueue({{"x", random.uniform(-5, 10)}, {"y", random.uniform(0, 15)}});
        auto trial = std::get<Rehearsal::Started>(study.take());
        study.observe(trial, branin(trial.parameters));
        study.finalize(trial);
      }
    };
    // Whether the model kept up all the time, or was built from all of it at once.
    more(many);
    run(study, 1, branin);
    more(2);
    run(study, 1, branin);
    more(27);
    auto kept_up = std::get<Rehearsal::Started>(study.take());
    study.restart();
    auto built = std::get<Rehearsal::Started>(study.take());
    EXPECT_EQ(built.parameters, kept_up.parameters);
    study.observe(built, branin(built.parameters));
    study.finalize(built);
    auto next = run(study, 1, branin);
    EXPECT_EQ(next.size(), 1u);
  }
}

TEST(BayesianOptimization, KeepsTheContract) {
  EXPECT_EQ(contract_violations(BayesianOptimization{}, mixed(), {.trials = 16}),
            std::vector<std::string>{});
  EXPECT_EQ(contract_violations(BayesianOptimization{.model_type = ModelType::rf}, mixed(),
                                {.trials = 16}),
            std::vector<std::string>{});
}

TEST(BayesianOptimization, FindsTheMinimumOfBranin) {
  Rehearsal study(setup({}, square()));
  run(study, 40, branin);
  EXPECT_LT(study.best()->objective, 0.398 + 0.01);
  Rehearsal upwards(setup({}, square(), false));
  run(upwards, 40, [](const Configuration& c) { return -branin(c); });
  EXPECT_GT(upwards.best()->objective, -0.398 - 0.01);
}

TEST(BayesianOptimization, IsDoneWhenAFiniteSpaceIsExhaustedAndRepeatsNothing) {
  std::vector<Parameter> small{Choice{"a", {"x", "y", "z"}}, Discrete{"n", {1, 4}}};
  Rehearsal study(setup({}, small));
  auto seen = run_four(study, 50, [](const Configuration& c) { return c.get<double>("n"); });
  EXPECT_EQ(seen.size(), 12u);
  EXPECT_EQ(different(seen), 12u);
  EXPECT_TRUE(std::holds_alternative<Done>(study.take()));
  Rehearsal single(setup({}, {Choice{"only", {1}}}));
  EXPECT_EQ(run(single, 5, [](const Configuration&) { return 1.0; }).size(), 1u);
}

TEST(BayesianOptimization, BeginsWithTheConfigurationsGiven) {
  std::vector<Configuration> given{{{"x", 1.0}, {"y", 2.0}}, {{"x", 3.0}, {"y", 4.0}}};
  Rehearsal study(setup({.initial_data_points = given}, square()));
  auto seen = run(study, 5, branin);
  EXPECT_EQ(seen[0], given[0]);
  EXPECT_EQ(seen[1], given[1]);
  EXPECT_EQ(different(seen), 5u);
}

TEST(BayesianOptimization, EndsWithItsBudget) {
  Rehearsal study(setup({.max_num_trials = 7}, square()));
  EXPECT_EQ(run(study, 50, branin).size(), 7u);
}

TEST(BayesianOptimization, RefusesWhatMakesNoSense) {
  auto refused = [](BayesianOptimization options) {
    try {
      Rehearsal study(setup(std::move(options), square()));
    } catch (const Exception& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_EQ(refused({.initial_data_points = {{{"x", 1.0}, {"y", 1.0}}, {{"x", 11.0}, {"y", 1.0}}}}),
            "BayesianOptimization: initial_data_points: configuration 2: parameter 'x': 11.0 is "
            "outside [-5.0, 10.0]");
  EXPECT_THAT(refused({.initial_data_points = {{{"x", 1.0}}}}),
              HasSubstr("has no value for parameter 'y'"));
  EXPECT_THAT(refused({.max_concurrent = 0}), HasSubstr("max_concurrent is 0; use at least 1"));
  auto read = [](const char* json) { return space::algorithm_from_json(json).error().message; };
  EXPECT_THAT(read(R"({"name": "GPyOpt", "model_type": "GPP"})"),
              HasSubstr("model_type: expected one of GP, GP_MCMC"));
  EXPECT_THAT(read(R"({"name": "GPyOpt", "acquisition_type": "UCB"})"),
              HasSubstr("acquisition_type: expected one of EI"));
  EXPECT_THAT(read(R"({"name": "GPyOpt", "num_initial_data_points": "some"})"),
              HasSubstr("a whole number or infer"));
}

TEST(BayesianOptimization, IsReadUnderItsNamesInSherpa) {
  auto read = *space::algorithm_from_json(
      R"({"name": "GPyOpt", "model_type": "warperdGP", "num_initial_data_points": "infer", "max_num_trials": 3})");
  EXPECT_EQ(read.name(), "BayesianOptimization");
  EXPECT_EQ(read, AlgorithmSpecification(BayesianOptimization{.model_type = ModelType::warped_gp,
                                                              .max_num_trials = 3}));
  EXPECT_THAT(read.to_json(), HasSubstr(R"("num_initial_data_points":"infer")"));
  EXPECT_EQ(space::budget_of(read), 3u);
}

// Objectives that are no textbook's.

double finds(const Function& objective, std::size_t trials = 30) {
  Rehearsal study(setup({}, square()));
  double best = HUGE_VAL;
  run(study, trials, [&](const Configuration& c) {
    best = std::min(best, branin(c));
    return objective(c);
  });
  return best;
}

TEST(BayesianOptimization, WorksAtEveryScale) {
  for (double scale : {1e300, 1e-300, 1.0})
    EXPECT_LT(finds([&](const Configuration& c) { return scale * branin(c); }), 0.6) << scale;
  EXPECT_LT(finds([](const Configuration& c) { return 1e9 + branin(c); }), 0.6);
}

TEST(BayesianOptimization, LivesWithOutliersNoiseAndFailures) {
  EXPECT_LT(
      finds([](const Configuration& c) { return c.get<double>("x") > 8 ? 1e12 : branin(c); }, 50),
      0.6);
  Random random(3);
  EXPECT_LT(finds([&](const Configuration& c) { return branin(c) + random.normal(); }, 40), 3);
  EXPECT_LT(
      finds(
          [](const Configuration& c) { return c.get<double>("y") > 10 ? std::nan("") : branin(c); },
          40),
      0.6);
}

TEST(BayesianOptimization, LivesWithConstantObjectivesAndNothingButFailures) {
  for (double value : {0.0, 1.0, -1e300, std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    Rehearsal study(setup({}, mixed()));
    EXPECT_EQ(different(run(study, 15, [&](const Configuration&) { return value; })), 15u) << value;
  }
}

TEST(BayesianOptimization, KeepsAwayFromWhereTrialsFail) {
  std::ptrdiff_t failed = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    auto one = setup({}, square());
    one.random_seed = seed;
    Rehearsal study(one);
    auto seen = run(study, 50, [](const Configuration& c) {
      return c.get<double>("y") > 5 ? std::nan("") : branin(c);
    });
    failed += std::count_if(seen.begin() + 25, seen.end(),
                            [](const auto& c) { return c.template get<double>("y") > 5; });
  }
  EXPECT_LT(failed, 40);  // of 100, where chance makes it 67
}

TEST(BayesianOptimization, WorksWithTwoHundredParameters) {
  const int count = sanitized ? 60 : 200;
  std::vector<Parameter> parameters;
  for (int i = 0; i < count; ++i) parameters.push_back(Continuous{"p" + std::to_string(i), {0, 1}});
  Rehearsal study(setup({}, parameters));
  const int trials = count + 5;  // the model is asked for the last of them
  auto seen = run(study, trials,
                  [](const Configuration& c) { return c.get<double>("p0") + c.get<double>("p1"); });
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(trials));
}

TEST(BayesianOptimization, IsNotRuinedByOneOutlier) {
  for (ModelType model : {ModelType::gp, ModelType::warped_gp, ModelType::input_warped_gp,
                          ModelType::sparse_gp, ModelType::rf})
    for (int at : {3, 12}) {
      Rehearsal study(setup({.model_type = model}, square()));
      double best = HUGE_VAL;
      int k = 0;
      run(study, 50, [&](const Configuration& c) {
        if (++k == at) return 1e12;
        best = std::min(best, branin(c));
        return branin(c);
      });
      EXPECT_LT(best, 0.398 + (model == ModelType::rf ? 1 : 0.25))
          << base::name_of(model) << ", trial " << at;
    }
}

TEST(BayesianOptimization, LearnsUsersTrials) {
  Rehearsal study(setup({}, square()));
  Random random(1);
  // Enough of them to begin with the model at once, which then searches where they were good.
  for (int i = 0; i < 30; ++i) {
    study.enqueue({{"x", random.uniform(2, 5)}, {"y", random.uniform(0, 4)}});
    auto trial = std::get<Rehearsal::Started>(study.take());
    study.observe(trial, branin(trial.parameters));
    study.finalize(trial);
  }
  run(study, 5, branin);
  EXPECT_LT(study.best()->objective, 0.398 + 0.01);
}

}  // namespace
}  // namespace sherpa
