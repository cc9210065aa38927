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

double within(double x) { return std::clamp(x, 1e-12, 1 - 1e-12); }

}  // namespace

VectorXd GpKind::prior_mean() const {
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

VectorXd GpKind::prior_deviation() const {
  VectorXd out = VectorXd::Constant(size(), 0.5);
  out.head(features->parameters()).setConstant(1);
  out[signal()] = 1;
  out[noise()] = 4;
  out.segment(output_at(), output->parameters()) = output->prior_deviation();
  if (effects) out.tail(size() - effects_at()).setConstant(1);
  return out;
}

VectorXd GpKind::low() const {
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

VectorXd GpKind::high() const {
  VectorXd out = VectorXd::Constant(size(), 1.5);
  out.head(features->parameters()).setConstant(6);
  out[signal()] = 5;
  out[noise()] = std::log(2.0);
  out.segment(output_at(), output->parameters()) = output->high();
  if (effects) out.tail(size() - effects_at()).setConstant(5);
  return out;
}

Scaled scale(const GpKind& kind, const MatrixXd& points, const VectorXd& theta, bool slopes) {
  const auto& features = *kind.features;
  Scaled out{features.map(points), {}, {}};
  if (kind.input_warp) {
    if (slopes) out.by_a = out.by_b = MatrixXd::Zero(points.rows(), features.columns());
    for (Index p = 0; p < features.parameters(); ++p) {
      if (features.categorical(p)) continue;
      const Index c = features.column(p);
      double a = std::exp(theta[kind.input_at() + p]),
             b = std::exp(theta[kind.input_at() + features.parameters() + p]);
      for (Index i = 0; i < points.rows(); ++i) {
        double x = within(points(i, p)), power = std::pow(x, a), rest = 1 - power,
               shrunk = std::pow(rest, b);
        out.columns(i, c) = 1 - shrunk;
        if (!slopes) continue;
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

double variance(const GpKind& kind, const VectorXd& theta) {
  return std::exp(theta[kind.signal()]) + (kind.effects ? std::exp(theta[kind.effects_at()]) : 0);
}

double effect_variance(const GpKind& kind, const VectorXd& theta) {
  return std::exp(theta[kind.effects_at()]) / static_cast<double>(kind.features->parameters());
}

namespace {

/// A parameter's coordinates for its effect. e^−|x−y| is the smaller one of e^x e^−y and e^−x e^y:
/// exponentials of the points, not of their pairs.
struct Line {
  VectorXd at, up, down;
  Line(const GpKind& kind, const VectorXd& theta, Index p,
       const Eigen::Ref<const MatrixXd>& columns)
      : at(root5 * std::exp(theta[p] - theta[kind.effect(p)]) *
           columns.col(kind.features->column(p))),
        up(at.array().exp()),
        down((-at).array().exp()) {}
};

/// The correlations of two values of a Choice by its effect: of the same ones 1, of different ones
/// less; and that one's slope.
struct Different {
  double correlation, slope;
};
Different different(const GpKind& kind, const VectorXd& theta, Index p) {
  const double s = root5 * std::exp(-theta[kind.effect(p)]), e = std::exp(-s);
  return {(1 + s + s * s / 3) * e, s * s * (1 + s) / 3 * e};
}

/// 1 where the values of a Choice are the same, else 0.
MatrixXd same(const GpKind& kind, const VectorXd& theta, Index p,
              const Eigen::Ref<const MatrixXd>& a, const Eigen::Ref<const MatrixXd>& b) {
  const auto& features = *kind.features;
  const Index at = features.column(p);
  Index many = 0;
  while (at + many < features.columns() && features.parameter(at + many) == p) ++many;
  return 2 * std::exp(2 * theta[p]) * a.middleCols(at, many) * b.middleCols(at, many).transpose();
}

}  // namespace

MatrixXd covariance(const GpKind& kind, const VectorXd& theta, const Eigen::Ref<const MatrixXd>& a,
                    const Eigen::Ref<const MatrixXd>& b) {
  MatrixXd out = std::exp(theta[kind.signal()]) * Matern(a, b, false).correlation;
  if (!kind.effects) return out;
  const double part = effect_variance(kind, theta);
  for (Index p = 0; p < kind.features->parameters(); ++p) {
    if (kind.features->categorical(p)) {
      const double other = different(kind, theta, p).correlation;
      out.array() += part * (same(kind, theta, p, a, b).array() * (1 - other) + other);
      continue;
    }
    const Line x(kind, theta, p, a), y(kind, theta, p, b);
    for (Index j = 0; j < out.cols(); ++j)
      for (Index i = 0; i < out.rows(); ++i) {
        const double s = std::abs(x.at[i] - y.at[j]),
                     e = std::min(x.up[i] * y.down[j], x.down[i] * y.up[j]);
        out(i, j) += part * (1 + s + s * s * (1.0 / 3)) * e;
      }
  }
  return out;
}

void add_effects(const GpKind& kind, const VectorXd& theta,
                 const Eigen::Ref<const MatrixXd>& columns, MatrixXd& sum,
                 std::vector<MatrixXd>* slopes) {
  const double part = effect_variance(kind, theta);
  const Index n = columns.rows();
  for (Index p = 0; p < kind.features->parameters(); ++p) {
    MatrixXd slope;
    if (slopes) slope = MatrixXd::Zero(n, n);
    if (kind.features->categorical(p)) {
      const auto [other, other_slope] = different(kind, theta, p);
      const MatrixXd equal = same(kind, theta, p, columns, columns);
      sum.array() += part * (equal.array() * (1 - other) + other);
      if (slopes) slope = (1 - equal.array()) * (part * other_slope);
    } else {
      const Line x(kind, theta, p, columns);
      for (Index j = 0; j < n; ++j)
        for (Index i = j; i < n; ++i) {
          const double s = x.at[i] - x.at[j], far = std::abs(s), square = s * s * (1.0 / 3),
                       e = part * std::min(x.up[i] * x.down[j], x.down[i] * x.up[j]);
          sum(i, j) += (1 + far + square) * e;
          if (slopes) slope(i, j) = square * (1 + far) * e;
        }
    }
    if (slopes) slopes->push_back(std::move(slope));
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

KernelRow::KernelRow(const GpKind& kind, const VectorXd& theta, const VectorXd& point,
                     const Eigen::Ref<const MatrixXd>& columns)
    : features_(*kind.features), stretch_(features_.parameters()) {
  differences_ = (-columns).rowwise() + scale(kind, point.transpose(), theta).columns.row(0);
  Eigen::ArrayXd squared = differences_.rowwise().squaredNorm();
  Eigen::ArrayXd s = root5 * squared.sqrt(), e = (-s).exp() * std::exp(theta[kind.signal()]);
  values_ = (1 + s + (5.0 / 3) * squared) * e;
  slopes_ = (5.0 / 3) * (1 + s) * e;
  if (kind.effects) {
    const double part = effect_variance(kind, theta);
    effect_slopes_ = MatrixXd::Zero(values_.size(), features_.parameters());
    for (Index p = 0; p < features_.parameters(); ++p) {
      if (features_.categorical(p)) {
        const double other = different(kind, theta, p).correlation;
        values_.array() +=
            part *
            (same(kind, theta, p, columns, scale(kind, point.transpose(), theta).columns).array() *
                 (1 - other) +
             other);
        continue;
      }
      const double stretch = root5 * std::exp(theta[p] - theta[kind.effect(p)]);
      Eigen::ArrayXd x = stretch * differences_.col(features_.column(p)).array(), far = x.abs(),
                     f = part * (-far).exp();
      values_.array() += (1 + far + far.square() / 3) * f;
      effect_slopes_.col(p) = x * (1 + far) * f * (-root5 / 3 * std::exp(-theta[kind.effect(p)]));
    }
  }
  for (Index p = 0; p < stretch_.size(); ++p) {
    stretch_[p] = features_.categorical(p) ? 0 : std::exp(-theta[p]);
    if (!kind.input_warp || features_.categorical(p)) continue;
    double a = std::exp(theta[kind.input_at() + p]),
           b = std::exp(theta[kind.input_at() + features_.parameters() + p]);
    double x = within(point[p]);
    stretch_[p] *= a * b * std::pow(x, a - 1) * std::pow(1 - std::pow(x, a), b - 1);
  }
}

VectorXd KernelRow::slope(const VectorXd& weights) const {
  VectorXd out = VectorXd::Zero(stretch_.size()), weighted = slopes_.cwiseProduct(weights);
  for (Index p = 0; p < out.size(); ++p)
    if (stretch_[p] != 0)
      out[p] = -stretch_[p] * weighted.dot(differences_.col(features_.column(p)));
  if (effect_slopes_.size() > 0) out += effect_slopes_.transpose() * weights;
  return out;
}

}  // namespace sherpa::algorithms
