#pragma once

#include "algorithms/history.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace sherpa::algorithms {

/// The ended trials of a History by their objective, best first, of equally good ones the earlier
/// first. 4 bytes a trial.
class Ranking {
 public:
  /// Adds the trials that ended since the last call.
  void update(const History& history) {
    const auto& ended = history.ended();
    for (; seen_ < ended.size(); ++seen_) {
      if (std::isnan(ended[seen_].objective)) {
        unranked_.push_back(static_cast<std::uint32_t>(seen_));
        continue;
      }
      auto at = std::upper_bound(
          order_.begin(), order_.end(), ended[seen_].objective,
          [&](double objective, std::uint32_t i) { return objective < ended[i].objective; });
      order_.insert(at, static_cast<std::uint32_t>(seen_));
    }
  }

  std::size_t size() const { return order_.size(); }
  /// The index in history.ended() of the i-th best, from 0.
  std::size_t operator[](std::size_t i) const { return order_[i]; }
  /// The indices of those without an objective, in the order in which they ended.
  const std::vector<std::uint32_t>& unranked() const { return unranked_; }

 private:
  std::vector<std::uint32_t> order_, unranked_;
  std::size_t seen_ = 0;
};

}  // namespace sherpa::algorithms
