#include "algorithms/bayesian/acquisition/acquisition.hpp"

#include <algorithm>
#include <cmath>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// The logarithm of a probability, and its derivatives by a posterior's mean and variance.
struct LogProbability {
  double value, by_mean, by_variance;
};

/// Of a trial's being measured, given the posterior of its failing: P(failure < 1/2).
LogProbability log_success_probability(double mean, double variance) {
  // The variance is kept above 1e-4 so that the slope stays finite. More would raise the chance of
  // success among failures, which must stay smaller than any gain where the objective is known
  // well.
  double deviation = std::sqrt(variance + 1e-4), u = (0.5 - mean) / deviation;
  auto log = log_cumulative(u);
  return {log.value, -log.slope / deviation, -0.5 * log.slope * u / (deviation * deviation)};
}

}  // namespace

/// Mean and variance of the members' equally weighted mixture, by the law of total variance.
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

PointPosterior Acquisition::mixture_at(const VectorXd& point) const {
  const Index members = surrogate_.members();
  const auto count = static_cast<double>(members);
  PointPosterior mixed{0, 0, VectorXd::Zero(point.size()), VectorXd::Zero(point.size())};
  for (Index m = 0; m < members; ++m) {
    PointPosterior one = surrogate_.posterior_at(point, m);
    mixed.mean += one.mean / count;
    mixed.variance += (one.variance + one.mean * one.mean) / count;
    mixed.mean_gradient += one.mean_gradient / count;
    mixed.variance_gradient += (one.variance_gradient + 2 * one.mean * one.mean_gradient) / count;
  }
  mixed.variance = std::max(mixed.variance - mixed.mean * mixed.mean, 1e-14);
  mixed.variance_gradient -= 2 * mixed.mean * mixed.mean_gradient;
  return mixed;
}

double Acquisition::best_mean() const {
  double sum = 0;
  for (Index m = 0; m < surrogate_.members(); ++m) sum += surrogate_.best_mean(m);
  return sum / static_cast<double>(surrogate_.members());
}

ValueAndGradient Acquisition::evaluate(double mean, double deviation, double best) const {
  ValueAndGradient inflated = algorithms::evaluate(criterion_, mean, inflation_ * deviation, best);
  inflated.by_deviation *= inflation_;
  return inflated;
}

/// By the chain rule: d deviation = d variance / (2 deviation).
double Acquisition::evaluate(const PointPosterior& posterior, double best,
                             VectorXd& gradient) const {
  double deviation = std::sqrt(posterior.variance);
  ValueAndGradient w = evaluate(posterior.mean, deviation, best);
  gradient = w.by_mean * posterior.mean_gradient +
             w.by_deviation / (2 * deviation) * posterior.variance_gradient;
  return w.value;
}

void Acquisition::penalize_locally(const MatrixXd& pending, const Features& features,
                                   Random& random) {
  // The Lipschitz constant, from the steepest of many secants of the posterior mean.
  constexpr Index samples = 100;
  MatrixXd points(samples, pending.cols());
  for (Index c = 0; c < points.cols(); ++c)
    for (Index r = 0; r < samples; ++r) points(r, c) = random.uniform();
  VectorXd mean = mixture(points).mean;
  MatrixXd mapped = features.map(points);
  double steepest = 1e-6;
  for (Index i = 0; i < samples; ++i)
    for (Index j = 0; j < i; ++j)
      if (double distance = (mapped.row(i) - mapped.row(j)).norm(); distance > 0)
        steepest = std::max(steepest, std::abs(mean[i] - mean[j]) / distance);
  // Around each pending trial a ball in which nothing better than the best can lie; its radius is
  // uncertain, as the trial's objective is.
  auto expected = mixture(pending);
  features_ = &features;
  pending_ = features.map(pending);
  radii_ = (expected.mean.array() - best_mean()).max(0) / steepest;
  radius_deviations_ = expected.variance.array().sqrt().max(1e-6) / steepest;
}

VectorXd Acquisition::values(const MatrixXd& points) const {
  VectorXd all = averaged_ ? averaged_values(points) : criterion_values(points);
  if (failures_) {
    VectorXd mean, variance;
    failures_->predict(points, 0, mean, variance);
    for (Index i = 0; i < points.rows(); ++i)
      all[i] += log_success_probability(mean[i], variance[i]).value;
  }
  if (features_) {
    MatrixXd mapped = features_->map(points);
    for (Index i = 0; i < points.rows(); ++i)
      for (Index j = 0; j < pending_.rows(); ++j) {
        const double distance = (mapped.row(i) - pending_.row(j)).norm();
        all[i] += log_cumulative((distance - radii_[j]) / radius_deviations_[j]).value;
      }
  }
  return all;
}

VectorXd Acquisition::criterion_values(const MatrixXd& points) const {
  VectorXd all(points.rows());
  auto mixed = mixture(points);
  const double best = best_mean();
  for (Index i = 0; i < points.rows(); ++i)
    all[i] = evaluate(mixed.mean[i], std::sqrt(mixed.variance[i]), best).value;
  return all;
}

/// The mean over the members; of logarithms, the logarithm of the mean of the exponentials.
VectorXd Acquisition::averaged_values(const MatrixXd& points) const {
  const Index members = surrogate_.members();
  VectorXd mean, variance;
  MatrixXd each(points.rows(), members);
  for (Index m = 0; m < members; ++m) {
    surrogate_.predict(points, m, mean, variance);
    double best_of_member = surrogate_.best_mean(m);
    for (Index i = 0; i < points.rows(); ++i)
      each(i, m) = evaluate(mean[i], std::sqrt(variance[i]), best_of_member).value;
  }
  if (members == 1 || criterion_ == Criterion::lcb) return each.rowwise().mean();
  VectorXd most = each.rowwise().maxCoeff();
  return most.array() + (each.colwise() - most).array().exp().rowwise().mean().log();
}

double Acquisition::value_and_gradient(const VectorXd& point, VectorXd& gradient) const {
  double value = criterion_at(point, gradient);
  if (!failures_) return value;
  PointPosterior failing = failures_->posterior_at(point, 0);
  auto success = log_success_probability(failing.mean, failing.variance);
  gradient +=
      success.by_mean * failing.mean_gradient + success.by_variance * failing.variance_gradient;
  return value + success.value;
}

double Acquisition::criterion_at(const VectorXd& point, VectorXd& gradient) const {
  if (surrogate_.members() == 1)
    return evaluate(surrogate_.posterior_at(point, 0), surrogate_.best_mean(0), gradient);
  if (averaged_) return averaged_at(point, gradient);
  return evaluate(mixture_at(point), best_mean(), gradient);
}

double Acquisition::averaged_at(const VectorXd& point, VectorXd& gradient) const {
  const Index members = surrogate_.members();
  MatrixXd gradients(point.size(), members);
  VectorXd each(members), one;
  for (Index m = 0; m < members; ++m) {
    each[m] = evaluate(surrogate_.posterior_at(point, m), surrogate_.best_mean(m), one);
    gradients.col(m) = one;
  }
  if (criterion_ == Criterion::lcb) {
    gradient = gradients.rowwise().mean();
    return each.mean();
  }
  double most = each.maxCoeff();
  VectorXd shares = (each.array() - most).exp();
  gradient = gradients * shares / shares.sum();
  return most + std::log(shares.sum() / static_cast<double>(members));
}

}  // namespace sherpa::algorithms
