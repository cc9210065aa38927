#include "algorithms/bayesian/models/gaussian_process.hpp"

#include "algorithms/bayesian/models/hyperposterior.hpp"
#include "algorithms/numerics/linear_algebra.hpp"

#include <algorithm>
#include <cmath>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

class GaussianProcess final : public ConditionedProcess {
 public:
  GaussianProcess(const GpKind& kind, const VectorXd& theta, const MatrixXd& points,
                  const VectorXd& y)
      : kind_(kind),
        theta_(theta),
        y_(y),
        n_(y.size()),
        measured_(n_),
        columns_(scale(kind, points, theta).columns),
        targets_(kind.output->warp(y, kind.of_output(theta)).values),
        signal_(variance(kind, theta)),
        noise_(std::exp(theta[kind.noise()])) {
    MatrixXd covariance = algorithms::covariance(kind, theta, columns_, columns_);
    // With little noise rounding may make the matrix indefinite: then as much more as it takes.
    for (;; noise_ *= 10) {
      factor_ = covariance;
      factor_.diagonal().array() = signal_ + noise_;
      if (factorise(factor_) || noise_ > 100 * signal_) break;
    }
    solve();
  }

  std::unique_ptr<ConditionedProcess> copy() const override {
    return std::make_unique<GaussianProcess>(*this);
  }

  void extend(const MatrixXd& points, const VectorXd& y) override {
    const VectorXd targets = kind_.output->more(y, y_, kind_.of_output(theta_));
    for (Index i = 0; i < y.size(); ++i) append(points.row(i).transpose(), targets[i]);
    measured_ = n_;
    solve();
  }

  void believe(const VectorXd& point) override {
    KernelRow row(kind_, theta_, point, columns_.topRows(n_));
    append(point, mean_ + row.values().dot(weights_));
    best_ = std::min(best_, targets_[n_ - 1]);
    // What is as expected changes no expectation.
    weights_.conservativeResize(n_);
    weights_[n_ - 1] = 0;
  }

  double best() const override { return best_; }

  void predict(const MatrixXd& points, VectorXd& mean, VectorXd& variance) const override {
    MatrixXd k =
        covariance(kind_, theta_, columns_.topRows(n_), scale(kind_, points, theta_).columns);
    mean = (k.transpose() * weights_).array() + mean_;
    factor_.topLeftCorner(n_, n_).triangularView<Eigen::Lower>().solveInPlace(k);
    variance = (signal_ - k.colwise().squaredNorm().array()).max(1e-14 * signal_);
  }

  Moments at(const VectorXd& point) const override {
    KernelRow row(kind_, theta_, point, columns_.topRows(n_));
    VectorXd solved = row.values();
    auto factor = factor_.topLeftCorner(n_, n_);
    factor.triangularView<Eigen::Lower>().solveInPlace(solved);
    double variance = std::max(signal_ - solved.squaredNorm(), 1e-14 * signal_);
    factor.transpose().triangularView<Eigen::Upper>().solveInPlace(solved);
    return {mean_ + row.values().dot(weights_), variance, row.slope(weights_),
            row.slope(-2 * solved)};
  }

 private:
  void append(const VectorXd& point, double target) {
    MatrixXd scaled = scale(kind_, point.transpose(), theta_).columns;
    VectorXd row = covariance(kind_, theta_, columns_.topRows(n_), scaled);
    factor_.topLeftCorner(n_, n_).triangularView<Eigen::Lower>().solveInPlace(row);
    if (n_ == factor_.rows()) {
      const Index capacity = n_ + n_ / 4 + 8;
      columns_.conservativeResize(capacity, Eigen::NoChange);
      factor_.conservativeResize(capacity, capacity);
      targets_.conservativeResize(capacity);
    }
    columns_.row(n_) = scaled;
    factor_.row(n_).head(n_) = row.transpose();
    // A point on top of another: what is left is the noise, whatever rounding says.
    factor_(n_, n_) = std::sqrt(std::max(signal_ + noise_ - row.squaredNorm(), noise_));
    targets_[n_++] = target;
  }

  /// The weights of the data, the mean, and the best of what was measured.
  void solve() {
    auto lower = factor_.topLeftCorner(n_, n_).triangularView<Eigen::Lower>();
    VectorXd of_ones = VectorXd::Ones(n_);
    weights_ = targets_.head(n_);
    lower.solveInPlace(of_ones);
    lower.solveInPlace(weights_);
    mean_ =
        kind_.zero_mean ? 0 : of_ones.dot(weights_) / (of_ones.squaredNorm() + 1 / mean_variance);
    weights_ -= mean_ * of_ones;
    lower.transpose().solveInPlace(weights_);
    // (K + noise)·weights = target − mean: the prediction at a datum is its target less the noise's
    // share.
    best_ = (targets_.head(measured_) - noise_ * weights_.head(measured_)).minCoeff();
  }

  GpKind kind_;
  VectorXd theta_;
  VectorXd y_;  // as at the beginning: what standardises later ones
  Index n_, measured_;
  MatrixXd columns_;  // scaled, a row per point
  MatrixXd factor_;   // lower, of the covariance with noise
  VectorXd targets_, weights_;
  double signal_, noise_, mean_ = 0, best_ = 0;
};

}  // namespace

std::unique_ptr<ConditionedProcess> condition(const GpKind& kind, const VectorXd& theta,
                                              const MatrixXd& points, const VectorXd& y) {
  return std::make_unique<GaussianProcess>(kind, theta, points, y);
}

}  // namespace sherpa::algorithms
