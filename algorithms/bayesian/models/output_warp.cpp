#include "algorithms/bayesian/models/output_warp.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

class Unwarped final : public OutputWarp {
 public:
  explicit Unwarped(bool standardizes) : standardizes_(standardizes) {}
  bool standardizes() const override { return standardizes_; }
  Index parameters() const override { return 0; }
  VectorXd prior_mean() const override { return {}; }
  VectorXd prior_deviation() const override { return {}; }
  VectorXd low() const override { return {}; }
  VectorXd high() const override { return {}; }

 private:
  WarpedValue warp_one(double y, const VectorXd&) const override { return {y, 0, {}, {}}; }

  bool standardizes_;
};

class AsinhWarp final : public OutputWarp {
 public:
  Index parameters() const override { return 1; }
  VectorXd prior_mean() const override { return VectorXd::Constant(1, 0.5); }
  VectorXd prior_deviation() const override { return VectorXd::Constant(1, 1.5); }
  VectorXd low() const override { return VectorXd::Constant(1, -8); }
  VectorXd high() const override { return VectorXd::Constant(1, 7); }

 private:
  WarpedValue warp_one(double y, const VectorXd& parameters) const override {
    double c = std::exp(parameters[0]), u = y / c, root = std::hypot(1.0, u);
    return {std::asinh(u), -parameters[0] - std::log(root), VectorXd::Constant(1, -u / root),
            VectorXd::Constant(1, -1 / (root * root))};
  }
};

class TanhWarp final : public OutputWarp {
 public:
  Index parameters() const override { return 3 * terms; }
  VectorXd prior_mean() const override {
    return VectorXd{{-1, 0.5, -0.3, -1, 0, -1, -1, -0.5, -3}};
  }
  VectorXd prior_deviation() const override {
    return VectorXd{{1.5, 1, 0.5, 1.5, 1, 1, 1.5, 1, 2}};
  }
  VectorXd low() const override { return VectorXd{{-7, -4, -20, -7, -4, -20, -7, -4, -20}}; }
  VectorXd high() const override { return VectorXd{{4, 3, 5, 4, 3, 5, 4, 3, 5}}; }

 private:
  static constexpr Index terms = 3;

  WarpedValue warp_one(double y, const VectorXd& p) const override {
    WarpedValue out{y, 0, VectorXd::Zero(3 * terms), VectorXd::Zero(3 * terms)};
    double derivative = 1;
    for (Index k = 0; k < terms; ++k) {
      double a = std::exp(p[3 * k]), b = std::exp(p[3 * k + 1]), shifted = y + p[3 * k + 2];
      double t = std::tanh(b * shifted), s = 1 - t * t;
      out.value += a * t;
      derivative += a * b * s;
      out.value_gradient.segment<3>(3 * k) << a * t, a * b * shifted * s, a * b * s;
      // s' = −2 t s (b y + b c)'
      out.log_derivative_gradient.segment<3>(3 * k) << a * b * s,
          a * b * s * (1 - 2 * t * b * shifted), -2 * a * b * b * t * s;
    }
    out.log_derivative = std::log(derivative);
    out.log_derivative_gradient /= derivative;
    return out;
  }
};

}  // namespace

RobustScale::RobustScale(const VectorXd& objectives) {
  std::vector<double> sorted;
  double largest = 0;
  for (double y : objectives) {
    sorted.push_back(y);
    largest = std::max(largest, std::abs(y));
  }
  if (sorted.empty() || largest == 0) return;
  exponent_ = std::ilogb(largest) + 2;  // no difference overflows
  for (double& y : sorted) y = std::ldexp(y, -exponent_);
  std::sort(sorted.begin(), sorted.end());
  best_ = sorted.front();
  // Fence: outliers among the worst tenth, 1,000 times as far from the best as the one before them,
  // count as ten times as far.
  const auto count = sorted.size(), ordinary = count - std::max<std::size_t>(1, count / 10);
  for (std::size_t i = std::max<std::size_t>(ordinary, 2); i < count; ++i) {
    const double before = sorted[i - 1] - best_;
    if (!(sorted[i] - best_ > 1000 * before) || before == 0) continue;
    fence_ = 10 * before;
    std::fill(sorted.begin() + static_cast<std::ptrdiff_t>(i), sorted.end(), best_ + fence_);
    break;
  }
  // Width: the mean distance from the best, cut off at 30 times the 90th percentile against heavy
  // tails. The median would be 0 when most objectives equal the best.
  const double most =
      30 * (sorted[static_cast<std::size_t>(0.9 * static_cast<double>(count))] - best_);
  double sum = 0;
  for (double y : sorted) sum += most > 0 ? std::min(y - best_, most) : y - best_;
  width_ = sum / static_cast<double>(count);
  if (!(width_ > 0)) width_ = 1;
}

double RobustScale::operator()(double objective) const {
  return std::min(std::ldexp(objective, -exponent_) - best_, fence_) / width_;
}

VectorXd RobustScale::operator()(const VectorXd& objectives) const {
  return objectives.unaryExpr([this](double y) { return (*this)(y); });
}

WarpedObjectives OutputWarp::warp(const VectorXd& y, const VectorXd& p) const {
  const Index n = y.size(), count = parameters();
  WarpedObjectives out{VectorXd(n), Eigen::MatrixXd(n, count), 0, VectorXd::Zero(count)};
  for (Index i = 0; i < n; ++i) {
    WarpedValue one = warp_one(y[i], p);
    out.values[i] = one.value;
    out.log_jacobian += one.log_derivative;
    if (count == 0) continue;
    out.gradients.row(i) = one.value_gradient.transpose();
    out.log_jacobian_gradient += one.log_derivative_gradient;
  }
  if (n == 0 || !standardizes()) return out;
  // v ↦ (v − mean) / deviation, and the same for the derivatives by the chain rule.
  out.values.array() -= out.values.mean();
  out.gradients.rowwise() -= out.gradients.colwise().mean().eval();
  double variance = out.values.squaredNorm() / static_cast<double>(n);
  if (!(variance > 0)) return out;
  double deviation = std::sqrt(variance);
  Eigen::RowVectorXd log_slopes =
      out.values.transpose() * out.gradients / (static_cast<double>(n) * variance);
  out.values /= deviation;
  out.gradients = out.gradients / deviation - out.values * log_slopes;
  out.log_jacobian -= static_cast<double>(n) * std::log(deviation);
  out.log_jacobian_gradient -= static_cast<double>(n) * log_slopes.transpose();
  return out;
}

VectorXd OutputWarp::warp_new(const VectorXd& objectives, const VectorXd& y,
                              const VectorXd& p) const {
  auto warp_all = [&](const VectorXd& all) {
    return VectorXd(all.unaryExpr([&](double value) { return warp_one(value, p).value; }));
  };
  if (!standardizes()) return warp_all(objectives);
  VectorXd before = warp_all(y);
  double mean = before.mean(), variance = (before.array() - mean).square().mean();
  return (warp_all(objectives).array() - mean) / (variance > 0 ? std::sqrt(variance) : 1);
}

std::unique_ptr<OutputWarp> standardization() { return std::make_unique<Unwarped>(true); }
std::unique_ptr<OutputWarp> identity_warp() { return std::make_unique<Unwarped>(false); }
std::unique_ptr<OutputWarp> asinh_warp() { return std::make_unique<AsinhWarp>(); }
std::unique_ptr<OutputWarp> tanh_warp() { return std::make_unique<TanhWarp>(); }

}  // namespace sherpa::algorithms
