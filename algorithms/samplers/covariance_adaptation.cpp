#include "algorithms/samplers/covariance_adaptation.hpp"

#include "algorithms/numerics/normal.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sherpa::algorithms {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

CovarianceAdaptation::CovarianceAdaptation(std::span<const Axis> axes, const Point& mean,
                                           const Options& options)
    : axes_(axes), first_sigma_(options.sigma), sigma_(options.sigma) {
  for (std::size_t i = 0; i < axes_.size(); ++i)
    (axes_[i].kind() == Axis::Kind::categorical ? categorical_ : numeric_).push_back(i);
  d_ = static_cast<Index>(numeric_.size());
  const auto d = static_cast<double>(std::max<Index>(d_, 1));
  lambda_ =
      options.population > 0
          ? static_cast<Index>(options.population)
          : 4 + static_cast<Index>(
                    3 * std::log(static_cast<double>(std::max<std::size_t>(axes_.size(), 1))));
  const auto lambda = static_cast<double>(lambda_);
  mu_ = lambda_ / 2;

  // Table 1 of the tutorial.
  VectorXd raw(lambda_);  // (49)
  for (Index i = 0; i < lambda_; ++i)
    raw[i] = std::log((lambda + 1) / 2) - std::log(static_cast<double>(i + 1));
  auto good = raw.head(mu_), bad = raw.tail(lambda_ - mu_);
  mu_eff_ = good.sum() * good.sum() / good.squaredNorm();
  const double mu_eff_bad = bad.sum() * bad.sum() / bad.squaredNorm();
  c_sigma_ = (mu_eff_ + 2) / (d + mu_eff_ + 5);  // (55)
  d_sigma_ = 1 + 2 * std::max(0.0, std::sqrt((mu_eff_ - 1) / (d + 1)) - 1) + c_sigma_;
  c_c_ = (4 + mu_eff_ / d) / (d + 4 + 2 * mu_eff_ / d);  // (56)
  c_1_ = 2 / ((d + 1.3) * (d + 1.3) + mu_eff_);          // (57)
  c_mu_ = std::min(1 - c_1_,
                   2 * (0.25 + mu_eff_ + 1 / mu_eff_ - 2) / ((d + 2) * (d + 2) + mu_eff_));  // (58)
  const double least = std::min(
      {1 + c_1_ / c_mu_, 1 + 2 * mu_eff_bad / (mu_eff_bad + 2), (1 - c_1_ - c_mu_) / (d * c_mu_)});
  weights_ = raw;
  weights_.head(mu_) /= good.sum();  // (53)
  weights_.tail(lambda_ - mu_) *= least / std::abs(bad.sum());
  chi_ = std::sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d * d));
  margin_ = 1 / (static_cast<double>(axes_.size()) * lambda);

  mean_.resize(d_);
  for (Index i = 0; i < d_; ++i) mean_[i] = mean[numeric_[static_cast<std::size_t>(i)]];
  scale_ = VectorXd::Ones(d_);
  path_sigma_ = path_c_ = VectorXd::Zero(d_);
  covariance_ = basis_ = MatrixXd::Identity(d_, d_);
  lengths_ = VectorXd::Ones(d_);
  for (auto axis : categorical_) {
    auto k = static_cast<Index>(axes_[axis].levels());
    categories_.push_back(VectorXd::Constant(k, 1 / static_cast<double>(k)));
  }
  keep_margins();
}

Point CovarianceAdaptation::sample(Random& random) const {
  VectorXd x(d_);
  auto outside = [&](Index i) {
    return axes_[numeric_[static_cast<std::size_t>(i)]].levels() == 0 && (x[i] < 0 || x[i] > 1);
  };
  // Drawn again while it is outside; when that is most of the mass, put onto the bounds.
  constexpr int draws = 30;
  for (int draw = 0; draw < draws; ++draw) {
    VectorXd z(d_);
    for (double& one : z) one = random.normal();
    x = mean_ + sigma_ * scale_.cwiseProduct(basis_ * lengths_.cwiseProduct(z));  // (38)–(40)
    bool inside = true;
    for (Index i = 0; i < d_; ++i) inside = inside && !outside(i);
    if (inside) break;
  }
  Point point(axes_.size());
  for (Index i = 0; i < d_; ++i) {
    auto axis = numeric_[static_cast<std::size_t>(i)];
    point[axis] = axes_[axis].snap(std::clamp(x[i], 0.0, 1.0));
  }
  for (std::size_t c = 0; c < categorical_.size(); ++c) {
    const Axis& axis = axes_[categorical_[c]];
    double left = random.uniform();
    Index k = 0;
    while (k + 1 < categories_[c].size() && (left -= categories_[c][k]) >= 0) ++k;
    point[categorical_[c]] = axis.place(static_cast<std::uint64_t>(k));
  }
  return point;
}

