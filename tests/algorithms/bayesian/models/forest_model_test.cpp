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

space::SearchSpace mixed() {
  return *space::SearchSpace::make(
      {Continuous{"a", {0, 1}}, Choice{"b", {"x", "y", "z"}}, Discrete{"n", {1, 9}}});
}

VectorXd objectives_at(const MatrixXd& x) {
  return (x.col(0).array() - 0.4).square() + (x.col(1).array() > 0.6).cast<double>();
}

std::unique_ptr<Model> fitted(bool members, const MatrixXd& x, const VectorXd& y) {
  auto model = make_forest_model(mixed(), members);
  Random random(8);
  model->fit_hyperparameters(x, y, true, random);
  model->condition(x, y, random);
  return model;
}

TEST(ForestModel, IsASingleMemberOrOneForEachTree) {
  Random random(1);
  const MatrixXd x = random_points(40, 3, random), at = random_points(10, 3, random);
  const VectorXd y = objectives_at(x);
  const auto whole = fitted(false, x, y), trees = fitted(true, x, y);
  EXPECT_EQ(whole->members(), 1);
  ASSERT_EQ(trees->members(), 20);
  // The forest's mean is that of its trees, its variance that of their mixture.
  VectorXd mean, variance, sum = VectorXd::Zero(10), squares = VectorXd::Zero(10);
  for (Index m = 0; m < 20; ++m) {
    trees->predict(at, m, mean, variance);
    sum += mean / 20;
    squares += (variance + mean.cwiseAbs2()) / 20;
  }
  whole->predict(at, 0, mean, variance);
  EXPECT_LT((mean - sum).cwiseAbs().maxCoeff(), 1e-12);
  EXPECT_LT((variance - (squares - sum.cwiseAbs2())).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(ForestModel, ExpectsLessWhereObjectivesWereLow) {
  Random random(2);
  const MatrixXd x = random_points(100, 3, random);
  const auto model = fitted(false, x, objectives_at(x));
  const auto good = model->posterior_at(VectorXd{{0.4, 0.2, 0.5}}, 0);
  const auto bad = model->posterior_at(VectorXd{{0.9, 0.9, 0.5}}, 0);
  EXPECT_LT(good.mean, bad.mean);
  EXPECT_GT(good.variance, 0);
}

TEST(ForestModel, GrowsByManyDataAsOneByOne) {
  Random random(3);
  const MatrixXd x = random_points(510, 3, random), at = random_points(20, 3, random);
  const VectorXd y = objectives_at(x);
  auto single = fitted(false, x.topRows(490), y.head(490));
  auto together = fitted(false, x.topRows(490), y.head(490));
  for (Index i = 490; i < 510; ++i) single->extend(x.row(i), y.segment(i, 1));
  together->extend(x.bottomRows(20), y.tail(20));
  VectorXd mean, variance, other_mean, other_variance;
  single->predict(at, 0, mean, variance);
  together->predict(at, 0, other_mean, other_variance);
  EXPECT_EQ(mean, other_mean);
  EXPECT_EQ(variance, other_variance);
  EXPECT_EQ(single->best_mean(0), together->best_mean(0));
}

TEST(ForestModel, HasNoGradientAndCannotFantasize) {
  Random random(4);
  const MatrixXd x = random_points(10, 3, random);
  const auto model = fitted(false, x, objectives_at(x));
  EXPECT_FALSE(model->differentiable());
  EXPECT_EQ(model->fantasize(x.topRows(1)), nullptr);
}

}  // namespace
}  // namespace sherpa::algorithms
