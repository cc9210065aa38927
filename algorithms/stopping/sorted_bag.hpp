#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace sherpa::algorithms {

/// Doubles with repetition, kept in order: 8 bytes each, insertion in O(√n) moves at worst, the
/// i-th smallest in O(log n).
///
/// A large sorted list and a small one of late arrivals, merged when the small one has grown to a
/// 64th of the large, or about its root.
class SortedBag {
 public:
  std::size_t size() const { return sorted_.size() + recent_.size(); }

  void insert(double x) {
    auto& into = sorted_.size() < small ? sorted_ : recent_;
    into.insert(std::upper_bound(into.begin(), into.end(), x), x);
    // 64 moves per insertion, or √n/4 and what it takes to keep 4√n in order.
    if (64 * recent_.size() > sorted_.size() ||
        recent_.size() * recent_.size() > 16 * sorted_.size())
      merge();
  }

  /// Removes one occurrence; there is one.
  void remove(double x) {
    if (auto at = std::lower_bound(recent_.begin(), recent_.end(), x);
        at != recent_.end() && *at == x) {
      recent_.erase(at);
      return;
    }
    sorted_.erase(std::lower_bound(sorted_.begin(), sorted_.end(), x));
  }

  /// The i-th smallest, from 0.
  double at(std::size_t i) const {
    // How many of the i smallest come from recent_: the least j such that recent_[j] is not among
    // them.
    std::size_t low = i > sorted_.size() ? i - sorted_.size() : 0;
    std::size_t high = std::min(i, recent_.size());
    while (low < high) {
      std::size_t j = (low + high) / 2;
      if (recent_[j] < sorted_[i - j - 1]) {
        low = j + 1;
      } else {
        high = j;
      }
    }
    std::size_t from_sorted = i - low;
    if (low == recent_.size()) return sorted_[from_sorted];
    if (from_sorted == sorted_.size()) return recent_[low];
    return std::min(sorted_[from_sorted], recent_[low]);
  }

 private:
  static constexpr std::size_t small = 256;

  void merge() {
    std::vector<double> merged;
    merged.reserve(size());
    std::merge(sorted_.begin(), sorted_.end(), recent_.begin(), recent_.end(),
               std::back_inserter(merged));
    sorted_ = std::move(merged);
    recent_.clear();
  }

  std::vector<double> sorted_;
  std::vector<double> recent_;
};

}  // namespace sherpa::algorithms
