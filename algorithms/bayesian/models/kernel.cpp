#include "algorithms/bayesian/models/kernel.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sherpa::algorithms {

namespace {

using Eigen::ArrayXXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double root5 = 2.2360679774997896964;

/// Input warps have infinite slopes at 0 and 1.
double inside(double x) { return std::clamp(x, 1e-12, 1 - 1e-12); }

}  // namespace

VectorXd GpStructure::prior_mean() const {
  const Index d = features->parameters();
  VectorXd out = VectorXd::Zero(size());
  // Length scales grow with the root of the number of parameters, as distances do: Hvarfner,
  // Hellsten and Nardi, "Vanilla Bayesian optimization performs great in high dimensions", ICML
  // 2024.
  out.head(d).setConstant(-1.2 + 0.5 * std::log(static_cast<double>(d)));
  // Two values of a Choice are 1 apart, two values of a range about 0.4.
  for (Index p = 0; p < d; ++p)
    if (features->categorical(p)) out[p] += 0.9;
  out[noise()] = labels ? -3 : -11;
  out.segment(output_at(), output->parameters()) = output->prior_mean();
  if (effects) {
    out[effects_at()] = -1;
    for (Index p = 0; p < d; ++p) out[effect(p)] = features->categorical(p) ? -0.3 : -1.2;
  }
  return out;
}

VectorXd GpStructure::prior_deviation() const {
  VectorXd out = VectorXd::Constant(size(), 0.5);
  out.head(features->parameters()).setConstant(1);
  out[signal()] = 1;
  out[noise()] = 4;
  out.segment(output_at(), output->parameters()) = output->prior_deviation();
  if (effects) out.tail(size() - effects_at()).setConstant(1);
  return out;
}

VectorXd GpStructure::low() const {
  VectorXd out = VectorXd::Constant(size(), -1.5);
  out.head(features->parameters()).setConstant(labels ? -1.6 : -5);
  out[signal()] = -5;
  out[noise()] = std::log(labels ? 0.02 : 1e-9);
  out.segment(output_at(), output->parameters()) = output->low();
  if (effects) {
    out.tail(size() - effects_at()).setConstant(-3.5);
    out[effects_at()] = -7;
  }
  return out;
}

VectorXd GpStructure::high() const {
  VectorXd out = VectorXd::Constant(size(), 1.5);
  out.head(features->parameters()).setConstant(6);
  out[signal()] = 5;
  out[noise()] = std::log(2.0);
  out.segment(output_at(), output->parameters()) = output->high();
  if (effects) out.tail(size() - effects_at()).setConstant(5);
  return out;
}

ScaledInputs scale_inputs(const GpStructure& gp, const MatrixXd& points, const VectorXd& theta,
                          bool gradients) {
  const auto& features = *gp.features;
  ScaledInputs out{features.map(points), {}, {}};
  if (gp.input_warp) {
    if (gradients) out.by_a = out.by_b = MatrixXd::Zero(points.rows(), features.columns());
    for (Index p = 0; p < features.parameters(); ++p) {
      if (features.categorical(p)) continue;
      const Index c = features.column(p);
      double a = std::exp(theta[gp.input_at() + p]),
             b = std::exp(theta[gp.input_at() + features.parameters() + p]);
      for (Index i = 0; i < points.rows(); ++i) {
        double x = inside(points(i, p)), power = std::pow(x, a), rest = 1 - power,
               shrunk = std::pow(rest, b);
        out.columns(i, c) = 1 - shrunk;
        if (!gradients) continue;
        out.by_a(i, c) = b * std::pow(rest, b - 1) * power * std::log(x) * a;
        out.by_b(i, c) = -shrunk * std::log(rest) * b;
      }
    }
  }
  for (Index c = 0; c < features.columns(); ++c) {
    double inverse = std::exp(-theta[features.parameter(c)]);
    out.columns.col(c) *= inverse;
    if (out.by_a.size() == 0) continue;
    out.by_a.col(c) *= inverse;
    out.by_b.col(c) *= inverse;
  }
  return out;
}

double variance(const GpStructure& gp, const VectorXd& theta) {
  return std::exp(theta[gp.signal()]) + (gp.effects ? std::exp(theta[gp.effects_at()]) : 0);
}

