#include "algorithms/bayesian/models/gaussian_process.hpp"
#include "algorithms/numerics/linear_algebra.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Relative to the signal; with less noise K is numerically singular.
constexpr double least_noise = 1e-6;

/// Rows of the data that become inducing points. The prior mean is 0, that of standardized targets.
std::vector<Index> choose_inducing_points(const GpStructure& gp, const VectorXd& theta,
                                          const MatrixXd& columns, const VectorXd& y, Index count) {
  const double signal = variance(gp, theta);
  const Index n = columns.rows();
  count = std::min(count, n);
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  const Index half = count == n ? n : count / 2;
  std::partial_sort(order.begin(), order.begin() + half, order.end(),
                    [&](Index a, Index b) { return std::pair(y[a], a) < std::pair(y[b], b); });
  // Pivoted Cholesky: `left` is the variance of each datum given the inducing points so far.
  VectorXd left = VectorXd::Constant(n, signal);
  MatrixXd factor(n, count);
  std::vector<Index> chosen;
  for (Index i = 0; i < count; ++i) {
    Index at = 0;
    if (i < half) {
      at = order[static_cast<std::size_t>(i)];
    } else {
      left.maxCoeff(&at);
    }
    if (left[at] < least_noise * signal) {
      if (i < half) {
        factor.col(i).setZero();
        continue;  // coincides with another inducing point
      }
      break;
    }
    VectorXd column = covariance(gp, theta, columns, columns.row(at));
    column -= factor.leftCols(i) * factor.row(at).head(i).transpose();
    factor.col(i) = column / std::sqrt(left[at]);
    left -= factor.col(i).cwiseAbs2();
    left[at] = 0;
    chosen.push_back(at);
  }
  return chosen;
}

class SparseGaussianProcess final : public ConditionedProcess {
 public:
  SparseGaussianProcess(const GpStructure& gp, const VectorXd& theta, const MatrixXd& points,
                        const VectorXd& y, Index inducing)
      : gp_(gp), theta_(theta), y_(y), signal_(variance(gp, theta)) {
    noise_ = std::max(std::exp(theta[gp.noise()]), least_noise * signal_);
    MatrixXd columns = scale_inputs(gp, points, theta).columns;
    VectorXd targets = gp.output->warp(y, gp.of_output(theta)).values;
    columns_ = columns(choose_inducing_points(gp, theta, columns, y, inducing), Eigen::all);
    factor_ = covariance(gp, theta, columns_, columns_);
    factor_.diagonal().array() += 1e-10 * signal_;
    cholesky(factor_);
    MatrixXd a = whitened(columns);
    precision_ = MatrixXd::Identity(columns_.rows(), columns_.rows()) + a * a.transpose() / noise_;
    sum_ = a * targets / noise_;
    cholesky(precision_);
    solve();
    // The best mean is looked for where objectives are lowest.
    std::vector<Index> order(static_cast<std::size_t>(y.size()));
    std::iota(order.begin(), order.end(), Index{0});
    auto few = std::min<std::size_t>(64, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(few), order.end(),
                      [&](Index i, Index j) { return std::pair(y[i], i) < std::pair(y[j], j); });
    order.resize(few);
    best_rows_ = columns(order, Eigen::all);
    find_best();
  }

  std::unique_ptr<ConditionedProcess> copy() const override {
    return std::make_unique<SparseGaussianProcess>(*this);
  }

  void extend(const MatrixXd& points, const VectorXd& y) override {
    const MatrixXd scaled = scale_inputs(gp_, points, theta_).columns;
    const VectorXd targets = gp_.output->warp_new(y, y_, gp_.of_output(theta_));
    for (Index i = 0; i < y.size(); ++i) append(scaled.row(i), targets[i]);
    solve();
    best_rows_.conservativeResize(best_rows_.rows() + y.size(), Eigen::NoChange);
    best_rows_.bottomRows(y.size()) = scaled;
    find_best();
  }

  void fantasize(const VectorXd& point) override {
    MatrixXd scaled = scale_inputs(gp_, point.transpose(), theta_).columns;
    VectorXd a = whitened(scaled).col(0);
    const double expected = a.dot(solved_);
    // The point becomes an inducing point. Otherwise it would count only as far as the present
    // inducing points explain it, and far from them the variance would stay as large as before.
    if (const double left = signal_ - a.squaredNorm(); left > least_noise * signal_)
      add_inducing_point(scaled, a, std::sqrt(left));
    append(scaled, expected);  // changes no mean
    best_ = std::min(best_, expected);
  }

