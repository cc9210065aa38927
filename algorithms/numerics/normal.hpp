#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include <sherpa/random.hpp>

#include <cmath>
#include <numbers>

namespace sherpa::algorithms {

/// P(Z ≤ z) of a standard normal.
inline double normal_below(double z) { return 0.5 * std::erfc(-z * (std::numbers::sqrt2 / 2)); }

/// P(a ≤ Z ≤ b), without cancellation in the tails.
inline double normal_between(double a, double b) {
  return a > 0 ? normal_below(-a) - normal_below(-b) : normal_below(b) - normal_below(a);
}

/// The z with P(Z ≤ z) = p, 0 < p < 1: to full precision.
double normal_quantile(double p);

/// Samples a standard normal truncated to [a, b]; where its mass is numerically 0, returns the end
/// nearer to 0.
double normal_within(double a, double b, Random& random);

}  // namespace sherpa::algorithms
