#include "algorithms/bayesian/models/gaussian_process.hpp"

#include "algorithms/bayesian/models/hyperposterior.hpp"
#include "algorithms/numerics/linear_algebra.hpp"
#include "algorithms/numerics/slice_sampling.hpp"
#include "tests/support/random_points.hpp"

#include <gtest/gtest.h>
#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace sherpa::algorithms {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing_support::random_points;

std::map<std::string, VectorXd> reference() {
  std::ifstream in(SHERPA_SOURCE "/tests/algorithms/data/gaussian_process.txt");
  std::map<std::string, VectorXd> out;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    std::vector<double> values;
    for (double x = 0; words >> x;) values.push_back(x);
    out[name] = Eigen::Map<VectorXd>(values.data(), static_cast<Index>(values.size()));
  }
  return out;
}

MatrixXd points_of(const VectorXd& flat) {
  return Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      flat.data(), flat.size() / 3, 3);
}

GpKind kind(const std::vector<Parameter>& parameters, std::shared_ptr<const OutputWarp> warp,
            bool input_warp = false) {
  return {.features = std::make_shared<const Features>(*space::SearchSpace::make(parameters)),
          .output = std::move(warp),
          .input_warp = input_warp};
}

std::vector<Parameter> three() {
  return {Continuous{"a", {0, 1}}, Continuous{"b", {0, 1}}, Continuous{"c", {0, 1}}};
}

VectorXd some_objective(const MatrixXd& x) {
  VectorXd y(x.rows());
  for (Index i = 0; i < x.rows(); ++i)
    y[i] = std::exp(2 * x(i, 0)) + std::sin(6 * x(i, 1)) + 0.1 * x(i, 2) + 3;
  return y;
}

