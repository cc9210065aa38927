#include "algorithms/numerics/lbfgs.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

namespace sherpa::algorithms {

namespace {

using Eigen::VectorXd;

constexpr std::size_t memory = 10;

/// One step and what it did to the gradient.
struct Pair {
  VectorXd step, change;
  double curvature;  // 1 / step·change
};

/// The quasi-Newton direction, downhill; `free` masks the coordinates that may move.
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

}  // namespace

Minimum minimise(const Differentiable& f, const VectorXd& start, const VectorXd& low,
                 const VectorXd& high, const LbfgsOptions& options) {
  auto project = [&](const VectorXd& x) -> VectorXd { return x.cwiseMax(low).cwiseMin(high); };
  Minimum at{project(start), 0, 1};
  VectorXd gradient(start.size());
  at.value = f(at.x, gradient);
  if (!std::isfinite(at.value) || !gradient.allFinite()) {
    at.value = std::numeric_limits<double>::infinity();
    return at;
  }
  // Of the coordinates that may move at all.
  const double narrowest = (high.array() > low.array())
                               .select(high - low, std::numeric_limits<double>::infinity())
                               .minCoeff();
  std::deque<Pair> pairs;
  for (int iteration = 0; iteration < options.iterations && at.evaluations < options.evaluations;
       ++iteration) {
    VectorXd free(at.x.size());
    for (Eigen::Index i = 0; i < free.size(); ++i)
      free[i] =
          (at.x[i] <= low[i] && gradient[i] > 0) || (at.x[i] >= high[i] && gradient[i] < 0) ? 0 : 1;
    if (gradient.cwiseProduct(free).lpNorm<Eigen::Infinity>() < options.gradient_tolerance) break;
    VectorXd way = direction(gradient, free, pairs);
    double slope = way.dot(gradient);
    if (!(slope < 0)) {
      pairs.clear();
      way = -gradient.cwiseProduct(free);
      slope = way.dot(gradient);
    }
    // Without a model of the curvature, a first step of a tenth of the box.
    double length = 1;
    if (pairs.empty()) length = std::min(1.0, 0.1 * narrowest / way.lpNorm<Eigen::Infinity>());

    VectorXd next, next_gradient(at.x.size());
    double value = 0;
    bool found = false;
    while (at.evaluations < options.evaluations) {
      next = project(at.x + length * way);
      value = f(next, next_gradient);
      ++at.evaluations;
      double promised = gradient.dot(next - at.x);
      if (std::isfinite(value) && next_gradient.allFinite() &&
          value <= at.value + 1e-4 * std::min(promised, 0.0)) {
        found = true;
        break;
      }
      // To the minimum of the parabola through what is known, within reason.
      double fitted = std::isfinite(value)
                          ? -slope * length * length / (2 * (value - at.value - slope * length))
                          : 0;
      length = std::clamp(fitted, 0.1 * length, 0.5 * length);
      if (length * way.lpNorm<Eigen::Infinity>() < 1e-14) break;
    }
    if (!found) {
      if (pairs.empty()) break;
      pairs.clear();
      continue;
    }
    Pair pair{next - at.x, next_gradient - gradient, 0};
    double product = pair.step.dot(pair.change);
    if (product > 1e-12 * pair.change.squaredNorm()) {
      pair.curvature = 1 / product;
      pairs.push_back(std::move(pair));
      if (pairs.size() > memory) pairs.pop_front();
    }
    double gain = at.value - value;
    at.x = std::move(next);
    at.value = value;
    gradient = std::move(next_gradient);
    if (gain < options.value_tolerance * (1 + std::abs(value))) break;
  }
  return at;
}

}  // namespace sherpa::algorithms
