#include "algorithms/bayesian/models/model.hpp"
#include "tests/support/random_points.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

namespace sherpa::algorithms {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing_support::random_points;

space::SearchSpace square() {
  return *space::SearchSpace::make({Continuous{"a", {0, 1}}, Continuous{"b", {0, 1}}});
}

VectorXd objectives_at(const MatrixXd& x) {
  return (x.col(0).array() - 0.3).square() + (4 * x.col(1).array()).sin();
}

void fit(Model& model, const MatrixXd& x, const VectorXd& y) {
  Random random(9);
  model.fit_hyperparameters(x, y, true, random);
  model.condition(x, y, random);
}

TEST(GpModel, HasAMemberForEachSampleOfTheHyperparameters) {
  Random random(1);
  const MatrixXd x = random_points(20, 2, random);
  const auto one = make_model(ModelType::gp, false, square());
  const auto sampled = make_model(ModelType::gp_mcmc, false, square());
  const auto averaged = make_model(ModelType::gp, true, square());
  for (const auto& model : {one.get(), sampled.get(), averaged.get()})
    fit(*model, x, objectives_at(x));
  EXPECT_EQ(one->members(), 1);
  EXPECT_EQ(sampled->members(), 8);
  EXPECT_EQ(averaged->members(), 8);
}

TEST(GpModel, PredictsASmoothObjective) {
  Random random(2);
  const MatrixXd x = random_points(40, 2, random), at = random_points(200, 2, random);
  const VectorXd y = objectives_at(x), truth = objectives_at(at);
  for (ModelType type :
       {ModelType::gp, ModelType::sparse_gp, ModelType::warped_gp, ModelType::input_warped_gp}) {
    const auto model = make_model(type, false, square());
    fit(*model, x, y);
    VectorXd mean, variance;
    model->predict(at, 0, mean, variance);
    // Its scale is its own: compared by correlation.
    const VectorXd a = mean.array() - mean.mean(), b = truth.array() - truth.mean();
    EXPECT_GT(a.dot(b) / (a.norm() * b.norm()), 0.8);
    EXPECT_GT(variance.minCoeff(), 0);
  }
}

TEST(GpModel, IsTheSameForAScaledObjective) {
  Random random(3);
  const MatrixXd x = random_points(15, 2, random), at = random_points(5, 2, random);
  const VectorXd y = objectives_at(x), other = 1024 * y;
  const auto model = make_model(ModelType::gp, false, square());
  const auto scaled = make_model(ModelType::gp, false, square());
  fit(*model, x, y);
  fit(*scaled, x, other);
  VectorXd mean, variance, other_mean, other_variance;
  model->predict(at, 0, mean, variance);
  scaled->predict(at, 0, other_mean, other_variance);
  EXPECT_EQ(mean, other_mean);
  EXPECT_EQ(variance, other_variance);
}

TEST(GpModel, FantasizesOnACopy) {
  Random random(4);
  const MatrixXd x = random_points(15, 2, random), pending = random_points(3, 2, random);
  const auto model = make_model(ModelType::gp, false, square());
  fit(*model, x, objectives_at(x));
  VectorXd mean, variance, fantasized_mean, fantasized_variance;
  model->predict(pending, 0, mean, variance);
  model->fantasize(pending)->predict(pending, 0, fantasized_mean, fantasized_variance);
  EXPECT_LT((fantasized_mean - mean).cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_GT((variance - fantasized_variance).minCoeff(), 0);
  VectorXd again, variance_again;
  model->predict(pending, 0, again, variance_again);
  EXPECT_EQ(variance_again, variance);
}

TEST(FailureModel, ExpectsFailuresWhereTheyWere) {
  Random random(5);
  const MatrixXd x = random_points(40, 2, random);
  const VectorXd failed = (x.col(0).array() > 0.5).cast<double>();
  const auto model = make_failure_model(square());
  fit(*model, x, failed);
  EXPECT_GT(model->posterior_at(VectorXd{{0.9, 0.5}}, 0).mean, 0.6);
  EXPECT_LT(model->posterior_at(VectorXd{{0.1, 0.5}}, 0).mean, 0.4);
}

}  // namespace
}  // namespace sherpa::algorithms