TEST(GaussianProcess, AgreesWithScikitLearn) {
  auto r = reference();
  ASSERT_EQ(r["y"].size(), 25);
  auto zero = kind(three(), no_warp());
  zero.zero_mean = true;
  VectorXd theta(5);
  theta << r["lengths"].array().log(), std::log(r["signal"][0]), std::log(r["noise"][0]);
  MatrixXd x = points_of(r["x"]), at = points_of(r["at"]);
  VectorXd mean, variance;
  auto process = condition(zero, theta, x, r["y"]);
  process->predict(at, mean, variance);
  EXPECT_LT((mean - r["mean"]).cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_LT((variance - r["variance"]).cwiseAbs().maxCoeff(), 1e-6);
  for (Index i = 0; i < at.rows(); ++i) {
    auto moments = process->at(at.row(i).transpose());
    EXPECT_NEAR(moments.mean, r["mean"][i], 1e-6);
    EXPECT_NEAR(moments.variance, r["variance"][i], 1e-6);
  }
  VectorXd distance = (theta - zero.prior_mean()).cwiseQuotient(zero.prior_deviation());
  double log_likelihood = -(Hyperposterior(zero, x, r["y"])(theta) - 0.5 * distance.squaredNorm());
  EXPECT_NEAR(log_likelihood - 0.5 * 25 * std::log(2 * M_PI), r["log_likelihood"][0], 1e-6);
}

TEST(Hyperposterior, HasTheGradientOfItsValue) {
  std::vector<Parameter> mixed{Continuous{"a", {0, 1}}, Ordinal{"b", {1, 2, 3, 4}},
                               Choice{"c", {"x", "y", "z"}}};
  Random random(3);
  MatrixXd x = random_points(15, 3, random);
  VectorXd y = some_objective(x);
  std::vector<std::shared_ptr<const OutputWarp>> warps{no_warp(), asinh_warp(), tanh_warp()};
  for (const auto& warp : warps)
    for (int more = 0; more < 3; ++more) {
      auto one = kind(mixed, warp, more == 1);
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

TEST(Kernel, OfEffectsIsASumOverParameters) {
  std::vector<Parameter> mixed{Continuous{"a", {0, 1}}, Ordinal{"b", {1, 2, 3, 4}},
                               Choice{"c", {"x", "y", "z"}}};
  Random random(5);
  MatrixXd x = random_points(12, 3, random), other = random_points(7, 3, random);
  auto both = kind(mixed, no_warp()), alone = both;
  both.effects = true;
  VectorXd theta = both.prior_mean();
  for (Index i = 0; i < theta.size(); ++i) theta[i] += 0.3 * random.normal();
  MatrixXd got =
      covariance(both, theta, scale(both, x, theta).columns, scale(both, other, theta).columns);
  MatrixXd expected =
      covariance(alone, theta, scale(alone, x, theta).columns, scale(alone, other, theta).columns);
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
  EXPECT_NEAR(
      covariance(both, theta, scale(both, x, theta).columns, scale(both, x, theta).columns)(3, 3),
      variance(both, theta), 1e-12);
}

/// Every way of conditioning on the data, each with the same hyperparameters.
class Conditioned : public testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<ConditionedProcess> make(const GpKind& kind, const VectorXd& theta,
                                           const MatrixXd& x, const VectorXd& y) {
    return GetParam() ? condition_sparsely(kind, theta, x, y, 20) : condition(kind, theta, x, y);
  }
};

TEST_P(Conditioned, HasTheSlopesOfItsMoments) {
  Random random(5);
  MatrixXd x = random_points(30, 3, random);
  for (bool effects : {false, true}) {
    auto one = kind(three(), asinh_warp(), !effects);
    one.effects = effects;
    VectorXd theta = one.prior_mean();
    for (Index i = 0; i < theta.size(); ++i) theta[i] += 0.3 * random.normal();
    theta[one.noise()] = -5;
    auto process = make(one, theta, x, some_objective(x));
    for (int repeat = 0; repeat < 5; ++repeat) {
      VectorXd at = random_points(1, 3, random).row(0).transpose();
      auto moments = process->at(at);
      for (Index p = 0; p < 3; ++p) {
        VectorXd up = at, down = at;
        up[p] += 1e-6;
        down[p] -= 1e-6;
        auto a = process->at(up), b = process->at(down);
        EXPECT_NEAR(moments.mean_slope[p], (a.mean - b.mean) / 2e-6,
                    1e-4 * (1 + std::abs(moments.mean_slope[p])));
        EXPECT_NEAR(moments.variance_slope[p], (a.variance - b.variance) / 2e-6,
                    1e-4 * (1 + std::abs(moments.variance_slope[p])));
      }
    }
  }
}

TEST_P(Conditioned, ExpectsWhatItBelievesAndIsSurerOfIt) {
  Random random(6);
  MatrixXd x = random_points(30, 3, random);
  auto one = kind(three(), asinh_warp());
  auto process = make(one, one.prior_mean(), x, some_objective(x));
  auto fantasize = process->copy();
  VectorXd at = random_points(1, 3, random).row(0).transpose(),
           other = random_points(1, 3, random).row(0).transpose();
  auto before = process->at(at), other_before = process->at(other);
  fantasize->believe(at);
  auto after = fantasize->at(at), other_after = fantasize->at(other);
  EXPECT_NEAR(after.mean, before.mean, 1e-6);
  EXPECT_NEAR(other_after.mean, other_before.mean, 1e-6);
  EXPECT_LT(after.variance, 0.5 * before.variance);
  EXPECT_LE(other_after.variance, other_before.variance + 1e-9);
  EXPECT_EQ(fantasize->best(), std::min(process->best(), before.mean));
  Index lowest = 0;
  VectorXd mean, variance;
  MatrixXd many = random_points(1000, 3, random);
  process->predict(many, mean, variance);
  ASSERT_LT(mean.minCoeff(&lowest), process->best());
  fantasize->believe(many.row(lowest).transpose());
  EXPECT_NEAR(fantasize->best(), mean[lowest], 1e-6);
  EXPECT_EQ(process->at(at).variance, before.variance);  // the copy is one
}

TEST_P(Conditioned, GrowsByManyPointsAsOneByOne) {
  Random random(17);
  MatrixXd x = random_points(30, 3, random), at = random_points(5, 3, random);
  auto some = kind(three(), asinh_warp());
  VectorXd y = some_objective(x), theta = some.prior_mean();
  auto make = [&] {
    return GetParam() ? condition_sparsely(some, theta, x.topRows(20), y.head(20), 8)
                      : condition(some, theta, x.topRows(20), y.head(20));
  };
  auto single = make(), together = make();
  for (Index i = 20; i < 30; ++i) single->extend(x.row(i), y.segment(i, 1));
  together->extend(x.bottomRows(10), y.tail(10));
  VectorXd mean, variance, other_mean, other_variance;
  single->predict(at, mean, variance);
  together->predict(at, other_mean, other_variance);
  EXPECT_EQ(mean, other_mean);  // to the last bit: a restart takes them together
  EXPECT_EQ(variance, other_variance);
  EXPECT_EQ(single->best(), together->best());
}

INSTANTIATE_TEST_SUITE_P(Both, Conditioned, testing::Bool(),
                         [](const auto& one) { return one.param ? "Sparse" : "Exact"; });

TEST(GaussianProcess, GrowsByOnePointAsIfItHadBeenThere) {
  Random random(7);
  MatrixXd x = random_points(20, 3, random), at = random_points(5, 3, random);
  auto zero = kind(three(), no_warp());
  zero.zero_mean = true;
  VectorXd y = some_objective(x), theta = zero.prior_mean(), first = y.head(15);
  auto grown = condition(zero, theta, x.topRows(15), first);
  for (Index i = 15; i < 20; ++i) grown->extend(x.row(i), y.segment(i, 1));
  // By hand, all at once; later objectives are standardised with the mean and deviation of the
  // first ones.
  double mean = first.mean(), deviation = std::sqrt((first.array() - mean).square().mean()),
         signal = std::exp(theta[zero.signal()]);
  MatrixXd columns = scale(zero, x, theta).columns;
  MatrixXd k = signal * Matern(columns, columns, false).correlation;
  k.diagonal().array() += std::exp(theta[zero.noise()]);
  VectorXd weights = k.ldlt().solve(((y.array() - mean) / deviation).matrix());
  VectorXd expected = signal * Matern(scale(zero, at, theta).columns, columns, false).correlation *
                      weights,
           got, variance;
  grown->predict(at, got, variance);
  EXPECT_LT((got - expected).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(SparseGaussianProcess, IsTheFullOneWhereAllDataInduce) {
  Random random(8);
  MatrixXd x = random_points(40, 3, random), at = random_points(20, 3, random);
  auto zero = kind(three(), asinh_warp());
  zero.zero_mean = true;
  VectorXd y = some_objective(x), theta = zero.prior_mean();
  theta[zero.noise()] = std::log(0.01);
  VectorXd mean, variance, sparse_mean, sparse_variance;
  condition(zero, theta, x, y)->predict(at, mean, variance);
  condition_sparsely(zero, theta, x, y, 40)->predict(at, sparse_mean, sparse_variance);
  EXPECT_LT((mean - sparse_mean).cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_LT((variance - sparse_variance).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(LinearAlgebra, AddsToAFactor) {
  Random random(9);
  MatrixXd a = random_points(12, 12, random);
  MatrixXd matrix = a * a.transpose() + MatrixXd::Identity(12, 12);
  VectorXd v = a.col(3);
  MatrixXd factor = matrix, expected = matrix + v * v.transpose();
  ASSERT_TRUE(factorise(factor));
  MatrixXd inverse = inverse_from_factor(factor);
  EXPECT_LT((inverse * matrix - MatrixXd::Identity(12, 12)).cwiseAbs().maxCoeff(), 1e-9);
  add_to_factor(factor, v);
  MatrixXd lower = factor.triangularView<Eigen::Lower>();
  EXPECT_LT((lower * lower.transpose() - expected).cwiseAbs().maxCoeff(), 1e-9);
  MatrixXd indefinite = -MatrixXd::Identity(3, 3);
  EXPECT_FALSE(factorise(indefinite));
}

TEST(SliceSampling, HasTheMomentsThatQuadratureHas) {
  // A skewed density within bounds.
  auto log_density = [](const VectorXd& x) {
    return -std::exp(x[0]) + 2 * x[0] - 0.1 * x[0] * x[0];
  };
  double weight = 0, mean = 0, square = 0;
  for (double x = -6; x <= 3; x += 1e-3) {
    double w = std::exp(log_density(VectorXd::Constant(1, x)));
    weight += w;
    mean += w * x;
    square += w * x * x;
  }
  mean /= weight;
  double variance = square / weight - mean * mean;
  Random random(10);
  VectorXd at = VectorXd::Zero(1), low = VectorXd::Constant(1, -6), high = VectorXd::Constant(1, 3);
  double sum = 0, squares = 0;
  const int draws = 40000;
  for (int i = 0; i < draws; ++i) {
    at = slice_sample(log_density, at, VectorXd::Constant(1, 1.0), low, high, random);
    sum += at[0];
    squares += at[0] * at[0];
  }
  EXPECT_NEAR(sum / draws, mean, 0.02);
  EXPECT_NEAR(squares / draws - sum / draws * sum / draws, variance, 0.03);
}

/// Of the hyperparameters of a process over one parameter, on a grid: ln ℓ, ln of the signal's
/// variance, ln of the noise's.
TEST(SliceSampling, HasTheMomentsOfAHyperposteriorThatQuadratureHas) {
  Random random(11);
  const std::vector<Parameter> one{Continuous{"x", {0, 1}}};
  MatrixXd x = random_points(12, 1, random);
  VectorXd y(x.rows());
  for (Index i = 0; i < y.size(); ++i) y[i] = std::sin(7 * x(i, 0)) + 0.3 * random.normal();
  const auto process = kind(one, no_warp());
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
