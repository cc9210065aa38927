#include "algorithms/bayesian/acquisition/acquisition.hpp"

#include "tests/support/random_points.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace sherpa::algorithms {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing_support::random_points;

/// A process of two parameters that has seen twenty points, and what it expects of three that run.
class AcquisitionTest : public testing::Test {
 protected:
  AcquisitionTest() {
    model->fit_hyperparameters(points, objectives, true, random);
    model->condition(points, objectives, random);
    fantasize = model->fantasize(running);
  }

  Random random{3};
  std::unique_ptr<Model> model =
      make_model(ModelType::gp, false,
                 *space::SearchSpace::make({Continuous{"a", {0, 1}}, Continuous{"b", {0, 1}}}));
  MatrixXd points = random_points(20, 2, random), running = random_points(3, 2, random);
  VectorXd objectives = (points.col(0).array() - 0.3).square() + (4 * points.col(1).array()).sin();
  std::unique_ptr<Surrogate> fantasize;
};

TEST_F(AcquisitionTest, CountsDeviationsForMoreTheMoreItDoubts) {
  const MatrixXd at = random_points(10, 2, random);
  VectorXd mean, variance;
  fantasize->predict(at, 0, mean, variance);
  for (double factor : {1.0, 1.5, 2.0}) {
    Acquisition acquisition(*fantasize, Criterion::lcb, false, nullptr);
    acquisition.inflate_variance(factor);
    const VectorXd expected = 2 * factor * variance.cwiseSqrt() - mean;
    EXPECT_LT((acquisition.values(at) - expected).cwiseAbs().maxCoeff(), 1e-9) << factor;
  }
}

TEST_F(AcquisitionTest, HasTheSlopesOfItsValues) {
  for (Criterion criterion : {Criterion::ei, Criterion::mpi, Criterion::lcb}) {
    Acquisition acquisition(*fantasize, criterion, false, nullptr);
    acquisition.inflate_variance(1.15);
    for (int repeat = 0; repeat < 10; ++repeat) {
      const VectorXd at = random_points(1, 2, random).row(0).transpose();
      VectorXd slope;
      const double value = acquisition.value_and_gradient(at, slope);
      EXPECT_NEAR(acquisition.values(at.transpose())[0], value, 1e-6 * (1 + std::abs(value)));
      for (Index p = 0; p < 2; ++p) {
        MatrixXd beside = at.transpose().replicate(2, 1);
        beside(0, p) += 1e-6;
        beside(1, p) -= 1e-6;
        const VectorXd values = acquisition.values(beside);
        EXPECT_NEAR(slope[p], (values[0] - values[1]) / 2e-6, 1e-2 * (1 + std::abs(slope[p])));
      }
    }
  }
}

TEST_F(AcquisitionTest, GainsNothingWhereARunningTrialIsBelievedToReachTheBest) {
  // The best of what is expected anywhere runs already: there, and a hair beside it, next to
  // nothing is to be gained.
  const MatrixXd many = random_points(2000, 2, random);
  VectorXd mean, variance;
  model->predict(many, 0, mean, variance);
  Index lowest = 0;
  ASSERT_LT(mean.minCoeff(&lowest), model->best_mean(0));
  const auto knowing = model->fantasize(many.row(lowest));
  const double before =
      Acquisition(*model, Criterion::ei, false, nullptr).values(many.row(lowest))[0];
  const double after =
      Acquisition(*knowing, Criterion::ei, false, nullptr).values(many.row(lowest))[0];
  EXPECT_LT(after, before - 1);
}

}  // namespace
}  // namespace sherpa::algorithms
