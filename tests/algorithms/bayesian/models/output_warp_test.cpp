#include "algorithms/bayesian/models/output_warp.hpp"

#include <sherpa/random.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

namespace sherpa::algorithms {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

std::vector<std::shared_ptr<const OutputWarp>> warps() {
  return {standardization(), asinh_warp(), tanh_warp()};
}

VectorXd some_objectives() { return VectorXd{{0.0, 0.3, 0.7, 1.1, 1.2, 2.5, 0.4, 1.9}}; }

TEST(RobustScale, MapsTheBestTo0AndTheMeanTo1) {
  const VectorXd y{{3, 5, 4, 8}};
  const VectorXd scaled = RobustScale(y)(y);
  EXPECT_DOUBLE_EQ(scaled[0], 0);
  EXPECT_DOUBLE_EQ(scaled.mean(), 1);
  EXPECT_DOUBLE_EQ(scaled[3], 2.5);
  EXPECT_EQ(RobustScale()(7), 7);
}

TEST(RobustScale, IsTheSameAtEveryMagnitude) {
  const VectorXd y{{1, 2, 3, 6}}, expected = RobustScale(y)(y);
  for (double magnitude : {0x1p-1000, 0x1p+1000}) {
    const VectorXd large = magnitude * y;
    EXPECT_EQ(RobustScale(large)(large), expected) << magnitude;
  }
  const VectorXd far{{-1.7e308, 1.7e308}};
  EXPECT_TRUE(RobustScale(far)(far).allFinite());
}

TEST(RobustScale, MapsEqualObjectivesTo0) {
  for (double value : {0.0, -3.0, 1e300}) {
    const VectorXd y = VectorXd::Constant(4, value);
    EXPECT_EQ(RobustScale(y)(y), VectorXd::Zero(4)) << value;
  }
}

TEST(RobustScale, CountsAnOutlierAsTenTimesAsBad) {
  VectorXd y(20);
  for (Index i = 0; i < 20; ++i) y[i] = static_cast<double>(i);
  y[19] = 1e12;
  const RobustScale scale(y);
  EXPECT_DOUBLE_EQ(scale(1e12), 10 * scale(18));
  EXPECT_DOUBLE_EQ(scale(1e15), scale(1e12));
}

TEST(OutputWarp, StandardizesWhatItWarps) {
  for (const auto& warp : warps()) {
    const auto warped = warp->warp(some_objectives(), warp->prior_mean());
    EXPECT_NEAR(warped.values.mean(), 0, 1e-14);
    EXPECT_NEAR(warped.values.squaredNorm() / 8, 1, 1e-14);
  }
  const auto same = identity_warp()->warp(some_objectives(), VectorXd());
  EXPECT_EQ(same.values, some_objectives());
  EXPECT_EQ(same.log_jacobian, 0);
}

TEST(OutputWarp, IsMonotone) {
  for (const auto& warp : warps()) {
    VectorXd y = VectorXd::LinSpaced(50, -3, 5);
    const VectorXd values = warp->warp(y, warp->prior_mean()).values;
    for (Index i = 1; i < 50; ++i) EXPECT_GT(values[i], values[i - 1]);
  }
}

TEST(OutputWarp, HasTheGradientsOfItsValuesAndOfItsJacobian) {
  Random random(2);
  const double h = 1e-6;
  for (const auto& warp : warps()) {
    VectorXd parameters = warp->prior_mean();
    for (double& one : parameters) one += 0.3 * random.normal();
    const auto at = warp->warp(some_objectives(), parameters);
    for (Index p = 0; p < parameters.size(); ++p) {
      VectorXd up = parameters, down = parameters;
      up[p] += h;
      down[p] -= h;
      const auto above = warp->warp(some_objectives(), up);
      const auto below = warp->warp(some_objectives(), down);
      const VectorXd expected = (above.values - below.values) / (2 * h);
      EXPECT_LT((at.gradients.col(p) - expected).cwiseAbs().maxCoeff(), 1e-6) << p;
      EXPECT_NEAR(at.log_jacobian_gradient[p], (above.log_jacobian - below.log_jacobian) / (2 * h),
                  1e-6)
          << p;
    }
  }
}

TEST(OutputWarp, HasTheLogJacobianOfItsValues) {
  // Without what standardization adds: through warp_new, whose mean and deviation are fixed.
  const VectorXd y = some_objectives();
  const double h = 1e-6;
  for (const auto& warp : warps()) {
    const VectorXd parameters = warp->prior_mean();
    const VectorXd above = warp->warp_new(y.array() + h, y, parameters),
                   below = warp->warp_new(y.array() - h, y, parameters);
    const double expected = ((above - below) / (2 * h)).array().log().sum();
    EXPECT_NEAR(warp->warp(y, parameters).log_jacobian, expected, 1e-6);
  }
}

TEST(OutputWarp, WarpsNewObjectivesAsThoseBefore) {
  for (const auto& warp : warps()) {
    const VectorXd y = some_objectives(), parameters = warp->prior_mean();
    const VectorXd expected = warp->warp(y, parameters).values;
    EXPECT_LT((warp->warp_new(y.head(3), y, parameters) - expected.head(3)).cwiseAbs().maxCoeff(),
              1e-12);
  }
}

}  // namespace
}  // namespace sherpa::algorithms
