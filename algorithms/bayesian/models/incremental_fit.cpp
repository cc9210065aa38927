#include "algorithms/bayesian/models/incremental_fit.hpp"

#include <algorithm>
#include <bit>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;

bool power_of_two(Index n) { return (n & (n - 1)) == 0; }

/// Whether hyperparameters are tuned when there are so many data: at each of the first 40, then
/// after every twentieth of them.
bool due(Index n) { return n <= 40 || n % (n / 20) == 0 || power_of_two(n); }

}  // namespace

void IncrementalFit::learn(const Point& point, double value) {
  if (n_ == points_.rows()) {
    Index capacity = 2 * n_ + 16;
    points_.conservativeResize(capacity, static_cast<Index>(point.size()));
    values_.conservativeResize(capacity);
  }
  for (std::size_t i = 0; i < point.size(); ++i) points_(n_, static_cast<Index>(i)) = point[i];
  values_[n_++] = value;
}

const Model& IncrementalFit::model(std::uint64_t seed) {
  auto tune = [&](Index n) {
    Random random(seed ^ 0xf17, static_cast<std::uint64_t>(n));
    model_->tune(points_.topRows(n), values_.head(n), power_of_two(n), random);
  };
  const auto last_afresh = static_cast<Index>(std::bit_floor(static_cast<std::uint64_t>(n_)));
  Index last = n_;
  while (!due(last)) --last;
  if (last > known_) {
    if (last_afresh > known_) tune(last_afresh);
    if (last > last_afresh) tune(last);
    Random random(seed ^ 0xc0d, static_cast<std::uint64_t>(last));
    model_->condition(points_.topRows(last), values_.head(last), random);
    known_ = last;
  }
  if (known_ < n_)
    model_->extend(points_.middleRows(known_, n_ - known_), values_.segment(known_, n_ - known_));
  known_ = n_;
  return *model_;
}

}  // namespace sherpa::algorithms
