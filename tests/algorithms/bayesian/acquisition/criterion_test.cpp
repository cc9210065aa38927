#include "algorithms/bayesian/acquisition/criterion.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace sherpa::algorithms {
namespace {

/// The integral over a normal distribution of what an outcome is worth.
template <class F>
double expectation(double mean, double deviation, F&& f) {
  double sum = 0;
  const double step = 1e-4;
  for (double u = -12; u <= 12; u += step)
    sum += f(mean + deviation * u) * std::exp(-0.5 * u * u) * step / std::sqrt(2 * M_PI);
  return sum;
}

TEST(Criterion, IsWhatQuadratureSays) {
  for (double mean : {-1.0, 0.3, 2.0}) {
    const double deviation = 0.7, best = 0.2;
    double improvement =
        expectation(mean, deviation, [&](double y) { return std::max(best - y, 0.0); });
    EXPECT_NEAR(evaluate(Criterion::ei, mean, deviation, best).value, std::log(improvement), 1e-4);
    double probability =
        expectation(mean, deviation, [&](double y) { return y < best - 0.01 ? 1.0 : 0.0; });
    EXPECT_NEAR(evaluate(Criterion::mpi, mean, deviation, best).value, std::log(probability), 1e-3);
    EXPECT_DOUBLE_EQ(evaluate(Criterion::lcb, mean, deviation, best).value, 2 * deviation - mean);
  }
}

TEST(Criterion, HasTheSlopesOfItsValueHoweverFarFromTheData) {
  for (auto criterion : {Criterion::ei, Criterion::mpi, Criterion::lcb, Criterion::mean})
    for (double mean : {-3.0, 0.0, 1.9, 2.1, 50.0}) {
      const double deviation = 0.9, best = 0.1, h = 1e-6;
      auto at = evaluate(criterion, mean, deviation, best);
      EXPECT_NEAR(at.by_mean,
                  (evaluate(criterion, mean + h, deviation, best).value -
                   evaluate(criterion, mean - h, deviation, best).value) /
                      (2 * h),
                  1e-5 * (1 + std::abs(at.by_mean)));
      EXPECT_NEAR(at.by_deviation,
                  (evaluate(criterion, mean, deviation + h, best).value -
                   evaluate(criterion, mean, deviation - h, best).value) /
                      (2 * h),
                  1e-5 * (1 + std::abs(at.by_deviation)));
    }
}

TEST(Criterion, IsFiniteAndSmoothFarOut) {
  // The asymptotic series h(u) = φ(u)/u² (1 − 3/u² + 15/u⁴ …).
  for (double u : {-30.0, -300.0, -1e5}) {
    double expected = -0.5 * u * u - 0.5 * std::log(2 * M_PI) - 2 * std::log(-u) +
                      std::log1p(-3 / (u * u) + 15 / (u * u * u * u));
    EXPECT_NEAR(log_improvement(u).value / expected, 1, 1e-9);
  }
  // Both ways to compute it meet.
  EXPECT_NEAR(log_improvement(-2 + 1e-9).value, log_improvement(-2 - 1e-9).value, 1e-7);
  EXPECT_NEAR(log_improvement(-2 + 1e-9).cumulative_share,
              log_improvement(-2 - 1e-9).cumulative_share, 1e-6);
  EXPECT_NEAR(log_cumulative(-2 + 1e-9).value, log_cumulative(-2 - 1e-9).value, 1e-7);
}

}  // namespace
}  // namespace sherpa::algorithms
