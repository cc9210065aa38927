#pragma once

#include "core/study/facts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::study {

/// What of a worker is free.
class FreeCapacity {
 public:
  FreeCapacity() = default;
  explicit FreeCapacity(const Worker& worker);

  std::uint32_t free_slots() const { return free_slots_; }
  /// The units (and the share of each) that would be lent for these needs; absent when there is not
  /// enough. A share below one goes to the fullest unit that still has it, so that whole units stay
  /// whole; "gpu" matches the units gpu:0, gpu:1, ….
  std::optional<Metrics> find(const Needs& needs) const;
  void take(std::uint32_t slots, const Metrics& units);
  void give_back(std::uint32_t slots, const Metrics& units);
  /// Whether these needs could be met with everything free.
  static bool could_ever(const Worker& worker, const Needs& needs) {
    return FreeCapacity(worker).find(needs).has_value();
  }

 private:
  struct Unit {
    std::string name;
    double free = 1;
  };
  std::uint32_t free_slots_ = 0;
  std::vector<Unit> units_;
};

}  // namespace sherpa::study
