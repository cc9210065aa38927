#include "algorithms/numerics/normal.hpp"

#include <algorithm>

namespace sherpa::algorithms {

/// Odeh and Evans' rational start (Applied Statistics 23, 1974; its error is below 2e-8 here), and
/// two steps of Halley's method.
double normal_quantile(double p) {
  if (p > 0.5) return -normal_quantile(1 - p);
  double t = std::sqrt(-2 * std::log(p));
  double over = (((4.53642210148e-5 * t + 0.0204231210245) * t + 0.342242088547) * t + 1) * t +
                0.322232431088;
  double under =
      (((0.0038560700634 * t + 0.103537752850) * t + 0.531103462366) * t + 0.588581570495) * t +
      0.0993484626060;
  double z = over / under - t;
  for (int i = 0; i < 2; ++i) {
    double off = (normal_below(z) - p) * std::sqrt(2 * std::numbers::pi) * std::exp(0.5 * z * z);
    z -= off / (1 + 0.5 * z * off);
  }
  return z;
}

double normal_within(double a, double b, Random& random) {
  if (a > 0) return -normal_within(-b, -a, random);
  double mass = normal_between(a, b), p = normal_below(a) + random.uniform() * mass;
  if (!(mass > 1e-300) || !(p > 1e-300) || !(p < 1)) return b < 0 ? b : std::clamp(0.0, a, b);
  return std::clamp(normal_quantile(p), a, b);
}

}  // namespace sherpa::algorithms
