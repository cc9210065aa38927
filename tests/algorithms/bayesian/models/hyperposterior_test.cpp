#include "algorithms/bayesian/models/hyperposterior.hpp"

#include "algorithms/numerics/slice_sampling.hpp"
#include "tests/support/gaussian_processes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace sherpa::algorithms {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace testing_support;

TEST(Hyperposterior, HasTheGradientOfItsValue) {
  Random random(3);
  MatrixXd x = random_points(15, 3, random);
  VectorXd y = some_objective(x);
  std::vector<std::shared_ptr<const OutputWarp>> warps{standardization(), asinh_warp(),
                                                       tanh_warp()};
  for (const auto& warp : warps)
    for (int more = 0; more < 3; ++more) {
      auto one = structure(mixed_three(), warp, more == 1);
      one.effects = more == 2;
      Hyperposterior posterior(one, x, y);
      VectorXd theta = one.prior_mean(), gradient, ignored;
      for (Index i = 0; i < theta.size(); ++i) theta[i] += 0.3 * random.normal();
      theta[one.noise()] = -4;
      posterior(theta, gradient);
      for (Index i = 0; i < theta.size(); ++i) {
        VectorXd up = theta, down = theta;
        up[i] += 1e-5;
        down[i] -= 1e-5;
        EXPECT_NEAR(gradient[i], (posterior(up) - posterior(down)) / 2e-5,
                    1e-4 * (1 + std::abs(gradient[i])))
            << "hyperparameter " << i << " of " << theta.size();
      }
    }
}

/// Of the hyperparameters of a process over one parameter, on a grid: ln ℓ, ln of the signal's
/// variance, ln of the noise's.
TEST(Hyperposterior, SampledBySlicesHasTheMomentsThatQuadratureHas) {
  Random random(11);
  const std::vector<Parameter> one{Continuous{"x", {0, 1}}};
  MatrixXd x = random_points(12, 1, random);
  VectorXd y(x.rows());
  for (Index i = 0; i < y.size(); ++i) y[i] = std::sin(7 * x(i, 0)) + 0.3 * random.normal();
  const auto process = structure(one, standardization());
  ASSERT_EQ(process.size(), 3);
  const Hyperposterior posterior(process, x, y);
  const VectorXd low = process.low(), high = process.high();

  constexpr int cells = 60;  // along each axis
  std::vector<VectorXd> grid;
  std::vector<double> values;
  auto middle = [&](Index axis, int cell) {
    return low[axis] + (high[axis] - low[axis]) * (cell + 0.5) / cells;
  };
  for (int i = 0; i < cells; ++i)
    for (int j = 0; j < cells; ++j)
      for (int k = 0; k < cells; ++k) {
        grid.push_back(VectorXd{{middle(0, i), middle(1, j), middle(2, k)}});
        values.push_back(posterior(grid.back()));
      }
  const double least = *std::min_element(values.begin(), values.end());
  double weight = 0;
  VectorXd mean = VectorXd::Zero(3), square = VectorXd::Zero(3);
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const double w = std::exp(least - values[i]);
    weight += w;
    mean += w * grid[i];
    square += w * grid[i].cwiseAbs2();
  }
  mean /= weight;
  const VectorXd deviation = (square / weight - mean.cwiseAbs2()).cwiseSqrt();

  auto log_density = [&](const VectorXd& at) { return -posterior(at); };
  const int draws = 8000;
  VectorXd at = process.prior_mean(), sum = VectorXd::Zero(3), squares = VectorXd::Zero(3);
  for (int i = 0; i < draws; ++i) {
    at = slice_sample(log_density, at, 0.5 * process.prior_deviation(), low, high, random);
    sum += at;
    squares += at.cwiseAbs2();
  }
  const VectorXd drawn = sum / draws, spread = (squares / draws - drawn.cwiseAbs2()).cwiseSqrt();
  for (Index i = 0; i < 3; ++i) {
    EXPECT_NEAR(drawn[i], mean[i], 0.1 * deviation[i]) << "hyperparameter " << i;
    EXPECT_NEAR(spread[i], deviation[i], 0.1 * deviation[i]) << "hyperparameter " << i;
  }
}

}  // namespace
}  // namespace sherpa::algorithms