double effect_variance(const GpStructure& gp, const VectorXd& theta) {
  return std::exp(theta[gp.effects_at()]) / static_cast<double>(gp.features->parameters());
}

namespace {

/// One ordered parameter's coordinates u, scaled for its main effect, with e^u and e^−u. Since
/// e^−|u−v| is the smaller one of e^u e^−v and e^−u e^v, n + m exponentials do for n m pairs.
struct EffectInputs {
  VectorXd at, up, down;
  EffectInputs(const GpStructure& gp, const VectorXd& theta, Index p,
               const Eigen::Ref<const MatrixXd>& columns)
      : at(root5 * std::exp(theta[p] - theta[gp.effect(p)]) * columns.col(gp.features->column(p))),
        up(at.array().exp()),
        down((-at).array().exp()) {}
};

/// The correlation of two different values of a Choice in its main effect, and its derivative by
/// the effect's ln ℓ. Equal values have correlation 1.
struct ChoiceCorrelation {
  double correlation, slope;
};
ChoiceCorrelation choice_correlation(const GpStructure& gp, const VectorXd& theta, Index p) {
  const double s = root5 * std::exp(-theta[gp.effect(p)]), e = std::exp(-s);
  return {(1 + s + s * s / 3) * e, s * s * (1 + s) / 3 * e};
}

/// 1 where rows have equal values of a Choice, else 0.
MatrixXd equal_choices(const GpStructure& gp, const VectorXd& theta, Index p,
                       const Eigen::Ref<const MatrixXd>& a, const Eigen::Ref<const MatrixXd>& b) {
  const auto& features = *gp.features;
  const Index first = features.column(p);
  Index count = 0;
  while (first + count < features.columns() && features.parameter(first + count) == p) ++count;
  return 2 * std::exp(2 * theta[p]) * a.middleCols(first, count) *
         b.middleCols(first, count).transpose();
}

}  // namespace

MatrixXd covariance(const GpStructure& gp, const VectorXd& theta,
                    const Eigen::Ref<const MatrixXd>& a, const Eigen::Ref<const MatrixXd>& b) {
  MatrixXd out = std::exp(theta[gp.signal()]) * Matern(a, b, false).correlation;
  if (!gp.effects) return out;
  const double part = effect_variance(gp, theta);
  for (Index p = 0; p < gp.features->parameters(); ++p) {
    if (gp.features->categorical(p)) {
      const double other = choice_correlation(gp, theta, p).correlation;
      out.array() += part * (equal_choices(gp, theta, p, a, b).array() * (1 - other) + other);
      continue;
    }
    const EffectInputs x(gp, theta, p, a), y(gp, theta, p, b);
    for (Index j = 0; j < out.cols(); ++j)
      for (Index i = 0; i < out.rows(); ++i) {
        const double s = std::abs(x.at[i] - y.at[j]),
                     e = std::min(x.up[i] * y.down[j], x.down[i] * y.up[j]);
        out(i, j) += part * (1 + s + s * s * (1.0 / 3)) * e;
      }
  }
  return out;
}

void add_effects(const GpStructure& gp, const VectorXd& theta,
                 const Eigen::Ref<const MatrixXd>& columns, MatrixXd& sum,
                 std::vector<MatrixXd>* derivatives) {
  const double part = effect_variance(gp, theta);
  const Index n = columns.rows();
  for (Index p = 0; p < gp.features->parameters(); ++p) {
    MatrixXd derivative;
    if (derivatives) derivative = MatrixXd::Zero(n, n);
    if (gp.features->categorical(p)) {
      const auto [other, other_slope] = choice_correlation(gp, theta, p);
      const MatrixXd equal = equal_choices(gp, theta, p, columns, columns);
      sum.array() += part * (equal.array() * (1 - other) + other);
      if (derivatives) derivative = (1 - equal.array()) * (part * other_slope);
    } else {
      const EffectInputs x(gp, theta, p, columns);
      for (Index j = 0; j < n; ++j)
        for (Index i = j; i < n; ++i) {
          const double s = x.at[i] - x.at[j], far = std::abs(s), square = s * s * (1.0 / 3),
                       e = part * std::min(x.up[i] * x.down[j], x.down[i] * x.up[j]);
          sum(i, j) += (1 + far + square) * e;
          if (derivatives) derivative(i, j) = square * (1 + far) * e;
        }
    }
    if (derivatives) derivatives->push_back(std::move(derivative));
  }
}

