#include "algorithms/bayesian/models/random_forest.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

namespace sherpa::algorithms {
namespace {

using Eigen::MatrixXd;
using Eigen::MatrixXi;
using Eigen::VectorXd;

struct Prediction {
  VectorXd mean, variance;
};

Prediction predict(const RandomForest& forest, const MatrixXd& X) {
  Prediction p;
  forest.predict(X, p.mean, p.variance);
  return p;
}

RandomForestOptions one_exact_tree() {
  return {.trees = 1, .bootstrap = false, .random_thresholds = false};
}

MatrixXd uniform(Eigen::Index n, Eigen::Index d, Random& random) {
  return MatrixXd::NullaryExpr(n, d, [&] { return random.uniform(); });
}

TEST(RandomForest, HasTheStatisticsOfScikitLearnsTrees) {
  std::ifstream in(SHERPA_SOURCE "/tests/algorithms/data/random_forest.txt");
  ASSERT_TRUE(in);
  int forests = 0;
  Eigen::Index n = 0, d = 0, trees = 0, tests = 0;
  std::uint32_t min_samples_leaf = 0;
  while (in >> n >> d >> trees >> min_samples_leaf >> tests) {
    MatrixXd X(n, d), at(tests, d);
    VectorXd y(n), mean(tests), variance(tests);
    MatrixXi counts(n, trees);
    for (Eigen::Index i = 0; i < n; ++i) {
      for (Eigen::Index f = 0; f < d; ++f) in >> X(i, f);
      in >> y[i];
      for (Eigen::Index t = 0; t < trees; ++t) in >> counts(i, t);
    }
    for (Eigen::Index i = 0; i < tests; ++i) {
      for (Eigen::Index f = 0; f < d; ++f) in >> at(i, f);
      in >> mean[i] >> variance[i];
    }
    RandomForestOptions options{.min_samples_split = 2 * min_samples_leaf,
                                .min_samples_leaf = min_samples_leaf};
    options.random_thresholds = false;
    Random random(1);
    auto ours = predict(RandomForest::fit(X, y, counts, options, random), at);
    for (Eigen::Index i = 0; i < tests; ++i) {
      EXPECT_NEAR(ours.mean[i], mean[i], 1e-12) << "forest " << forests << " point " << i;
      EXPECT_NEAR(ours.variance[i], variance[i], 1e-12) << "forest " << forests << " point " << i;
    }
    ++forests;
  }
  EXPECT_EQ(forests, 4);
}

/// The least squared error of parting the categories in two, over all subsets.
double least_error(const VectorXd& category, const VectorXd& y, std::uint32_t categories) {
  double least = INFINITY;
  for (std::uint32_t subset = 1; subset + 1 < (1U << categories); ++subset) {
    double n[2] = {0, 0}, sum[2] = {0, 0}, squares[2] = {0, 0};
    for (Eigen::Index i = 0; i < y.size(); ++i) {
      auto side = (subset >> static_cast<std::uint32_t>(category[i])) & 1;
      ++n[side];
      sum[side] += y[i];
      squares[side] += y[i] * y[i];
    }
    if (n[0] > 0 && n[1] > 0)
      least = std::min(least,
                       squares[0] - sum[0] * sum[0] / n[0] + squares[1] - sum[1] * sum[1] / n[1]);
  }
  return least;
}

TEST(RandomForest, PartsCategoriesAsTheBestOfAllSubsets) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Random random(seed);
    auto categories = static_cast<std::uint32_t>(2 + random.below(7));
    MatrixXd X(25, 1);
    VectorXd y(25);
    for (Eigen::Index i = 0; i < 25; ++i) {
      X(i, 0) = static_cast<double>(random.below(categories));
      y[i] = random.normal();
    }
    RandomForestOptions options = one_exact_tree();
    options.categories = {categories};
    options.min_samples_split = 25;  // one split
    auto p = predict(RandomForest::fit(X, y, options, random), X);
    EXPECT_NEAR(p.variance.sum(), least_error(X.col(0), y, categories), 1e-9) << "seed " << seed;
  }
}

