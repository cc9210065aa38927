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
  GaussianProcess(const GpStructure& gp, const VectorXd& theta, const MatrixXd& points,
                  const VectorXd& y)
      : gp_(gp),
        theta_(theta),
        y_(y),
        n_(y.size()),
        measured_(n_),
        columns_(scale_inputs(gp, points, theta).columns),
        targets_(gp.output->warp(y, gp.of_output(theta)).values),
        signal_(variance(gp, theta)),
        noise_(std::exp(theta[gp.noise()])) {
    MatrixXd covariance = algorithms::covariance(gp, theta, columns_, columns_);
    // Rounding makes a matrix with little noise indefinite: then add noise until it is definite.
    for (;; noise_ *= 10) {
      factor_ = covariance;
      factor_.diagonal().array() = signal_ + noise_;
      if (cholesky(factor_) || noise_ > 100 * signal_) break;
    }
    solve();
  }

  std::unique_ptr<ConditionedProcess> copy() const override {
    return std::make_unique<GaussianProcess>(*this);
  }

  void extend(const MatrixXd& points, const VectorXd& y) override {
    const VectorXd targets = gp_.output->warp_new(y, y_, gp_.of_output(theta_));
    for (Index i = 0; i < y.size(); ++i) append(points.row(i).transpose(), targets[i]);
    measured_ = n_;
    solve();
  }

  void fantasize(const VectorXd& point) override {
    KernelRow row(gp_, theta_, point, columns_.topRows(n_));
    append(point, mean_ + row.values().dot(weights_));
    best_ = std::min(best_, targets_[n_ - 1]);
    // A datum equal to its posterior mean changes no mean: its weight is 0.
    weights_.conservativeResize(n_);
    weights_[n_ - 1] = 0;
  }

  double best_mean() const override { return best_; }

  void predict(const MatrixXd& points, VectorXd& mean, VectorXd& variance) const override {
    MatrixXd k =
        covariance(gp_, theta_, columns_.topRows(n_), scale_inputs(gp_, points, theta_).columns);
    mean = (k.transpose() * weights_).array() + mean_;
    factor_.topLeftCorner(n_, n_).triangularView<Eigen::Lower>().solveInPlace(k);
    variance = (signal_ - k.colwise().squaredNorm().array()).max(1e-14 * signal_);
  }

  PointPosterior posterior_at(const VectorXd& point) const override {
    KernelRow row(gp_, theta_, point, columns_.topRows(n_));
    VectorXd solved = row.values();
    auto factor = factor_.topLeftCorner(n_, n_);
    factor.triangularView<Eigen::Lower>().solveInPlace(solved);
    double variance = std::max(signal_ - solved.squaredNorm(), 1e-14 * signal_);
    factor.transpose().triangularView<Eigen::Upper>().solveInPlace(solved);
    return {mean_ + row.values().dot(weights_), variance, row.gradient(weights_),
            row.gradient(-2 * solved)};
  }

 private:
  void append(const VectorXd& point, double target) {
    MatrixXd scaled = scale_inputs(gp_, point.transpose(), theta_).columns;
    VectorXd row = covariance(gp_, theta_, columns_.topRows(n_), scaled);
    factor_.topLeftCorner(n_, n_).triangularView<Eigen::Lower>().solveInPlace(row);
    if (n_ == factor_.rows()) {
      const Index capacity = n_ + n_ / 4 + 8;
      columns_.conservativeResize(capacity, Eigen::NoChange);
      factor_.conservativeResize(capacity, capacity);
      targets_.conservativeResize(capacity);
    }
    columns_.row(n_) = scaled;
    factor_.row(n_).head(n_) = row.transpose();
    // Never less than the noise: rounding would make it so where two points coincide.
    factor_(n_, n_) = std::sqrt(std::max(signal_ + noise_ - row.squaredNorm(), noise_));
    targets_[n_++] = target;
  }

  /// The weights α = K⁻¹ (y − mean), the constant mean (see Hyperposterior), and the best mean.
  void solve() {
    auto lower = factor_.topLeftCorner(n_, n_).triangularView<Eigen::Lower>();
    VectorXd of_ones = VectorXd::Ones(n_);
    weights_ = targets_.head(n_);
    lower.solveInPlace(of_ones);
    lower.solveInPlace(weights_);
    mean_ = gp_.zero_mean ? 0 : of_ones.dot(weights_) / (of_ones.squaredNorm() + 1 / mean_variance);
    weights_ -= mean_ * of_ones;
    lower.transpose().solveInPlace(weights_);
    // From (K + noise I) α = target − mean: the posterior mean at a datum is target − noise α.
    best_ = (targets_.head(measured_) - noise_ * weights_.head(measured_)).minCoeff();
  }

  GpStructure gp_;
  VectorXd theta_;
  VectorXd y_;  // the first data, by whose mean and deviation later ones are standardized
  Index n_, measured_;
  MatrixXd columns_;  // scaled inputs; room for more than n_ rows
  MatrixXd factor_;   // Cholesky, lower, of K + noise I
  VectorXd targets_, weights_;
  double signal_, noise_, mean_ = 0, best_ = 0;
};

}  // namespace

std::unique_ptr<ConditionedProcess> condition(const GpStructure& gp, const VectorXd& theta,
                                              const MatrixXd& points, const VectorXd& y) {
  return std::make_unique<GaussianProcess>(gp, theta, points, y);
}

}  // namespace sherpa::algorithms