Matern::Matern(const Eigen::Ref<const MatrixXd>& a, const Eigen::Ref<const MatrixXd>& b,
               bool with_slope) {
  MatrixXd squared = -2 * (a * b.transpose());
  squared.colwise() += a.rowwise().squaredNorm();
  squared.rowwise() += b.rowwise().squaredNorm().transpose();
  squared = squared.cwiseMax(0);
  ArrayXXd s = root5 * squared.array().sqrt();
  ArrayXXd e = (-s).exp();
  correlation = (1 + s + (5.0 / 3) * squared.array()) * e;
  if (with_slope) slope = (5.0 / 3) * (1 + s) * e;
}

KernelRow::KernelRow(const GpStructure& gp, const VectorXd& theta, const VectorXd& point,
                     const Eigen::Ref<const MatrixXd>& columns)
    : features_(*gp.features), stretch_(features_.parameters()) {
  differences_ = (-columns).rowwise() + scale_inputs(gp, point.transpose(), theta).columns.row(0);
  Eigen::ArrayXd squared = differences_.rowwise().squaredNorm();
  Eigen::ArrayXd s = root5 * squared.sqrt(), e = (-s).exp() * std::exp(theta[gp.signal()]);
  values_ = (1 + s + (5.0 / 3) * squared) * e;
  slopes_ = (5.0 / 3) * (1 + s) * e;
  if (gp.effects) add_effects(gp, theta, point, columns);
  differentiate_scaling(gp, theta, point);
}

void KernelRow::add_effects(const GpStructure& gp, const VectorXd& theta, const VectorXd& point,
                            const Eigen::Ref<const MatrixXd>& columns) {
  const double part = effect_variance(gp, theta);
  effect_slopes_ = MatrixXd::Zero(values_.size(), features_.parameters());
  for (Index p = 0; p < features_.parameters(); ++p) {
    if (features_.categorical(p)) {
      const double other = choice_correlation(gp, theta, p).correlation;
      const MatrixXd equal =
          equal_choices(gp, theta, p, columns, scale_inputs(gp, point.transpose(), theta).columns);
      values_.array() += part * (equal.col(0).array() * (1 - other) + other);
      continue;
    }
    const double stretch = root5 * std::exp(theta[p] - theta[gp.effect(p)]);
    Eigen::ArrayXd x = stretch * differences_.col(features_.column(p)).array(), far = x.abs(),
                   f = part * (-far).exp();
    values_.array() += (1 + far + far.square() / 3) * f;
    effect_slopes_.col(p) = x * (1 + far) * f * (-root5 / 3 * std::exp(-theta[gp.effect(p)]));
  }
}

void KernelRow::differentiate_scaling(const GpStructure& gp, const VectorXd& theta,
                                      const VectorXd& point) {
  for (Index p = 0; p < stretch_.size(); ++p) {
    stretch_[p] = features_.categorical(p) ? 0 : std::exp(-theta[p]);
    if (!gp.input_warp || features_.categorical(p)) continue;
    double a = std::exp(theta[gp.input_at() + p]),
           b = std::exp(theta[gp.input_at() + features_.parameters() + p]);
    double x = inside(point[p]);
    stretch_[p] *= a * b * std::pow(x, a - 1) * std::pow(1 - std::pow(x, a), b - 1);
  }
}

VectorXd KernelRow::gradient(const VectorXd& weights) const {
  VectorXd out = VectorXd::Zero(stretch_.size()), weighted = slopes_.cwiseProduct(weights);
  for (Index p = 0; p < out.size(); ++p)
    if (stretch_[p] != 0)
      out[p] = -stretch_[p] * weighted.dot(differences_.col(features_.column(p)));
  if (effect_slopes_.size() > 0) out += effect_slopes_.transpose() * weights;
  return out;
}

}  // namespace sherpa::algorithms
