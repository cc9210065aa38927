#pragma once

#include <cstdint>

namespace sherpa::algorithms {

/// What makes a point worth trying, given the normal distribution that a model expects there. All
/// are to be made as large as possible; the objective is minimised.
enum class Criterion : std::uint8_t {
  ei,    ///< the logarithm of the expected improvement
  mpi,   ///< the logarithm of the probability of an improvement by at least 0.01
  lcb,   ///< twice the deviation less the mean
  mean,  ///< nothing but a low mean
};

/// Its value and its derivatives by the mean and by the deviation.
struct ValueAndGradient {
  double value = 0, by_mean = 0, by_deviation = 0;
};

ValueAndGradient worth(Criterion criterion, double mean, double deviation, double best);

/// ln(φ(u) + u Φ(u)), and with Φ/h and φ/h what its derivatives are made of, accurate for every u:
/// Ament et al., "Unexpected improvements to expected improvement for Bayesian optimization",
/// NeurIPS 2023; for u ≪ 0 by the continued fraction of Mills' ratio (Abramowitz and
/// Stegun 26.2.14), in which nothing cancels.
struct LogImprovement {
  double value, cumulative_share, density_share;
};
LogImprovement log_improvement(double u);

/// ln Φ(u), and φ(u)/Φ(u).
struct LogCumulative {
  double value, slope;
};
LogCumulative log_cumulative(double u);

}  // namespace sherpa::algorithms
