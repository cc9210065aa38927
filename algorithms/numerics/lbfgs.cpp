#include "algorithms/numerics/lbfgs.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

namespace sherpa::algorithms {

namespace {

using Eigen::VectorXd;

constexpr std::size_t memory = 10;

/// A step and the change of the gradient along it: s and y of Nocedal and Wright.
struct Pair {
  VectorXd step, change;
  double curvature;  // 1 / step·change
};

/// The quasi-Newton direction −H g, by the two-loop recursion (algorithm 7.4); `free` masks the
/// coordinates that may move.
VectorXd direction(const VectorXd& gradient, const VectorXd& free, const std::deque<Pair>& pairs) {
  VectorXd q = gradient.cwiseProduct(free);
  std::vector<double> alphas(pairs.size());
  for (std::size_t i = pairs.size(); i-- > 0;) {
    alphas[i] = pairs[i].curvature * pairs[i].step.cwiseProduct(free).dot(q);
    q -= alphas[i] * pairs[i].change.cwiseProduct(free);
  }
  if (!pairs.empty()) q /= pairs.back().curvature * pairs.back().change.squaredNorm();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    double beta = pairs[i].curvature * pairs[i].change.cwiseProduct(free).dot(q);
    q += (alphas[i] - beta) * pairs[i].step.cwiseProduct(free);
  }
  return -q.cwiseProduct(free);
}

class Minimizer {
 public:
  Minimizer(const Differentiable& f, const VectorXd& start, const VectorXd& low,
            const VectorXd& high, const LbfgsOptions& options)
      : f_(f),
        low_(low),
        high_(high),
        options_(options),
        narrowest_((high.array() > low.array())
                       .select(high - low, std::numeric_limits<double>::infinity())
                       .minCoeff()),
        at_{project(start), 0, 1},
        gradient_(start.size()) {}

  Minimum run() {
    at_.value = f_(at_.x, gradient_);
    if (!std::isfinite(at_.value) || !gradient_.allFinite()) {
      at_.value = std::numeric_limits<double>::infinity();
      return at_;
    }
    for (int i = 0; i < options_.iterations && at_.evaluations < options_.evaluations; ++i) {
      const VectorXd free = free_coordinates();
      if (gradient_.cwiseProduct(free).lpNorm<Eigen::Infinity>() < options_.gradient_tolerance)
        break;
      if (!search_line(free)) {
        if (pairs_.empty()) break;
        pairs_.clear();  // tries again along the gradient
        continue;
      }
      const double gain = accept();
      if (gain < options_.value_tolerance * (1 + std::abs(at_.value))) break;
    }
    return at_;
  }

 private:
  VectorXd project(const VectorXd& x) const { return x.cwiseMax(low_).cwiseMin(high_); }

  /// 1 for the coordinates that are not held at a bound, else 0.
  VectorXd free_coordinates() const {
    VectorXd free(at_.x.size());
    for (Eigen::Index i = 0; i < free.size(); ++i)
      free[i] =
          (at_.x[i] <= low_[i] && gradient_[i] > 0) || (at_.x[i] >= high_[i] && gradient_[i] < 0)
              ? 0
              : 1;
    return free;
  }

  /// Shortens the step along the projected direction until it decreases the value enough (Armijo's
  /// condition). False when no step does.
  bool search_line(const VectorXd& free) {
    VectorXd way = direction(gradient_, free, pairs_);
    double slope = way.dot(gradient_);
    if (!(slope < 0)) {
      pairs_.clear();
      way = -gradient_.cwiseProduct(free);
      slope = way.dot(gradient_);
    }
    // Without a model of the curvature, a first step of a tenth of the box.
    double length = 1;
    if (pairs_.empty()) length = std::min(1.0, 0.1 * narrowest_ / way.lpNorm<Eigen::Infinity>());

    next_gradient_.resize(at_.x.size());
    while (at_.evaluations < options_.evaluations) {
      next_ = project(at_.x + length * way);
      next_value_ = f_(next_, next_gradient_);
      ++at_.evaluations;
      double promised = gradient_.dot(next_ - at_.x);
      if (std::isfinite(next_value_) && next_gradient_.allFinite() &&
          next_value_ <= at_.value + 1e-4 * std::min(promised, 0.0))
        return true;
      // To the minimum of the parabola through both values and the slope, within reason.
      double fitted =
          std::isfinite(next_value_)
              ? -slope * length * length / (2 * (next_value_ - at_.value - slope * length))
              : 0;
      length = std::clamp(fitted, 0.1 * length, 0.5 * length);
      if (length * way.lpNorm<Eigen::Infinity>() < 1e-14) return false;
    }
    return false;
  }

  /// Moves to the point that the line search found; returns the decrease of the value.
  double accept() {
    Pair pair{next_ - at_.x, next_gradient_ - gradient_, 0};
    double product = pair.step.dot(pair.change);
    if (product > 1e-12 * pair.change.squaredNorm()) {
      pair.curvature = 1 / product;
      pairs_.push_back(std::move(pair));
      if (pairs_.size() > memory) pairs_.pop_front();
    }
    double gain = at_.value - next_value_;
    at_.x = std::move(next_);
    at_.value = next_value_;
    gradient_ = std::move(next_gradient_);
    return gain;
  }

  const Differentiable& f_;
  const VectorXd &low_, &high_;
  const LbfgsOptions& options_;
  double narrowest_;  // side of the box, of those along which x may move
  Minimum at_;
  VectorXd gradient_;
  std::deque<Pair> pairs_;
  VectorXd next_, next_gradient_;
  double next_value_ = 0;
};

}  // namespace

Minimum minimize(const Differentiable& f, const VectorXd& start, const VectorXd& low,
                 const VectorXd& high, const LbfgsOptions& options) {
  return Minimizer(f, start, low, high, options).run();
}

}  // namespace sherpa::algorithms
