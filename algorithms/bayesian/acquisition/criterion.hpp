#pragma once

#include <cstdint>

namespace sherpa::algorithms {

/// An analytic acquisition function of a normal distribution N(mean, deviation²), to be maximized
/// where the objective is minimized.
enum class Criterion : std::uint8_t {
  ei,    ///< log expected improvement over `best`
  mpi,   ///< log probability of improvement over `best` by at least 0.01
  lcb,   ///< lower confidence bound, negated: 2 deviation − mean
  mean,  ///< negated mean: exploitation alone
};

/// A criterion's value and its derivatives by the mean and by the deviation.
struct ValueAndGradient {
  double value = 0, by_mean = 0, by_deviation = 0;
};

ValueAndGradient evaluate(Criterion criterion, double mean, double deviation, double best);

/// ln h(u) with h(u) = φ(u) + u Φ(u), the expected improvement of N(0, 1), and the ratios Φ/h and
/// φ/h that its derivatives consist of. Accurate for every u: Ament et al., "Unexpected
/// improvements to expected improvement for Bayesian optimization", NeurIPS 2023; for u < −2 by the
/// continued fraction of Mills' ratio (Abramowitz and Stegun 26.2.14), in which nothing cancels.
struct LogImprovement {
  double value, cumulative_share, density_share;
};
LogImprovement log_improvement(double u);

/// ln Φ(u), and its derivative φ(u)/Φ(u).
struct LogCumulative {
  double value, slope;
};
LogCumulative log_cumulative(double u);

}  // namespace sherpa::algorithms
