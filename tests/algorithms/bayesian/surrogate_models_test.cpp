#include "algorithms/bayesian/surrogate_models.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace sherpa::algorithms {
namespace {

namespace fact = study::fact;

space::SearchSpace line() { return *space::SearchSpace::make({Continuous{"x", {0, 1}}}); }

void run(History& history, TrialId trial, double x, double objective) {
  history.learn({.fact = fact::TrialIssued{trial, {{"x", x}}, {.k = trial}}});
  history.learn({.fact = fact::TrialEnded{
                     .trial = trial, .status = TrialStatus::completed, .objective = objective}});
}

TEST(SurrogateModels, HaveAModelOfFailuresOnceATrialFailed) {
  History history(line(), true, {});
  SurrogateModels models({}, line());
  for (TrialId t = 1; t <= 4; ++t)
    run(history, t, 0.2 * static_cast<double>(t), static_cast<double>(t));
  models.update(history);
  EXPECT_EQ(models.failures(1), nullptr);
  run(history, 5, 1, std::nan(""));
  models.update(history);
  ASSERT_NE(models.failures(1), nullptr);
  EXPECT_LT(models.failures(1)->posterior_at(Eigen::VectorXd{{0.2}}, 0).mean,
            models.failures(1)->posterior_at(Eigen::VectorXd{{1.0}}, 0).mean);
}

TEST(SurrogateModels, AverageOverHyperparametersWhereTheAcquisitionDoes) {
  EXPECT_FALSE(SurrogateModels({.acquisition_type = AcquisitionType::ei}, line()).averaged());
  for (auto type : {AcquisitionType::ei_mcmc, AcquisitionType::mpi_mcmc, AcquisitionType::lcb_mcmc})
    EXPECT_TRUE(SurrogateModels({.acquisition_type = type}, line()).averaged());
}

TEST(SurrogateModels, AreTheSameWhetherUpdatedOftenOrOnce) {
  History history(line(), true, {});
  SurrogateModels often({}, line()), once({}, line());
  for (TrialId t = 1; t <= 12; ++t) {
    const double x = std::fmod(0.37 * static_cast<double>(t), 1);
    run(history, t, x, std::sin(5 * x));
    often.update(history);
    often.objective(3);
  }
  once.update(history);
  const Eigen::VectorXd point{{0.44}};
  EXPECT_EQ(often.objective(3).posterior_at(point, 0).mean,
            once.objective(3).posterior_at(point, 0).mean);
}

TEST(Incumbents, AreTheBestMeasuredTrialsInOrder) {
  History history(line(), false, {});  // higher is better
  const double objectives[]{1, 7, std::nan(""), 3, 9, 5, 2};
  for (TrialId t = 1; t <= 7; ++t) run(history, t, 0.1 * static_cast<double>(t), objectives[t - 1]);
  const Eigen::MatrixXd best = incumbents(history);
  ASSERT_EQ(best.rows(), 5);
  const double expected[]{0.5, 0.2, 0.6, 0.4, 0.7};
  for (Eigen::Index i = 0; i < 5; ++i) EXPECT_DOUBLE_EQ(best(i, 0), expected[i]) << i;
}

}  // namespace
}  // namespace sherpa::algorithms
