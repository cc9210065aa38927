#include "algorithms/numerics/lbfgs.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace sherpa::algorithms {
namespace {

using Eigen::VectorXd;

double rosenbrock(const VectorXd& x, VectorXd& gradient) {
  gradient.resize(2);
  double a = 1 - x[0], b = x[1] - x[0] * x[0];
  gradient << -2 * a - 400 * x[0] * b, 200 * b;
  return a * a + 100 * b * b;
}

TEST(Lbfgs, FollowsACurvedValley) {
  auto found = minimize(
      rosenbrock, VectorXd{{-1.2, 1}}, VectorXd{{-5, -5}}, VectorXd{{5, 5}},
      {.iterations = 200, .evaluations = 300, .gradient_tolerance = 1e-8, .value_tolerance = 0});
  EXPECT_NEAR(found.x[0], 1, 1e-6);
  EXPECT_NEAR(found.x[1], 1, 1e-6);
}

TEST(Lbfgs, StopsAtTheBounds) {
  auto found = minimize(rosenbrock, VectorXd{{0, 0}}, VectorXd{{-1, -1}}, VectorXd{{0.5, 2}},
                        {.iterations = 200, .evaluations = 300});
  EXPECT_DOUBLE_EQ(found.x[0], 0.5);
  EXPECT_NEAR(found.x[1], 0.25, 1e-3);
}

TEST(Lbfgs, GoesOnWhereOneCoordinateIsHeld) {
  auto f = [](const VectorXd& x, VectorXd& gradient) {
    gradient = 2 * (x.array() - 3);
    return (x.array() - 3).square().sum();
  };
  auto found = minimize(f, VectorXd{{0, 1, 0}}, VectorXd{{-5, 1, -5}}, VectorXd{{5, 1, 5}});
  EXPECT_NEAR(found.x[0], 3, 1e-6);
  EXPECT_EQ(found.x[1], 1);
  EXPECT_NEAR(found.x[2], 3, 1e-6);
}

TEST(Lbfgs, LivesWithRegionsWithoutAValue) {
  auto f = [](const VectorXd& x, VectorXd& gradient) {
    gradient = VectorXd::Constant(1, 1 - 1 / x[0]);
    return x[0] < 0.5 ? std::nan("") : x[0] - std::log(x[0]);
  };
  auto found = minimize(f, VectorXd{{4}}, VectorXd{{0}}, VectorXd{{10}});
  EXPECT_NEAR(found.x[0], 1, 1e-3);
  EXPECT_EQ(minimize(f, VectorXd{{0.1}}, VectorXd{{0}}, VectorXd{{10}}).value, HUGE_VAL);
}

}  // namespace
}  // namespace sherpa::algorithms
