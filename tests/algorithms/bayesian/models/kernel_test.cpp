#include "algorithms/bayesian/models/kernel.hpp"

#include "tests/support/gaussian_processes.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace sherpa::algorithms {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace testing_support;

TEST(Kernel, OfEffectsIsASumOverParameters) {
  Random random(5);
  MatrixXd x = random_points(12, 3, random), other = random_points(7, 3, random);
  auto both = structure(mixed_three(), standardization()), alone = both;
  both.effects = true;
  VectorXd theta = both.prior_mean();
  for (Index i = 0; i < theta.size(); ++i) theta[i] += 0.3 * random.normal();
  MatrixXd got = covariance(both, theta, scale_inputs(both, x, theta).columns,
                            scale_inputs(both, other, theta).columns);
  MatrixXd expected = covariance(alone, theta, scale_inputs(alone, x, theta).columns,
                                 scale_inputs(alone, other, theta).columns);
  for (Index i = 0; i < x.rows(); ++i)
    for (Index j = 0; j < other.rows(); ++j)
      for (Index p = 0; p < 3; ++p) {
        double distance = p < 2
                              ? std::abs(x(i, p) - other(j, p))
                              : static_cast<int>(3 * x(i, p)) != static_cast<int>(3 * other(j, p));
        double s = std::sqrt(5) * distance / std::exp(theta[both.effect(p)]);
        expected(i, j) +=
            std::exp(theta[both.effects_at()]) / 3 * (1 + s + s * s / 3) * std::exp(-s);
      }
  EXPECT_LT((got - expected).cwiseAbs().maxCoeff(), 1e-12);
  EXPECT_NEAR(covariance(both, theta, scale_inputs(both, x, theta).columns,
                         scale_inputs(both, x, theta).columns)(3, 3),
              variance(both, theta), 1e-12);
}

TEST(Kernel, HasAHyperparameterInEachPlaceOfItsLayout) {
  auto gp = structure(mixed_three(), tanh_warp());
  EXPECT_EQ(gp.size(), 3 + 2 + 9);
  gp.input_warp = true;
  EXPECT_EQ(gp.input_at(), 14);
  EXPECT_EQ(gp.size(), 14 + 6);
  gp.input_warp = false;
  gp.effects = true;
  EXPECT_EQ(gp.effects_at(), 14);
  EXPECT_EQ(gp.effect(2), 17);
  EXPECT_EQ(gp.size(), 14 + 1 + 3);
  const VectorXd mean = gp.prior_mean();
  EXPECT_TRUE((gp.low().array() <= mean.array()).all());
  EXPECT_TRUE((mean.array() <= gp.high().array()).all());
  EXPECT_TRUE((gp.prior_deviation().array() > 0).all());
}

TEST(Kernel, IsTheMaternOfTheScaledDistance) {
  const MatrixXd a{{0, 0}}, b{{3, 4}, {0, 0}, {0.3, 0.4}};
  const Matern matern(a, b, true);
  for (Index j = 0; j < 3; ++j) {
    const double s = std::sqrt(5.0) * b.row(j).norm();
    EXPECT_NEAR(matern.correlation(0, j), (1 + s + s * s / 3) * std::exp(-s), 1e-14);
    EXPECT_NEAR(matern.slope(0, j), 5.0 / 3 * (1 + s) * std::exp(-s), 1e-14);
  }
}

TEST(Kernel, DerivesInputWarpsByTheirParameters) {
  const auto gp = structure(three(), standardization(), true);
  Random random(6);
  const MatrixXd x = random_points(5, 3, random);
  const VectorXd theta = hyperparameters_near_prior(gp, random);
  const ScaledInputs at = scale_inputs(gp, x, theta, true);
  const double h = 1e-6;
  for (Index p = 0; p < 3; ++p)
    for (bool a : {true, false}) {
      VectorXd up = theta, down = theta;
      const Index parameter = gp.input_at() + (a ? 0 : 3) + p;
      up[parameter] += h;
      down[parameter] -= h;
      const MatrixXd difference =
          (scale_inputs(gp, x, up).columns - scale_inputs(gp, x, down).columns) / (2 * h);
      const MatrixXd& derivative = a ? at.by_a : at.by_b;
      EXPECT_LT((derivative.col(p) - difference.col(p)).cwiseAbs().maxCoeff(), 1e-6);
    }
}

TEST(KernelRow, HasTheCovariancesAndTheirGradient) {
  Random random(7);
  const MatrixXd x = random_points(9, 3, random);
  const VectorXd weights = random_points(9, 1, random).col(0);
  for (bool effects : {false, true}) {
    auto gp = structure(mixed_three(), standardization(), !effects);
    gp.effects = effects;
    const VectorXd theta = hyperparameters_near_prior(gp, random);
    const MatrixXd columns = scale_inputs(gp, x, theta).columns;
    const VectorXd point{{0.41, 0.37, 0.5}};
    auto row_at = [&](const VectorXd& at) { return KernelRow(gp, theta, at, columns); };
    const MatrixXd scaled = scale_inputs(gp, point.transpose(), theta).columns;
    const VectorXd expected = covariance(gp, theta, columns, scaled);
    EXPECT_LT((row_at(point).values() - expected).cwiseAbs().maxCoeff(), 1e-12);
    const VectorXd gradient = row_at(point).gradient(weights);
    for (Index p = 0; p < 2; ++p) {
      VectorXd up = point, down = point;
      up[p] += 1e-6;
      down[p] -= 1e-6;
      const double difference =
          weights.dot(row_at(up).values()) - weights.dot(row_at(down).values());
      EXPECT_NEAR(gradient[p], difference / 2e-6, 1e-6 * (1 + std::abs(gradient[p]))) << p;
    }
    EXPECT_EQ(gradient[2], 0) << "a Choice has no gradient";
  }
}

}  // namespace
}  // namespace sherpa::algorithms
