#include "algorithms/bayesian/models/incremental_fit.hpp"

#include <algorithm>
#include <bit>

namespace sherpa::algorithms {

namespace {

using Eigen::Index;

bool power_of_two(Index n) { return (n & (n - 1)) == 0; }

/// Whether the hyperparameters are fitted to the first n data: for each n up to 40, then about
/// every time that n has grown by a twentieth.
bool fit_due(Index n) { return n <= 40 || n % (n / 20) == 0 || power_of_two(n); }

}  // namespace

void IncrementalFit::add(const Point& point, double value) {
  if (n_ == points_.rows()) {
    Index capacity = 2 * n_ + 16;
    points_.conservativeResize(capacity, static_cast<Index>(point.size()));
    values_.conservativeResize(capacity);
  }
  for (std::size_t i = 0; i < point.size(); ++i) points_(n_, static_cast<Index>(i)) = point[i];
  values_[n_++] = value;
}

/// Repeats the fits that were due after the first `from` data, up to `to`; of those from scratch
/// only the last one matters.
void IncrementalFit::fit(Index from, Index to, std::uint64_t seed) {
  auto fit_to = [&](Index n) {
    Random random(seed ^ 0xf17, static_cast<std::uint64_t>(n));
    model_->fit_hyperparameters(points_.topRows(n), values_.head(n), power_of_two(n), random);
  };
  const auto from_scratch = static_cast<Index>(std::bit_floor(static_cast<std::uint64_t>(n_)));
  if (from_scratch > from) fit_to(from_scratch);
  if (to > from_scratch) fit_to(to);
  Random random(seed ^ 0xc0d, static_cast<std::uint64_t>(to));
  model_->condition(points_.topRows(to), values_.head(to), random);
}

const Model& IncrementalFit::model(std::uint64_t seed) {
  Index last_due = n_;
  while (!fit_due(last_due)) --last_due;
  if (last_due > fitted_) {
    fit(fitted_, last_due, seed);
    fitted_ = last_due;
  }
  if (fitted_ < n_)
    model_->extend(points_.middleRows(fitted_, n_ - fitted_),
                   values_.segment(fitted_, n_ - fitted_));
  fitted_ = n_;
  return *model_;
}

}  // namespace sherpa::algorithms
