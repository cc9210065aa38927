#include "algorithms/learner.hpp"

#include <algorithm>
#include <bit>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;

bool power_of_two(Index n) { return (n & (n - 1)) == 0; }

/// Whether hyperparameters are tuned when there are so many data: at each of the first 40, then after every twentieth of them.
bool due(Index n) { return n <= 40 || n % (n / 20) == 0 || power_of_two(n); }

}  // namespace

void Learner::learn(const Point& point, double value) {
  if (n_ == points_.rows()) {
    Index capacity = 2 * n_ + 16;
    points_.conservativeResize(capacity, static_cast<Index>(point.size()));
    values_.conservativeResize(capacity);
  }
  for (std::size_t i = 0; i < point.size(); ++i) points_(n_, static_cast<Index>(i)) = point[i];
  values_[n_++] = value;
}

const Model& Learner::model(std::uint64_t seed) {
  // Powers of two begin afresh: nothing before the last of them matters.
  auto last = static_cast<Index>(std::bit_floor(static_cast<std::uint64_t>(n_)));
  Index tuned = 0;
  for (Index n = std::max(known_ + 1, last); n <= n_; ++n) {
    if (!due(n)) continue;
    Random random(seed ^ 0xf17, static_cast<std::uint64_t>(n));
    model_->tune(points_.topRows(n), values_.head(n), power_of_two(n), random);
    tuned = n;
  }
  if (tuned > 0) {
    Random random(seed ^ 0xc0d, static_cast<std::uint64_t>(tuned));
    model_->condition(points_.topRows(tuned), values_.head(tuned), random);
    known_ = tuned;
  }
  for (; known_ < n_; ++known_) model_->add(points_.row(known_).transpose(), values_[known_]);
  return *model_;
}

}  // namespace sherpa::algorithms