/// A point as it may have been before it was snapped: on axes with cells, drawn from the
/// distribution restricted to its cell, so that steps have the size that the distribution gave
/// them.
VectorXd CovarianceAdaptation::unfold(const Point& point, Random& random) const {
  VectorXd x(d_);
  for (Index i = 0; i < d_; ++i) {
    auto number = numeric_[static_cast<std::size_t>(i)];
    const Axis& axis = axes_[number];
    x[i] = point[number];
    if (axis.levels() == 0) continue;
    auto level = axis.level(x[i]);
    double s = deviation(i);
    double low = level == 0 ? -INFINITY : (axis.edge(level) - mean_[i]) / s;
    double high = level + 1 == axis.levels() ? INFINITY : (axis.edge(level + 1) - mean_[i]) / s;
    x[i] = mean_[i] + s * normal_within(low, high, random);
  }
  return x;
}

void CovarianceAdaptation::learn(std::vector<Result> generation, Random& random) {
  std::stable_sort(generation.begin(), generation.end(), [](const Result& a, const Result& b) {
    return std::isnan(a.objective) ? false : std::isnan(b.objective) || a.objective < b.objective;
  });
  ++generation_;
  auto failed = std::count_if(generation.begin(), generation.end(),
                              [](const Result& r) { return std::isnan(r.objective); });
  const Index finite = lambda_ - static_cast<Index>(failed);
  update_stuck(generation);
  if (finite == 0) return;
  VectorXd weights = weights_;
  if (finite < mu_) {  // nothing may move towards the failed
    weights.segment(finite, mu_ - finite).setZero();
    weights.head(finite) /= weights.head(finite).sum();
  }
  if (d_ > 0) {
    MatrixXd steps(d_, lambda_);
    for (Index k = 0; k < lambda_; ++k)
      steps.col(k) = (unfold(generation[static_cast<std::size_t>(k)].point, random) - mean_)
                         .cwiseQuotient(scale_) /
                     sigma_;
    adapt(steps, weights);
  }
  adapt_categories(generation, weights);
  keep_margins();
}

void CovarianceAdaptation::adapt(const MatrixXd& given, const VectorXd& weights) {
  const auto d = static_cast<double>(d_);
  MatrixXd steps = given;
  // With trials side by side some were drawn from earlier distributions: their steps count, but no
  // more than their length allows (Hansen, "Injecting external solutions into CMA-ES", 2011,
  // section 2.1).
  const double longest = std::sqrt(d) + 2 * d / (d + 2);
  // C^(−1/2) y
  MatrixXd whitened = basis_ * lengths_.cwiseInverse().asDiagonal() * basis_.transpose() * steps;
  for (Index k = 0; k < lambda_; ++k)
    if (double norm = whitened.col(k).norm(); norm > longest) {
      steps.col(k) *= longest / norm;
      whitened.col(k) *= longest / norm;
    }

  const VectorXd step = steps.leftCols(mu_) * weights.head(mu_);  // (41)
  mean_ += sigma_ * scale_.cwiseProduct(step);                    // (42)
  for (Index i = 0; i < d_; ++i) mean_[i] = std::clamp(mean_[i], 0.0, 1.0);

  path_sigma_ =
      (1 - c_sigma_) * path_sigma_ + std::sqrt(c_sigma_ * (2 - c_sigma_) * mu_eff_) *
                                         (whitened.leftCols(mu_) * weights.head(mu_));  // (43)
  const double length = path_sigma_.norm();
  sigma_ *= std::exp(std::min(1.0, c_sigma_ / d_sigma_ * (length / chi_ - 1)));  // (44)
  sigma_ = std::min(sigma_, 1.0);  // wider than the cube says nothing more

  const double faded = 1 - std::pow(1 - c_sigma_, 2 * static_cast<double>(generation_));
  const double h = length / std::sqrt(faded) < (1.4 + 2 / (d + 1)) * chi_ ? 1 : 0;
  path_c_ = (1 - c_c_) * path_c_ + h * std::sqrt(c_c_ * (2 - c_c_) * mu_eff_) * step;  // (45)
  VectorXd w = weights;
  for (Index k = mu_; k < lambda_; ++k)
    w[k] *= d / std::max(whitened.col(k).squaredNorm(), 1e-12);                          // (46)
  covariance_ *= 1 + c_1_ * (1 - h) * c_c_ * (2 - c_c_) - c_1_ - c_mu_ * weights.sum();  // (47)
  covariance_ +=
      c_1_ * path_c_ * path_c_.transpose() + c_mu_ * steps * w.asDiagonal() * steps.transpose();

  if (static_cast<double>(generation_ - decomposed_) >= 1 / (10 * d * (c_1_ + c_mu_))) decompose();
}