TEST(RandomForest, KnowsMoreCategoriesThanAWordHasBits) {
  MatrixXd X(200, 1);
  VectorXd y(200);
  for (Eigen::Index i = 0; i < 200; ++i) {
    X(i, 0) = static_cast<double>(i);
    y[i] = static_cast<double>((i * 7) % 13);
  }
  RandomForestOptions options = one_exact_tree();
  options.categories = {200};
  Random random(1);
  auto p = predict(RandomForest::fit(X, y, options, random), X);
  EXPECT_LT((p.mean - y).norm(), 1e-9);
}

TEST(RandomForest, IsSurerWhereTheDataAre) {
  Random random(3);
  MatrixXd X = uniform(80, 1, random);
  for (double& x : X.reshaped())
    x = x < 0.5 ? 0.7 * x : 0.3 + 0.7 * x;  // nothing between 0.35 and 0.65
  VectorXd y = X.col(0).unaryExpr([](double x) { return std::sin(12 * x); });
  auto forest = RandomForest::fit(X, y, {.trees = 100}, random);
  auto known = predict(forest, X), unknown = predict(forest, VectorXd::LinSpaced(9, 0.45, 0.55));
  EXPECT_LT((known.mean - y).cwiseAbs().mean(), 0.05);
  EXPECT_GE(known.variance.minCoeff(), 0);
  EXPECT_GT(unknown.variance.minCoeff(), 5 * known.variance.mean());
}

TEST(RandomForest, IsTheSameForTheSameStream) {
  Random data(5);
  MatrixXd X = uniform(60, 3, data), at = uniform(20, 3, data);
  VectorXd y = X.rowwise().squaredNorm();
  RandomForestOptions options{.feature_fraction = 0.5};
  auto with = [&](std::uint64_t seed) {
    Random random(seed);
    return predict(RandomForest::fit(X, y, options, random), at).mean;
  };
  EXPECT_EQ(with(1), with(1));
  EXPECT_NE(with(1), with(2));
}

TEST(RandomForest, LivesWithOnePointWithEqualPointsAndWithHugeResponses) {
  Random random(1);
  auto one = predict(RandomForest::fit(MatrixXd::Ones(1, 2), VectorXd::Constant(1, 3), {}, random),
                     MatrixXd::Zero(2, 2));
  EXPECT_EQ(one.mean[1], 3);
  EXPECT_EQ(one.variance[1], 0);

  VectorXd y = VectorXd::LinSpaced(10, 0, 9);
  auto equal = predict(RandomForest::fit(MatrixXd::Ones(10, 2), y, one_exact_tree(), random),
                       MatrixXd::Zero(1, 2));
  EXPECT_DOUBLE_EQ(equal.mean[0], 4.5);
  EXPECT_DOUBLE_EQ(equal.variance[0], 8.25);

  MatrixXd X = uniform(50, 2, random);
  VectorXd huge = X.col(0) * 1e300;
  EXPECT_TRUE(predict(RandomForest::fit(X, huge, {}, random), X).mean.allFinite());
  auto none =
      predict(RandomForest::fit(MatrixXd(5, 0), VectorXd::Ones(5), {}, random), MatrixXd(1, 0));
  EXPECT_EQ(none.mean[0], 1);
}

TEST(RandomForest, TriesOtherFeaturesWhenTheDrawnOnesAreConstant) {
  Random random(2);
  MatrixXd X = MatrixXd::Zero(20, 4);
  X.col(2) = VectorXd::LinSpaced(20, 0, 1);
  RandomForestOptions options = one_exact_tree();
  options.feature_fraction = 0.25;
  EXPECT_LT((predict(RandomForest::fit(X, X.col(2), options, random), X).mean - X.col(2)).norm(),
            1e-9);
}

}  // namespace
}  // namespace sherpa::algorithms
