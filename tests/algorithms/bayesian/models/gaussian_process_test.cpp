#include "algorithms/bayesian/models/gaussian_process.hpp"

#include "algorithms/bayesian/models/hyperposterior.hpp"
#include "tests/support/gaussian_processes.hpp"

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
using namespace testing_support;

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

TEST(GaussianProcess, AgreesWithScikitLearn) {
  auto r = reference();
  ASSERT_EQ(r["y"].size(), 25);
  auto zero = structure(three(), standardization());
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
    auto moments = process->posterior_at(at.row(i).transpose());
    EXPECT_NEAR(moments.mean, r["mean"][i], 1e-6);
    EXPECT_NEAR(moments.variance, r["variance"][i], 1e-6);
  }
  VectorXd distance = (theta - zero.prior_mean()).cwiseQuotient(zero.prior_deviation());
  double log_likelihood = -(Hyperposterior(zero, x, r["y"])(theta) - 0.5 * distance.squaredNorm());
  EXPECT_NEAR(log_likelihood - 0.5 * 25 * std::log(2 * M_PI), r["log_likelihood"][0], 1e-6);
}

/// Every way of conditioning on the data, each with the same hyperparameters.
class Conditioned : public testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<ConditionedProcess> make(const GpStructure& gp, const VectorXd& theta,
                                           const MatrixXd& x, const VectorXd& y) {
    return GetParam() ? condition_sparsely(gp, theta, x, y, 20) : condition(gp, theta, x, y);
  }
};

TEST_P(Conditioned, HasTheSlopesOfItsMoments) {
  Random random(5);
  MatrixXd x = random_points(30, 3, random);
  for (bool effects : {false, true}) {
    auto one = structure(three(), asinh_warp(), !effects);
    one.effects = effects;
    VectorXd theta = one.prior_mean();
    for (Index i = 0; i < theta.size(); ++i) theta[i] += 0.3 * random.normal();
    theta[one.noise()] = -5;
    auto process = make(one, theta, x, some_objective(x));
    for (int repeat = 0; repeat < 5; ++repeat) {
      VectorXd at = random_points(1, 3, random).row(0).transpose();
      auto moments = process->posterior_at(at);
      for (Index p = 0; p < 3; ++p) {
        VectorXd up = at, down = at;
        up[p] += 1e-6;
        down[p] -= 1e-6;
        auto a = process->posterior_at(up), b = process->posterior_at(down);
        EXPECT_NEAR(moments.mean_gradient[p], (a.mean - b.mean) / 2e-6,
                    1e-4 * (1 + std::abs(moments.mean_gradient[p])));
        EXPECT_NEAR(moments.variance_gradient[p], (a.variance - b.variance) / 2e-6,
                    1e-4 * (1 + std::abs(moments.variance_gradient[p])));
      }
    }
  }
}

TEST_P(Conditioned, ExpectsWhatItBelievesAndIsSurerOfIt) {
  Random random(6);
  MatrixXd x = random_points(30, 3, random);
  auto one = structure(three(), asinh_warp());
  auto process = make(one, one.prior_mean(), x, some_objective(x));
  auto fantasize = process->copy();
  VectorXd at = random_points(1, 3, random).row(0).transpose(),
           other = random_points(1, 3, random).row(0).transpose();
  auto before = process->posterior_at(at), other_before = process->posterior_at(other);
  fantasize->fantasize(at);
  auto after = fantasize->posterior_at(at), other_after = fantasize->posterior_at(other);
  EXPECT_NEAR(after.mean, before.mean, 1e-6);
  EXPECT_NEAR(other_after.mean, other_before.mean, 1e-6);
  EXPECT_LT(after.variance, 0.5 * before.variance);
  EXPECT_LE(other_after.variance, other_before.variance + 1e-9);
  EXPECT_EQ(fantasize->best_mean(), std::min(process->best_mean(), before.mean));
  Index lowest = 0;
  VectorXd mean, variance;
  MatrixXd many = random_points(1000, 3, random);
  process->predict(many, mean, variance);
  ASSERT_LT(mean.minCoeff(&lowest), process->best_mean());
  fantasize->fantasize(many.row(lowest).transpose());
  EXPECT_NEAR(fantasize->best_mean(), mean[lowest], 1e-6);
  EXPECT_EQ(process->posterior_at(at).variance, before.variance);  // the copy is one
}

TEST_P(Conditioned, GrowsByManyPointsAsOneByOne) {
  Random random(17);
  MatrixXd x = random_points(30, 3, random), at = random_points(5, 3, random);
  auto some = structure(three(), asinh_warp());
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
  EXPECT_EQ(single->best_mean(), together->best_mean());
}

INSTANTIATE_TEST_SUITE_P(Both, Conditioned, testing::Bool(),
                         [](const auto& one) { return one.param ? "Sparse" : "Exact"; });

TEST(GaussianProcess, GrowsByOnePointAsIfItHadBeenThere) {
  Random random(7);
  MatrixXd x = random_points(20, 3, random), at = random_points(5, 3, random);
  auto zero = structure(three(), standardization());
  zero.zero_mean = true;
  VectorXd y = some_objective(x), theta = zero.prior_mean(), first = y.head(15);
  auto grown = condition(zero, theta, x.topRows(15), first);
  for (Index i = 15; i < 20; ++i) grown->extend(x.row(i), y.segment(i, 1));
  // By hand, all at once; later objectives are standardised with the mean and deviation of the
  // first ones.
  double mean = first.mean(), deviation = std::sqrt((first.array() - mean).square().mean()),
         signal = std::exp(theta[zero.signal()]);
  MatrixXd columns = scale_inputs(zero, x, theta).columns;
  MatrixXd k = signal * Matern(columns, columns, false).correlation;
  k.diagonal().array() += std::exp(theta[zero.noise()]);
  VectorXd weights = k.ldlt().solve(((y.array() - mean) / deviation).matrix());
  VectorXd expected = signal *
                      Matern(scale_inputs(zero, at, theta).columns, columns, false).correlation *
                      weights,
           got, variance;
  grown->predict(at, got, variance);
  EXPECT_LT((got - expected).cwiseAbs().maxCoeff(), 1e-6);
}

}  // namespace
}  // namespace sherpa::algorithms