  double best_mean() const override { return best_; }

  void predict(const MatrixXd& points, VectorXd& mean, VectorXd& variance) const override {
    MatrixXd a = whitened(scale_inputs(gp_, points, theta_).columns);
    mean = a.transpose() * solved_;
    variance = signal_ - a.colwise().squaredNorm().array();
    precision_.triangularView<Eigen::Lower>().solveInPlace(a);
    variance += a.colwise().squaredNorm().transpose();
    variance = variance.cwiseMax(1e-12 * signal_);
  }

  PointPosterior posterior_at(const VectorXd& point) const override {
    KernelRow row(gp_, theta_, point, columns_);
    VectorXd a = row.values();
    factor_.triangularView<Eigen::Lower>().solveInPlace(a);
    VectorXd b = a;
    precision_.triangularView<Eigen::Lower>().solveInPlace(b);
    PointPosterior out;
    out.mean = a.dot(solved_);
    out.variance = std::max(signal_ - a.squaredNorm() + b.squaredNorm(), 1e-12 * signal_);
    precision_.transpose().triangularView<Eigen::Upper>().solveInPlace(b);
    VectorXd of_mean = solved_, of_variance = b - a;
    factor_.transpose().triangularView<Eigen::Upper>().solveInPlace(of_mean);
    factor_.transpose().triangularView<Eigen::Upper>().solveInPlace(of_variance);
    out.mean_gradient = row.gradient(of_mean);
    out.variance_gradient = row.gradient(2 * of_variance);
    return out;
  }

 private:
  /// L⁻¹ k(inducing points, scaled), K = L Lᵀ being the inducing points' covariance: a column per
  /// row of `scaled`.
  MatrixXd whitened(const MatrixXd& scaled) const {
    MatrixXd k = covariance(gp_, theta_, columns_, scaled);
    factor_.triangularView<Eigen::Lower>().solveInPlace(k);
    return k;
  }

  void add_inducing_point(const MatrixXd& scaled, const VectorXd& a, double left) {
    const Index m = columns_.rows();
    auto grow = [m](MatrixXd& factor) {
      factor.conservativeResize(m + 1, m + 1);
      factor.row(m).setZero();
      factor.col(m).setZero();
    };
    columns_.conservativeResize(m + 1, Eigen::NoChange);
    columns_.row(m) = scaled;
    grow(factor_);
    factor_.row(m).head(m) = a.transpose();
    factor_(m, m) = left;
    grow(precision_);
    precision_(m, m) = 1;
    for (VectorXd* one : {&sum_, &solved_}) {
      one->conservativeResize(m + 1);
      (*one)[m] = 0;
    }
  }

  void append(const MatrixXd& scaled, double target) {
    VectorXd a = whitened(scaled).col(0);
    sum_ += a * (target / noise_);
    cholesky_update(precision_, a / std::sqrt(noise_));
  }

  void solve() {
    solved_ = sum_;
    precision_.triangularView<Eigen::Lower>().solveInPlace(solved_);
    precision_.transpose().triangularView<Eigen::Upper>().solveInPlace(solved_);
  }

  void find_best() { best_ = (whitened(best_rows_).transpose() * solved_).minCoeff(); }

  GpStructure gp_;
  VectorXd theta_;
  VectorXd y_;
  double signal_, noise_ = 0, best_ = 0;
  MatrixXd columns_;    // scaled inputs of the inducing points
  MatrixXd factor_;     // L, of their covariance
  MatrixXd precision_;  // Cholesky factor of I + A Aᵀ/noise, A being the whitened data
  VectorXd sum_;        // A targets / noise
  VectorXd solved_;     // (I + A Aᵀ/noise)⁻¹ sum
  MatrixXd best_rows_;  // scaled inputs of data among which the best mean is
};

}  // namespace

std::unique_ptr<ConditionedProcess> condition_sparsely(const GpStructure& gp, const VectorXd& theta,
                                                       const MatrixXd& points, const VectorXd& y,
                                                       Index inducing) {
  return std::make_unique<SparseGaussianProcess>(gp, theta, points, y, inducing);
}

}  // namespace sherpa::algorithms
