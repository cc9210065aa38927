#include "algorithms/bayesian/acquisition/acquisition.hpp"

#include <algorithm>
#include <cmath>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// The logarithm of the probability that a trial is measured, given what is expected of its
/// failing.
struct Chance {
  double value, by_mean, by_variance;
};
Chance chance_of_success(double mean, double variance) {
  // A small inflate_variance stays. It must not be larger: where the objective is known well,
  // little is to be gained there, and the chance of success among failures has to be smaller than
  // that.
  double deviation = std::sqrt(variance + 1e-4), u = (0.5 - mean) / deviation;
  auto log = log_cumulative(u);
  return {log.value, -log.slope / deviation, -0.5 * log.slope * u / (deviation * deviation)};
}

}  // namespace

Acquisition::Mixture Acquisition::mixture(const MatrixXd& points) const {
  const auto members = surrogate_.members();
  Mixture out{VectorXd::Zero(points.rows()), VectorXd::Zero(points.rows())};
  VectorXd mean, variance;
  for (Index m = 0; m < members; ++m) {
    surrogate_.predict(points, m, mean, variance);
    out.mean += mean / static_cast<double>(members);
    out.variance += (variance + mean.cwiseAbs2()) / static_cast<double>(members);
  }
  if (members == 1) {
    out.variance = variance;
  } else {
    out.variance = (out.variance - out.mean.cwiseAbs2()).cwiseMax(1e-14);
  }
  return out;
}

double Acquisition::best() const {
  double sum = 0;
  for (Index m = 0; m < surrogate_.members(); ++m) sum += surrogate_.best(m);
  return sum / static_cast<double>(surrogate_.members());
}

ValueAndGradient Acquisition::worth(double mean, double deviation, double best) const {
  ValueAndGradient doubted = algorithms::worth(criterion_, mean, doubt_ * deviation, best);
  doubted.by_deviation *= doubt_;
  return doubted;
}

void Acquisition::penalize_locally(const MatrixXd& running, const Features& features,
                                   Random& random) {
  constexpr Index samples = 100;
  MatrixXd points(samples, running.cols());
  for (Index c = 0; c < points.cols(); ++c)
    for (Index r = 0; r < samples; ++r) points(r, c) = random.uniform();
  VectorXd mean = mixture(points).mean;
  MatrixXd mapped = features.map(points);
  double steepest = 1e-6;
  for (Index i = 0; i < samples; ++i)
    for (Index j = 0; j < i; ++j)
      if (double distance = (mapped.row(i) - mapped.row(j)).norm(); distance > 0)
        steepest = std::max(steepest, std::abs(mean[i] - mean[j]) / distance);
  auto expected = mixture(running);
  features_ = &features;
  running_ = features.map(running);
  radii_ = (expected.mean.array() - best()).max(0) / steepest;
  blurs_ = expected.variance.array().sqrt().max(1e-6) / steepest;
}

VectorXd Acquisition::values(const MatrixXd& points) const {
  VectorXd all(points.rows()), mean, variance;
  if (averaged_) {
    const Index members = surrogate_.members();
    MatrixXd each(points.rows(), members);
    for (Index m = 0; m < members; ++m) {
      surrogate_.predict(points, m, mean, variance);
      double best_of_member = surrogate_.best(m);
      for (Index i = 0; i < points.rows(); ++i)
        each(i, m) = worth(mean[i], std::sqrt(variance[i]), best_of_member).value;
    }
    if (members == 1 || criterion_ == Criterion::lcb) {
      all = each.rowwise().mean();
    } else {
      VectorXd most = each.rowwise().maxCoeff();
      all = most.array() + (each.colwise() - most).array().exp().rowwise().mean().log();
    }
  } else {
    auto mixed = mixture(points);
    double best_of_all = best();
    for (Index i = 0; i < points.rows(); ++i)
      all[i] = worth(mixed.mean[i], std::sqrt(mixed.variance[i]), best_of_all).value;
  }
  if (failures_) {
    failures_->predict(points, 0, mean, variance);
    for (Index i = 0; i < points.rows(); ++i)
      all[i] += chance_of_success(mean[i], variance[i]).value;
  }
  if (features_) {
    MatrixXd mapped = features_->map(points);
    for (Index i = 0; i < points.rows(); ++i)
      for (Index j = 0; j < running_.rows(); ++j)
        all[i] += log_cumulative(((mapped.row(i) - running_.row(j)).norm() - radii_[j]) / blurs_[j])
                      .value;
  }
  return all;
}

double Acquisition::at(const VectorXd& point, VectorXd& slope) const {
  double value = of_objective(point, slope);
  if (!failures_) return value;
  Moments moments = failures_->at(point, 0);
  auto chance = chance_of_success(moments.mean, moments.variance);
  slope += chance.by_mean * moments.mean_slope + chance.by_variance * moments.variance_slope;
  return value + chance.value;
}

double Acquisition::of_objective(const VectorXd& point, VectorXd& slope) const {
  const Index members = surrogate_.members();
  const auto count = static_cast<double>(members);
  auto of_moments = [&](const Moments& moments, double best, VectorXd& out) {
    double deviation = std::sqrt(moments.variance);
    ValueAndGradient w = worth(moments.mean, deviation, best);
    out =
        w.by_mean * moments.mean_slope + w.by_deviation / (2 * deviation) * moments.variance_slope;
    return w.value;
  };
  if (members == 1) return of_moments(surrogate_.at(point, 0), surrogate_.best(0), slope);
  if (!averaged_) {
    Moments mixed{0, 0, VectorXd::Zero(point.size()), VectorXd::Zero(point.size())};
    for (Index m = 0; m < members; ++m) {
      Moments one = surrogate_.at(point, m);
      mixed.mean += one.mean / count;
      mixed.variance += (one.variance + one.mean * one.mean) / count;
      mixed.mean_slope += one.mean_slope / count;
      mixed.variance_slope += (one.variance_slope + 2 * one.mean * one.mean_slope) / count;
    }
    mixed.variance = std::max(mixed.variance - mixed.mean * mixed.mean, 1e-14);
    mixed.variance_slope -= 2 * mixed.mean * mixed.mean_slope;
    return of_moments(mixed, best(), slope);
  }
  MatrixXd slopes(point.size(), members);
  VectorXd each(members), one;
  for (Index m = 0; m < members; ++m) {
    each[m] = of_moments(surrogate_.at(point, m), surrogate_.best(m), one);
    slopes.col(m) = one;
  }
  if (criterion_ == Criterion::lcb) {
    slope = slopes.rowwise().mean();
    return each.mean();
  }
  double most = each.maxCoeff();
  VectorXd shares = (each.array() - most).exp();
  slope = slopes * shares / shares.sum();
  return most + std::log(shares.sum() / count);
}

}  // namespace sherpa::algorithms
