#include "algorithms/numerics/slice_sampling.hpp"

#include <algorithm>
#include <cmath>

namespace sherpa::algorithms {

using Eigen::Index;
using Eigen::VectorXd;

VectorXd slice_sample(const std::function<double(const VectorXd&)>& log_density, VectorXd at,
                      const VectorXd& widths, const VectorXd& low, const VectorXd& high,
                      Random& random) {
  constexpr std::uint64_t most_steps = 8;
  double here = log_density(at);
  for (Index i = 0; i < at.size(); ++i) {
    const double x = at[i];
    const double level = here + std::log(1 - random.uniform());
    auto density = [&](double moved) {
      at[i] = moved;
      return log_density(at);
    };
    double left = x - widths[i] * random.uniform(), right = left + widths[i];
    auto to_the_left = random.below(most_steps), to_the_right = most_steps - 1 - to_the_left;
    while (to_the_left-- > 0 && left > low[i] && density(left) > level) left -= widths[i];
    while (to_the_right-- > 0 && right < high[i] && density(right) > level) right += widths[i];
    left = std::max(left, low[i]);
    right = std::min(right, high[i]);
    for (;;) {
      double moved = random.uniform(left, right), there = density(moved);
      if (there > level) {
        here = there;
        break;
      }
      (moved < x ? left : right) = moved;
      if (right - left < 1e-12 * widths[i]) {  // a density so rough that nothing else is as likely
        at[i] = x;
        break;
      }
    }
  }
  return at;
}

}  // namespace sherpa::algorithms