void CovarianceAdaptation::decompose() {
  decomposed_ = generation_;
  covariance_ = (0.5 * (covariance_ + covariance_.transpose())).eval();
  Eigen::SelfAdjointEigenSolver<MatrixXd> solver(covariance_);
  const VectorXd& values = solver.eigenvalues();
  if (solver.info() != Eigen::Success || !values.allFinite() || values[0] <= 0 ||
      values[d_ - 1] > 1e14 * values[0]) {
    stuck_ = true;
    return;
  }
  basis_ = solver.eigenvectors();
  lengths_ = values.cwiseSqrt();
}

void CovarianceAdaptation::adapt_categories(const std::vector<Result>& best,
                                            const VectorXd& weights) {
  for (std::size_t c = 0; c < categorical_.size(); ++c) {
    VectorXd& q = categories_[c];
    const auto k = static_cast<double>(q.size());
    VectorXd among = VectorXd::Zero(q.size());
    for (Index i = 0; i < mu_; ++i)
      among[static_cast<Index>(axes_[categorical_[c]].level(
          best[static_cast<std::size_t>(i)].point[categorical_[c]]))] += weights[i];
    const double rate = std::min(0.5, mu_eff_ / (mu_eff_ + k + 2));
    q = (1 - rate) * q + rate * among;
    const double floor = std::min(1 / k, 1 / (k * static_cast<double>(lambda_)));
    q = q.cwiseMax(floor);
    q /= q.sum();
  }
}

void CovarianceAdaptation::keep_margins() {
  for (Index i = 0; i < d_; ++i) {
    const Axis& axis = axes_[numeric_[static_cast<std::size_t>(i)]];
    const auto levels = axis.levels();
    if (levels < 2) continue;
    const double s = deviation(i);
    const auto level = axis.level(mean_[i]);
    const double low = axis.edge(level), high = axis.edge(level + 1);
    if (level == 0 ||
        level + 1 ==
            levels) {  // to leave the outermost cell: move the mean (Hamano et al., section 4.2)
      const double reach = -s * normal_quantile(margin_);
      mean_[i] = level == 0 ? std::max(mean_[i], high - reach) : std::min(mean_[i], low + reach);
      continue;
    }
    // To leave an inner one either way: move the mean and widen (section 4.3).
    double below = normal_below((low - mean_[i]) / s), above = normal_below((mean_[i] - high) / s);
    if (below >= margin_ / 2 && above >= margin_ / 2) continue;
    double down = std::max(below, margin_ / 2), up = std::max(above, margin_ / 2),
           stay = 1 - below - above;
    const double over = (1 - down - up - stay) / (down + up + stay - 1.5 * margin_);
    down = std::max(down + over * (down - margin_ / 2), margin_ / 2);
    up = std::max(up + over * (up - margin_ / 2), margin_ / 2);
    const double to_low = -normal_quantile(down), to_high = -normal_quantile(up);
    if (!(to_low + to_high > 0)) continue;
    mean_[i] = (low * to_high + high * to_low) / (to_low + to_high);
    scale_[i] *= (high - low) / (to_low + to_high) / s;
  }
}

/// Hansen's criteria TolFunHist, TolX, and (in decompose) ConditionCov.
void CovarianceAdaptation::update_stuck(const std::vector<Result>& generation) {
  const auto memory =
      10 + static_cast<std::size_t>(
               std::ceil(30.0 * static_cast<double>(axes_.size()) / static_cast<double>(lambda_)));
  bests_.push_back(generation.front().objective);
  if (bests_.size() > memory) bests_.pop_front();
  if (bests_.size() == memory) {
    // Halved: the difference of huge objectives must not overflow.
    double low = INFINITY, high = -INFINITY;
    for (double best : bests_) {
      low = std::min(low, 0.5 * best);
      high = std::max(high, 0.5 * best);
    }
    if (!(high - low > 1e-13 * std::max(std::abs(low), std::abs(high))))
      stuck_ = true;  // nothing better, or nothing but failures
  }
  if (d_ == 0) return;
  double widest = 0;
  for (Index i = 0; i < d_; ++i)
    widest = std::max({widest, deviation(i), sigma_ * scale_[i] * std::abs(path_c_[i])});
  if (widest < 1e-11 * first_sigma_) stuck_ = true;
}

}  // namespace sherpa::algorithms
