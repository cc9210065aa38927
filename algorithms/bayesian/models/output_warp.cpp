#include "algorithms/bayesian/models/output_warp.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

class NoWarp final : public OutputWarp {
 public:
  explicit NoWarp(bool standardises) : standardises_(standardises) {}
  bool standardises() const override { return standardises_; }
  Index parameters() const override { return 0; }
  VectorXd prior_mean() const override { return {}; }
  VectorXd prior_deviation() const override { return {}; }
  VectorXd low() const override { return {}; }
  VectorXd high() const override { return {}; }

 private:
  Image image(double y, const VectorXd&) const override { return {y, 0, {}, {}}; }

  bool standardises_;
};

class AsinhWarp final : public OutputWarp {
 public:
  Index parameters() const override { return 1; }
  VectorXd prior_mean() const override { return VectorXd::Constant(1, 0.5); }
  VectorXd prior_deviation() const override { return VectorXd::Constant(1, 1.5); }
  VectorXd low() const override { return VectorXd::Constant(1, -8); }
  VectorXd high() const override { return VectorXd::Constant(1, 7); }

 private:
  Image image(double y, const VectorXd& parameters) const override {
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

  Image image(double y, const VectorXd& p) const override {
    Image out{y, 0, VectorXd::Zero(3 * terms), VectorXd::Zero(3 * terms)};
    double derivative = 1;
    for (Index k = 0; k < terms; ++k) {
      double a = std::exp(p[3 * k]), b = std::exp(p[3 * k + 1]), shifted = y + p[3 * k + 2];
      double t = std::tanh(b * shifted), s = 1 - t * t;
      out.value += a * t;
      derivative += a * b * s;
      out.value_slopes.segment<3>(3 * k) << a * t, a * b * shifted * s, a * b * s;
      // s' = −2 t s (b y + b c)'
      out.log_derivative_slopes.segment<3>(3 * k) << a * b * s,
          a * b * s * (1 - 2 * t * b * shifted), -2 * a * b * b * t * s;
    }
    out.log_derivative = std::log(derivative);
    out.log_derivative_slopes /= derivative;
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
  exponent_ = std::ilogb(largest) + 2;  // so that no difference overflows
  for (double& y : sorted) y = std::ldexp(y, -exponent_);
  std::sort(sorted.begin(), sorted.end());
  best_ = sorted.front();
  // Of the worst tenth, what lies far beyond the others says no more than that it is worse.
  const auto count = sorted.size(), ordinary = count - std::max<std::size_t>(1, count / 10);
  for (std::size_t i = std::max<std::size_t>(ordinary, 2); i < count; ++i) {
    const double before = sorted[i - 1] - best_;
    if (!(sorted[i] - best_ > 1000 * before) || before == 0) continue;
    fence_ = 10 * before;
    std::fill(sorted.begin() + static_cast<std::ptrdiff_t>(i), sorted.end(), best_ + fence_);
    break;
  }
  // Their mean, not their median, which is nothing when most are around the best; a heavy tail does
  // not count.
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

Warped OutputWarp::warp(const VectorXd& y, const VectorXd& p) const {
  const Index n = y.size(), count = parameters();
  Warped out{VectorXd(n), Eigen::MatrixXd(n, count), 0, VectorXd::Zero(count)};
  for (Index i = 0; i < n; ++i) {
    Image one = image(y[i], p);
    out.values[i] = one.value;
    out.log_jacobian += one.log_derivative;
    if (count == 0) continue;
    out.slopes.row(i) = one.value_slopes.transpose();
    out.jacobian_slopes += one.log_derivative_slopes;
  }
  if (n == 0 || !standardises()) return out;
  out.values.array() -= out.values.mean();
  out.slopes.rowwise() -= out.slopes.colwise().mean().eval();
  double variance = out.values.squaredNorm() / static_cast<double>(n);
  if (!(variance > 0)) return out;
  double deviation = std::sqrt(variance);
  Eigen::RowVectorXd log_slopes =
      out.values.transpose() * out.slopes / (static_cast<double>(n) * variance);
  out.values /= deviation;
  out.slopes = out.slopes / deviation - out.values * log_slopes;
  out.log_jacobian -= static_cast<double>(n) * std::log(deviation);
  out.jacobian_slopes -= static_cast<double>(n) * log_slopes.transpose();
  return out;
}

VectorXd OutputWarp::more(const VectorXd& more, const VectorXd& y, const VectorXd& p) const {
  auto images = [&](const VectorXd& of) {
    return VectorXd(of.unaryExpr([&](double value) { return image(value, p).value; }));
  };
  if (!standardises()) return images(more);
  VectorXd before = images(y);
  double mean = before.mean(), variance = (before.array() - mean).square().mean();
  return (images(more).array() - mean) / (variance > 0 ? std::sqrt(variance) : 1);
}

std::unique_ptr<OutputWarp> no_warp() { return std::make_unique<NoWarp>(true); }
std::unique_ptr<OutputWarp> as_is() { return std::make_unique<NoWarp>(false); }
std::unique_ptr<OutputWarp> asinh_warp() { return std::make_unique<AsinhWarp>(); }
std::unique_ptr<OutputWarp> tanh_warp() { return std::make_unique<TanhWarp>(); }

}  // namespace sherpa::algorithms
