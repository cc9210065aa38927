#include "algorithms/bayesian/models/hyperposterior.hpp"

#include "algorithms/numerics/linear_algebra.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace sherpa::algorithms {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Hyperposterior::Hyperposterior(const GpKind& kind, const MatrixXd& points, const VectorXd& y)
    : kind_(kind),
      points_(points),
      y_(y),
      prior_mean_(kind.prior_mean()),
      prior_deviation_(kind.prior_deviation()) {}

double Hyperposterior::evaluate(const VectorXd& theta, VectorXd* gradient) const {
  const auto& features = *kind_.features;
  const Index n = y_.size(), outputs = kind_.output->parameters();
  const double signal = std::exp(theta[kind_.signal()]), noise = std::exp(theta[kind_.noise()]);
  Warped warped = kind_.output->warp(y_, kind_.of_output(theta));
  Scaled x = scale(kind_, points_, theta, gradient != nullptr);
  Matern matern(x.columns, x.columns, gradient != nullptr);
  MatrixXd sum;
  std::vector<MatrixXd> effect_slopes;
  MatrixXd factor = signal * matern.correlation;
  if (kind_.effects) {
    sum = MatrixXd::Zero(n, n);
    add_effects(kind_, theta, x.columns, sum, gradient ? &effect_slopes : nullptr);
    factor.triangularView<Eigen::Lower>() += sum;
  }
  factor.diagonal().array() = variance(kind_, theta) + noise;
  if (!factorise(factor)) return std::numeric_limits<double>::infinity();

  VectorXd of_ones = VectorXd::Ones(n), weights = warped.values;
  auto lower = factor.triangularView<Eigen::Lower>();
  lower.solveInPlace(of_ones);
  lower.solveInPlace(weights);
  double mean =
      kind_.zero_mean ? 0 : of_ones.dot(weights) / (of_ones.squaredNorm() + 1 / mean_variance);
  weights -= mean * of_ones;
  VectorXd distance = (theta - prior_mean_).cwiseQuotient(prior_deviation_);
  double value = 0.5 * weights.squaredNorm() + factor.diagonal().array().log().sum() +
                 0.5 * mean * mean / mean_variance - warped.log_jacobian +
                 0.5 * distance.squaredNorm();
  if (!gradient) return value;

  lower.transpose().solveInPlace(weights);
  MatrixXd inverse = inverse_from_factor(factor);
  const double trace =
      inverse.trace() -
      weights.squaredNorm();  // of inverse − weights·weightsᵀ, twice the slope by K
  VectorXd residual = warped.values.array() - mean;
  *gradient = distance.cwiseQuotient(prior_deviation_);
  (*gradient)[kind_.signal()] +=
      0.5 * (static_cast<double>(n) - weights.dot(residual) - noise * trace);
  (*gradient)[kind_.noise()] += 0.5 * noise * trace;
  gradient->segment(kind_.output_at(), outputs) +=
      warped.slopes.transpose() * weights - warped.jacobian_slopes;
  // ½ Σᵢⱼ Mᵢⱼ (xᵢ − xⱼ)² = Σᵢ xᵢ² Σⱼ Mᵢⱼ − xᵀMx for each column, M being the slope by K times the
  // kernel's by the squared distance.
  inverse.noalias() -= weights * weights.transpose();
  if (kind_.effects) {
    auto trace_with = [&](const MatrixXd& triangle) {  // ½ tr(M·S), S being symmetric and known by
                                                       // its lower triangle
      double below = 0;
      for (Index c = 0; c < n; ++c)
        below += inverse.col(c).tail(n - c - 1).dot(triangle.col(c).tail(n - c - 1));
      return below + 0.5 * inverse.diagonal().dot(triangle.diagonal());
    };
    const double of_sum = trace_with(sum);
    (*gradient)[kind_.signal()] -= of_sum;
    (*gradient)[kind_.effects_at()] += of_sum;
    for (Index p = 0; p < features.parameters(); ++p)
      (*gradient)[kind_.effect(p)] += trace_with(effect_slopes[static_cast<std::size_t>(p)]);
  }
  MatrixXd m = signal * inverse.cwiseProduct(matern.slope);
  VectorXd sums = m.rowwise().sum();
  MatrixXd mx = m * x.columns;
  for (Index c = 0; c < features.columns(); ++c) {
    const Index p = features.parameter(c);
    auto column = x.columns.col(c);
    (*gradient)[p] += sums.dot(column.cwiseAbs2()) - column.dot(mx.col(c));
    if (!kind_.input_warp || features.categorical(p)) continue;
    auto by = [&](const auto& slope) {
      return sums.dot(column.cwiseProduct(slope)) - mx.col(c).dot(slope);
    };
    (*gradient)[kind_.input_at() + p] -= by(x.by_a.col(c));
    (*gradient)[kind_.input_at() + features.parameters() + p] -= by(x.by_b.col(c));
  }
  return value;
}

}  // namespace sherpa::algorithms
