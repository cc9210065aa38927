#include "algorithms/bayesian/models/hyperposterior.hpp"

#include "algorithms/numerics/linear_algebra.hpp"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace sherpa::algorithms {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

/// ½ tr(M S) of two symmetric matrices, each known by its lower triangle.
double half_trace_of_product(const MatrixXd& m, const MatrixXd& s) {
  double below = 0;
  for (Index c = 0; c < m.cols(); ++c) {
    const Index rest = m.rows() - c - 1;
    below += m.col(c).tail(rest).dot(s.col(c).tail(rest));
  }
  return below + 0.5 * m.diagonal().dot(s.diagonal());
}

}  // namespace

/// What the value and the gradient at one θ have in common.
struct Hyperposterior::Evaluation {
  double signal, noise;
  WarpedObjectives warped;
  ScaledInputs x;
  Matern matern;
  MatrixXd factor{};  // Cholesky, lower, of the covariance with noise
  MatrixXd effects{};
  std::vector<MatrixXd> effect_derivatives{};
  VectorXd distance{};  // of θ from its prior mean, in prior deviations
  double mean = 0;
  VectorXd weights{};  // L⁻¹ (y − mean), later K⁻¹ (y − mean)
  MatrixXd k_derivative{};
};

Hyperposterior::Hyperposterior(const GpStructure& gp, const MatrixXd& points, const VectorXd& y)
    : gp_(gp),
      points_(points),
      y_(y),
      prior_mean_(gp.prior_mean()),
      prior_deviation_(gp.prior_deviation()) {}

double Hyperposterior::evaluate(const VectorXd& theta, VectorXd* gradient) const {
  ScaledInputs x = scale_inputs(gp_, points_, theta, gradient != nullptr);
  Matern matern(x.columns, x.columns, gradient != nullptr);
  Evaluation at{.signal = std::exp(theta[gp_.signal()]),
                .noise = std::exp(theta[gp_.noise()]),
                .warped = gp_.output->warp(y_, gp_.of_output(theta)),
                .x = std::move(x),
                .matern = std::move(matern)};
  if (!factorize(theta, gradient != nullptr, at)) return std::numeric_limits<double>::infinity();
  const double value = solve(theta, at);
  if (gradient) differentiate(at, *gradient);
  return value;
}

/// The Cholesky factor of K + noise I. False when the matrix is not positive definite.
bool Hyperposterior::factorize(const VectorXd& theta, bool with_gradient, Evaluation& at) const {
  at.factor = at.signal * at.matern.correlation;
  if (gp_.effects) {
    at.effects = MatrixXd::Zero(y_.size(), y_.size());
    add_effects(gp_, theta, at.x.columns, at.effects,
                with_gradient ? &at.effect_derivatives : nullptr);
    at.factor.triangularView<Eigen::Lower>() += at.effects;
  }
  at.factor.diagonal().array() = variance(gp_, theta) + at.noise;
  return cholesky(at.factor);
}

/// The value: Rasmussen and Williams, equation 2.30, ½ yᵀK⁻¹y + ½ ln |K|, with the constant mean at
/// its most probable value, 1ᵀK⁻¹y / (1ᵀK⁻¹1 + 1/variance of its prior).
double Hyperposterior::solve(const VectorXd& theta, Evaluation& at) const {
  VectorXd of_ones = VectorXd::Ones(y_.size());
  at.weights = at.warped.values;
  auto lower = at.factor.triangularView<Eigen::Lower>();
  lower.solveInPlace(of_ones);
  lower.solveInPlace(at.weights);
  at.mean =
      gp_.zero_mean ? 0 : of_ones.dot(at.weights) / (of_ones.squaredNorm() + 1 / mean_variance);
  at.weights -= at.mean * of_ones;
  at.distance = (theta - prior_mean_).cwiseQuotient(prior_deviation_);
  return 0.5 * at.weights.squaredNorm() + at.factor.diagonal().array().log().sum() +
         0.5 * at.mean * at.mean / mean_variance - at.warped.log_jacobian +
         0.5 * at.distance.squaredNorm();
}

/// The gradient: equation 5.9, ½ tr((K⁻¹ − ααᵀ) ∂K/∂θ) with α = K⁻¹ (y − mean). The derivative by
/// the mean is 0 where the mean is most probable.
void Hyperposterior::differentiate(Evaluation& at, VectorXd& gradient) const {
  VectorXd& weights = at.weights;
  at.factor.triangularView<Eigen::Lower>().transpose().solveInPlace(weights);
  at.k_derivative = inverse_from_cholesky(at.factor);
  const double trace = at.k_derivative.trace() - weights.squaredNorm();  // of K⁻¹ − ααᵀ
  VectorXd residual = at.warped.values.array() - at.mean;
  gradient = at.distance.cwiseQuotient(prior_deviation_);
  gradient[gp_.signal()] +=
      0.5 * (static_cast<double>(y_.size()) - weights.dot(residual) - at.noise * trace);
  gradient[gp_.noise()] += 0.5 * at.noise * trace;
  gradient.segment(gp_.output_at(), gp_.output->parameters()) +=
      at.warped.gradients.transpose() * weights - at.warped.log_jacobian_gradient;
  at.k_derivative.noalias() -= weights * weights.transpose();
  if (gp_.effects) differentiate_effects(at, gradient);
  differentiate_inputs(at, gradient);
}

void Hyperposterior::differentiate_effects(Evaluation& at, VectorXd& gradient) const {
  const double of_sum = half_trace_of_product(at.k_derivative, at.effects);
  gradient[gp_.signal()] -= of_sum;
  gradient[gp_.effects_at()] += of_sum;
  for (Index p = 0; p < gp_.features->parameters(); ++p)
    gradient[gp_.effect(p)] +=
        half_trace_of_product(at.k_derivative, at.effect_derivatives[static_cast<std::size_t>(p)]);
}

/// By the length scales and the input warps. With M the derivative by K times that of the kernel by
/// the squared distance, ½ Σᵢⱼ Mᵢⱼ (xᵢ − xⱼ)² = Σᵢ xᵢ² Σⱼ Mᵢⱼ − xᵀMx for each column x.
void Hyperposterior::differentiate_inputs(Evaluation& at, VectorXd& gradient) const {
  const auto& features = *gp_.features;
  MatrixXd m = at.signal * at.k_derivative.cwiseProduct(at.matern.slope);
  VectorXd sums = m.rowwise().sum();
  MatrixXd mx = m * at.x.columns;
  for (Index c = 0; c < features.columns(); ++c) {
    const Index p = features.parameter(c);
    auto column = at.x.columns.col(c);
    gradient[p] += sums.dot(column.cwiseAbs2()) - column.dot(mx.col(c));
    if (!gp_.input_warp || features.categorical(p)) continue;
    auto by = [&](const auto& derivative) {
      return sums.dot(column.cwiseProduct(derivative)) - mx.col(c).dot(derivative);
    };
    gradient[gp_.input_at() + p] -= by(at.x.by_a.col(c));
    gradient[gp_.input_at() + features.parameters() + p] -= by(at.x.by_b.col(c));
  }
}

}  // namespace sherpa::algorithms
