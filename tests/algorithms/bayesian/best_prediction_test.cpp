#include "core/space/specification.hpp"
#include "tests/support/bayesian_studies.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

namespace sherpa {
namespace {

using runtime::Rehearsal;
using namespace testing_support::bayesian;

TEST(BestPrediction, PredictsTheBestConfiguration) {
  for (ModelType model : {ModelType::gp, ModelType::gp_mcmc, ModelType::rf}) {
    const BayesianOptimization algorithm{.model_type = model};
    Rehearsal study(setup(algorithm, square(), false));
    EXPECT_EQ(algorithm.get_best_pred(square(), study.results(), false), std::nullopt);
    Random random(3);
    // Good, bad and failed ones, with so much noise that the best result is a lucky one.
    auto seen = run(study, 60, [&](const Configuration& c) {
      return c.get<double>("y") > 13 ? std::nan("") : 3 * random.normal() - branin(c);
    });
    auto predicted = algorithm.get_best_pred(square(), study.results(), false);
    ASSERT_TRUE(predicted);
    EXPECT_LT(branin(*predicted), 5) << base::name_of(model);
    EXPECT_EQ(algorithm.get_best_pred(square(), study.results(), false), predicted);
    // Upside down it is somewhere else.
    EXPECT_GT(branin(*algorithm.get_best_pred(square(), study.results(), true)), 15)
        << base::name_of(model);
  }
}

TEST(BestPrediction, PredictsFromResultsOfAnyAlgorithm) {
  StudySetup random_search{.parameters = mixed(),
                           .algorithm = RandomSearch{},
                           .lower_is_better = true,
                           .random_seed = 5};
  Rehearsal study(random_search);
  run(study, 40, mixed_objective);
  auto predicted = BayesianOptimization{}.get_best_pred(mixed(), study.results(), true);
  ASSERT_TRUE(predicted);
  EXPECT_LT(mixed_objective(*predicted), mixed_objective(study.best()->parameters) + 0.05);
  EXPECT_THROW(BayesianOptimization{}.get_best_pred(square(), study.results(), true), Exception);
}

}  // namespace
}  // namespace sherpa
