#include "algorithms/bayesian/acquisition/criterion.hpp"

#include <cmath>
#include <numbers>

namespace sherpa::algorithms {

namespace {

constexpr double log_root_two_pi = 0.91893853320467274178;

double density(double u) { return std::exp(-0.5 * u * u - log_root_two_pi); }
double cumulative(double u) { return 0.5 * std::erfc(-u / std::numbers::sqrt2); }

/// The tail of the continued fraction: Φ(−t)/φ(t) = 1/(t + tail), for t ≥ 2.
double tail(double t) {
  double fraction = 0;
  for (int k = 60; k >= 1; --k) fraction = k / (t + fraction);
  return fraction;
}

}  // namespace

LogImprovement log_improvement(double u) {
  if (u > -2) {
    double phi = density(u), cumulated = cumulative(u), h = phi + u * cumulated;
    return {std::log(h), cumulated / h, phi / h};
  }
  // h = φ(u) (1 − t R) with t = −u and R = 1/(t + tail).
  double t = -u, c = tail(t);
  return {-0.5 * u * u - log_root_two_pi + std::log(c / (t + c)), 1 / c, (t + c) / c};
}

LogCumulative log_cumulative(double u) {
  if (u > -2) {
    double cumulated = cumulative(u);
    return {std::log(cumulated), density(u) / cumulated};
  }
  double inverse = -u + tail(-u);
  return {-0.5 * u * u - log_root_two_pi - std::log(inverse), inverse};
}

ValueAndGradient evaluate(Criterion criterion, double mean, double deviation, double best) {
  constexpr double least_improvement = 0.01, exploration = 2;
  if (criterion == Criterion::mean) return {-mean, -1, 0};
  if (criterion == Criterion::lcb) return {exploration * deviation - mean, -1, exploration};
  if (criterion == Criterion::mpi) {
    double u = (best - least_improvement - mean) / deviation;
    auto log = log_cumulative(u);
    return {log.value, -log.slope / deviation, -log.slope * u / deviation};
  }
  auto log = log_improvement((best - mean) / deviation);
  return {log.value + std::log(deviation), -log.cumulative_share / deviation,
          log.density_share / deviation};
}

}  // namespace sherpa::algorithms
