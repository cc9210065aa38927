#pragma once

#include "core/study/facts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sherpa::study {

/// The slots and resources of a worker that are not taken.
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

struct EngineState;
struct RunState;

/// Where an attempt runs.
struct Place {
  std::string worker, incarnation;  ///< empty: with the caller of the study loop
  std::uint32_t slots = 1;
  Metrics resources{};
};

/// On workers, as long as they have room for what a trial needs: the one with most free slots
/// first.
struct OnWorkers {
  static constexpr bool ends_when_stuck = true;
  static std::optional<Place> next(const EngineState& state, const RunState& run);
};

/// With the caller of the study loop, one trial for each Take. The caller reports how its trials
/// end, nothing is retried, and it learns when the algorithm waits, so that the study need not end.
struct OnDemand {
  static constexpr bool ends_when_stuck = false;
  static std::optional<Place> next(const EngineState& state, const RunState& run);
};

/// Decides whether and where the next attempt can start.
using Placement = std::variant<OnWorkers, OnDemand>;

}  // namespace sherpa::study
