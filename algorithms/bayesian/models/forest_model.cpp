#include "algorithms/bayesian/models/model.hpp"
#include "algorithms/bayesian/models/random_forest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::size_t trees = 20;
/// With at most this many data each new one regrows every tree; with more, only `renewed` trees.
constexpr Index always_regrow = 500;
constexpr std::size_t renewed = trees / 10;

/// A random forest whose trees are grown one by one, so that each can be replaced.
class ForestModel final : public Model {
 public:
  /// `tree_is_member`: every tree is a member of its own, otherwise all form one.
  ForestModel(const space::SearchSpace& space, bool tree_is_member)
      : tree_is_member_(tree_is_member) {
    for (const auto& parameter : space.parameters()) {
      auto* choice = parameter.as<Choice>();
      tree_options_.categories.push_back(choice ? static_cast<std::uint32_t>(choice->values.size())
                                                : 0);
    }
    tree_options_.trees = 1;
    tree_options_.min_samples_split = 3;
    tree_options_.feature_fraction = 5.0 / 6;
  }

  void fit_hyperparameters(const MatrixXd&, const VectorXd&, bool, Random&) override {}
  void condition(const MatrixXd& points, const VectorXd& objectives, Random& random) override {
    scale_ = RobustScale(objectives);
    VectorXd scaled = scale_(objectives);
    std::nth_element(scaled.begin(), scaled.begin() + scaled.size() / 2, scaled.end());
    median_ = std::max(scaled[scaled.size() / 2], 1e-9);
    seed_ = random.bits();
    n_ = points.rows();
    points_ = encode(points);
    values_.resize(n_);
    for (Index i = 0; i < n_; ++i) values_[i] = warp(objectives[i]);
    forest_.clear();
    next_ = 0;
    for (std::size_t t = 0; t < trees; ++t) forest_.push_back(grow(t, n_));
    find_best();
  }

  void extend(const MatrixXd& points, const VectorXd& objectives) override {
    const Index before = n_;
    n_ += objectives.size();
    if (n_ > points_.rows()) {
      points_.conservativeResize(n_ + n_ / 4 + 8, Eigen::NoChange);
      values_.conservativeResize(points_.rows());
    }
    points_.middleRows(before, objectives.size()) = encode(points);
    for (Index i = 0; i < objectives.size(); ++i) values_[before + i] = warp(objectives[i]);
    // A tree that several of the data replace is grown once, for the last of them.
    std::array<Index, trees> from{};
    for (Index n = before + 1; n <= n_; ++n)
      for (std::size_t count = n <= always_regrow ? trees : renewed; count > 0;
           --count, next_ = (next_ + 1) % trees)
        from[next_] = n;
    for (std::size_t t = 0; t < trees; ++t)
      if (from[t] > 0) forest_[t] = grow(t, from[t]);
    find_best();
  }

  Index members() const override {
    return tree_is_member_ ? static_cast<Index>(forest_.size()) : 1;
  }
  double best_mean(Index member) const override {
    return tree_is_member_ ? best_[static_cast<std::size_t>(member)] : best_of_all_;
  }

  void predict(const MatrixXd& points, Index member, VectorXd& mean,
               VectorXd& variance) const override {
    MatrixXd x = encode(points);
    if (tree_is_member_) {
      forest_[static_cast<std::size_t>(member)].predict(x, mean, variance);
    } else {
      predict_mixture(x, mean, variance);
    }
    variance = variance.cwiseMax(least_variance);
  }

  bool differentiable() const override { return false; }
  PointPosterior posterior_at(const VectorXd& point, Index member) const override {
    VectorXd mean, variance;
    predict(point.transpose(), member, mean, variance);
    return {mean[0], variance[0], VectorXd::Zero(point.size()), VectorXd::Zero(point.size())};
  }
  std::unique_ptr<Surrogate> fantasize(const MatrixXd&) const override { return nullptr; }

 private:
  static constexpr double least_variance = 1e-8;

  /// asinh((y − best) / median distance): logarithmic where objectives are worse than the median,
  /// so that the worst ones do not dominate the trees' means.
  double warp(double objective) const { return std::asinh(scale_(objective) / median_); }

  /// A Choice's coordinate becomes the number of its value.
  MatrixXd encode(const MatrixXd& points) const {
    MatrixXd out = points;
    for (Index c = 0; c < out.cols(); ++c)
      if (double levels = tree_options_.categories[static_cast<std::size_t>(c)]; levels > 0)
        out.col(c) = (out.col(c) * levels).array().floor().cwiseMax(0).cwiseMin(levels - 1);
    return out;
  }

  /// The t-th tree, grown from the first n data.
  RandomForest grow(std::size_t t, Index n) const {
    Random random(seed_, static_cast<std::uint64_t>(n) * trees + t);
    return RandomForest::fit(points_.topRows(n), values_.head(n), tree_options_, random);
  }

  void find_best() {
    // The best mean is looked for where objectives are lowest.
    std::vector<Index> order(static_cast<std::size_t>(n_));
    for (Index i = 0; i < n_; ++i) order[static_cast<std::size_t>(i)] = i;
    auto candidates = std::min<std::size_t>(64, order.size());
    std::partial_sort(
        order.begin(), order.begin() + static_cast<std::ptrdiff_t>(candidates), order.end(),
        [&](Index a, Index b) { return std::pair(values_[a], a) < std::pair(values_[b], b); });
    order.resize(candidates);
    MatrixXd lowest = points_(order, Eigen::all);
    VectorXd mean, variance;
    best_.clear();
    for (const auto& tree : forest_) {
      tree.predict(lowest, mean, variance);
      best_.push_back(mean.minCoeff());
    }
    predict_mixture(lowest, mean, variance);
    best_of_all_ = mean.minCoeff();
  }

  /// Mean and variance of all trees, by the law of total variance.
  void predict_mixture(const MatrixXd& x, VectorXd& mean, VectorXd& variance) const {
    VectorXd of_tree, variance_of_tree, squares = VectorXd::Zero(x.rows());
    mean = variance = VectorXd::Zero(x.rows());
    for (const auto& tree : forest_) {
      tree.predict(x, of_tree, variance_of_tree);
      mean += of_tree;
      squares += of_tree.cwiseAbs2() + variance_of_tree;
    }
    mean /= static_cast<double>(forest_.size());
    variance = squares / static_cast<double>(forest_.size()) - mean.cwiseAbs2();
  }

  bool tree_is_member_;
  RandomForestOptions tree_options_;
  RobustScale scale_;
  double median_ = 1;
  std::uint64_t seed_ = 0;
  Index n_ = 0;
  MatrixXd points_;
  VectorXd values_;
  std::vector<RandomForest> forest_;
  std::size_t next_ = 0;
  std::vector<double> best_;
  double best_of_all_ = 0;
};

}  // namespace

std::unique_ptr<Model> make_forest_model(const space::SearchSpace& space,
                                         bool sample_hyperparameters) {
  return std::make_unique<ForestModel>(space, sample_hyperparameters);
}

}  // namespace sherpa::algorithms
