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

/// Noise below this share of the signal leaves nothing of the digits of K⁻¹K.
constexpr double least_noise = 1e-6;

/// Which rows are to induce. The prior mean is 0, that of the standardised targets.
std::vector<Index> choose(const GpKind& kind, const VectorXd& theta, const MatrixXd& columns,
                          const VectorXd& y, Index count) {
  const double signal = variance(kind, theta);
  const Index n = columns.rows();
  count = std::min(count, n);
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  const Index half = count == n ? n : count / 2;
  std::partial_sort(order.begin(), order.begin() + half, order.end(),
                    [&](Index a, Index b) { return std::pair(y[a], a) < std::pair(y[b], b); });
  // A pivoted Cholesky factorisation: what the chosen leave unexplained of each.
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
        continue;  // it stands where another one does
      }
      break;
    }
    VectorXd column = covariance(kind, theta, columns, columns.row(at));
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
  SparseGaussianProcess(const GpKind& kind, const VectorXd& theta, const MatrixXd& points,
                        const VectorXd& y, Index inducing)
      : kind_(kind), theta_(theta), y_(y), signal_(variance(kind, theta)) {
    noise_ = std::max(std::exp(theta[kind.noise()]), least_noise * signal_);
    MatrixXd columns = scale(kind, points, theta).columns;
    VectorXd targets = kind.output->warp(y, kind.of_output(theta)).values;
    columns_ = columns(choose(kind, theta, columns, y, inducing), Eigen::all);
    factor_ = covariance(kind, theta, columns_, columns_);
    factor_.diagonal().array() += 1e-10 * signal_;
    factorise(factor_);
    MatrixXd a = whitened(columns);
    precision_ = MatrixXd::Identity(columns_.rows(), columns_.rows()) + a * a.transpose() / noise_;
    sum_ = a * targets / noise_;
    factorise(precision_);
    solve();
    // The best of them all, as the model sees them.
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
    const MatrixXd scaled = scale(kind_, points, theta_).columns;
    const VectorXd targets = kind_.output->more(y, y_, kind_.of_output(theta_));
    for (Index i = 0; i < y.size(); ++i) append(scaled.row(i), targets[i]);
    solve();
    best_rows_.conservativeResize(best_rows_.rows() + y.size(), Eigen::NoChange);
    best_rows_.bottomRows(y.size()) = scaled;
    find_best();
  }

  void believe(const VectorXd& point) override {
    MatrixXd scaled = scale(kind_, point.transpose(), theta_).columns;
    VectorXd a = whitened(scaled).col(0);
    const double expected = a.dot(solved_);
    // It induces, too: else all that it adds is its share of the others, and where they are far the
    // next one would go there again. The data before it say nothing about what they leave
    // unexplained of it.
    if (const double left = signal_ - a.squaredNorm(); left > least_noise * signal_)
      induce(scaled, a, std::sqrt(left));
    append(scaled, expected);  // which changes no expectation
    best_ = std::min(best_, expected);
  }

  double best() const override { return best_; }

  void predict(const MatrixXd& points, VectorXd& mean, VectorXd& variance) const override {
    MatrixXd a = whitened(scale(kind_, points, theta_).columns);
    mean = a.transpose() * solved_;
    variance = signal_ - a.colwise().squaredNorm().array();
    precision_.triangularView<Eigen::Lower>().solveInPlace(a);
    variance += a.colwise().squaredNorm().transpose();
    variance = variance.cwiseMax(1e-12 * signal_);
  }

  Moments at(const VectorXd& point) const override {
    KernelRow row(kind_, theta_, point, columns_);
    VectorXd a = row.values();
    factor_.triangularView<Eigen::Lower>().solveInPlace(a);
    VectorXd b = a;
    precision_.triangularView<Eigen::Lower>().solveInPlace(b);
    Moments out;
    out.mean = a.dot(solved_);
    out.variance = std::max(signal_ - a.squaredNorm() + b.squaredNorm(), 1e-12 * signal_);
    precision_.transpose().triangularView<Eigen::Upper>().solveInPlace(b);
    VectorXd of_mean = solved_, of_variance = b - a;
    factor_.transpose().triangularView<Eigen::Upper>().solveInPlace(of_mean);
    factor_.transpose().triangularView<Eigen::Upper>().solveInPlace(of_variance);
    out.mean_slope = row.slope(of_mean);
    out.variance_slope = row.slope(2 * of_variance);
    return out;
  }

 private:
  /// The covariances with the inducing points times the inverse of their factor; a column per row
  /// of `scaled`.
  MatrixXd whitened(const MatrixXd& scaled) const {
    MatrixXd k = covariance(kind_, theta_, columns_, scaled);
    factor_.triangularView<Eigen::Lower>().solveInPlace(k);
    return k;
  }

  void induce(const MatrixXd& scaled, const VectorXd& a, double left) {
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
    add_to_factor(precision_, a / std::sqrt(noise_));
  }

  void solve() {
    solved_ = sum_;
    precision_.triangularView<Eigen::Lower>().solveInPlace(solved_);
    precision_.transpose().triangularView<Eigen::Upper>().solveInPlace(solved_);
  }

  void find_best() { best_ = (whitened(best_rows_).transpose() * solved_).minCoeff(); }

  GpKind kind_;
  VectorXd theta_;
  VectorXd y_;
  double signal_, noise_ = 0, best_ = 0;
  MatrixXd columns_;  // of the inducing points, scaled
  MatrixXd factor_;   // of their covariance
  MatrixXd
      precision_;  // the factor of I + A Aᵀ/noise, A being the whitened covariances with the data
  VectorXd sum_, solved_;
  MatrixXd best_rows_;  // data among which the best is
};

}  // namespace

std::unique_ptr<ConditionedProcess> condition_sparsely(const GpKind& kind, const VectorXd& theta,
                                                       const MatrixXd& points, const VectorXd& y,
                                                       Index inducing) {
  return std::make_unique<SparseGaussianProcess>(kind, theta, points, y, inducing);
}

}  // namespace sherpa::algorithms
