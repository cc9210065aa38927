#include "algorithms/model.hpp"
#include "algorithms/random_forest.hpp"

#include <algorithm>
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
/// Up to so many data every tree is grown anew for each of them; beyond, a tenth of the forest is.
constexpr Index few = 500;

/// Trees on their own, so that they can be replaced one by one.
class ForestModel final : public Model {
 public:
  ForestModel(const study::SearchSpace& space, bool draws) : draws_(draws) {
    for (const auto& parameter : space.parameters()) {
      auto* choice = parameter.as<Choice>();
      tree_.categories.push_back(choice ? static_cast<std::uint32_t>(choice->values.size()) : 0);
    }
    tree_.trees = 1;
    tree_.min_samples_split = 3;
    tree_.feature_fraction = 5.0 / 6;
  }

  void tune(const MatrixXd&, const VectorXd&, bool, Random&) override {}
  void condition(const MatrixXd& points, const VectorXd& objectives, Random& random) override {
    scale_ = RobustScale(objectives);
    random_ = random;
    n_ = points.rows();
    points_ = coded(points);
    values_.resize(n_);
    for (Index i = 0; i < n_; ++i) values_[i] = seen(objectives[i]);
    forest_.clear();
    next_ = 0;
    grow(trees);
  }

  void add(const VectorXd& point, double objective) override {
    if (n_ == points_.rows()) {
      points_.conservativeResize(n_ + n_ / 4 + 8, Eigen::NoChange);
      values_.conservativeResize(points_.rows());
    }
    points_.row(n_) = coded(point.transpose());
    values_[n_++] = seen(objective);
    grow(n_ <= few ? trees : trees / 10);
  }

  Index members() const override { return draws_ ? static_cast<Index>(forest_.size()) : 1; }
  double best(Index member) const override { return draws_ ? best_[static_cast<std::size_t>(member)] : best_of_all_; }

  void predict(const MatrixXd& points, Index member, VectorXd& mean, VectorXd& variance) const override {
    MatrixXd x = coded(points);
    if (draws_) {
      forest_[static_cast<std::size_t>(member)].predict(x, mean, variance);
    } else {
      mix(x, mean, variance);
    }
    variance = variance.cwiseMax(least_variance);
  }

  bool differentiable() const override { return false; }
  Moments at(const VectorXd& point, Index member) const override {
    VectorXd mean, variance;
    predict(point.transpose(), member, mean, variance);
    return {mean[0], variance[0], VectorXd::Zero(point.size()), VectorXd::Zero(point.size())};
  }
  std::unique_ptr<Surrogate> believing(const MatrixXd&) const override { return nullptr; }

 private:
  static constexpr double least_variance = 1e-8;

  /// Objectives as logarithms of their distance from the best, where they are far from it: the trees' means are then no slaves of
  /// the worst.
  double seen(double objective) const { return std::asinh(scale_(objective)); }

  /// Choices as their value's number.
  MatrixXd coded(const MatrixXd& points) const {
    MatrixXd out = points;
    for (Index c = 0; c < out.cols(); ++c)
      if (double levels = tree_.categories[static_cast<std::size_t>(c)]; levels > 0)
        out.col(c) = (out.col(c) * levels).array().floor().cwiseMax(0).cwiseMin(levels - 1);
    return out;
  }

  void grow(std::size_t count) {
    MatrixXd x = points_.topRows(n_);
    VectorXd y = values_.head(n_);
    for (; count > 0; --count, next_ = (next_ + 1) % trees) {
      auto grown = RandomForest::fit(x, y, tree_, random_);
      if (next_ < forest_.size()) {
        forest_[next_] = std::move(grown);
      } else {
        forest_.push_back(std::move(grown));
      }
    }
    // The lowest mean is where the objective is low.
    std::vector<Index> order(static_cast<std::size_t>(n_));
    for (Index i = 0; i < n_; ++i) order[static_cast<std::size_t>(i)] = i;
    auto candidates = std::min<std::size_t>(64, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(candidates), order.end(),
                      [&](Index a, Index b) { return std::pair(y[a], a) < std::pair(y[b], b); });
    order.resize(candidates);
    MatrixXd lowest = x(order, Eigen::all);
    VectorXd mean, variance;
    best_.clear();
    for (const auto& tree : forest_) {
      tree.predict(lowest, mean, variance);
      best_.push_back(mean.minCoeff());
    }
    mix(lowest, mean, variance);
    best_of_all_ = mean.minCoeff();
  }

  /// By the law of total variance.
  void mix(const MatrixXd& x, VectorXd& mean, VectorXd& variance) const {
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

  bool draws_;
  RandomForestOptions tree_;
  RobustScale scale_;
  Random random_{0};
  Index n_ = 0;
  MatrixXd points_;
  VectorXd values_;
  std::vector<RandomForest> forest_;
  std::size_t next_ = 0;
  std::vector<double> best_;
  double best_of_all_ = 0;
};

}  // namespace

std::unique_ptr<Model> make_forest_model(const study::SearchSpace& space, bool draws) {
  return std::make_unique<ForestModel>(space, draws);
}

}  // namespace sherpa::algorithms
