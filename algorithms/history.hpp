#pragma once

#include "algorithms/algorithms.hpp"

#include <sherpa/trial.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sherpa::algorithms {

/// A point of the unit cube, one coordinate per parameter, as SearchSpace::to_unit gives it.
using Point = std::vector<double>;

/// The trials of a study as an algorithm that learns from results sees them: where each lies in the
/// unit cube, and how it ended. Built from facts alone, which the algorithm passes on.
///
/// Ended trials count regardless of their origin: this algorithm, a user, another member of a
/// Chain. Pending trials count if this algorithm or a user chose them; those of other members may
/// still be only prepared when this one is asked.
class History {
 public:
  struct EndedTrial {
    TrialId trial = 0;
    bool own = false;  ///< chosen by this algorithm
    Point point{};
    /// Signed so that lower is better; NaN when the trial failed or has no finite one.
    double objective = std::numeric_limits<double>::quiet_NaN();
    TrialStatus status = TrialStatus::completed;
  };

  History(space::SearchSpace space, bool lower_is_better, Path path);

  void learn(const study::Entry& entry);

  const space::SearchSpace& space() const { return space_; }
  /// In the order in which they ended.
  const std::vector<EndedTrial>& ended() const { return ended_; }
  /// Ended trials with a finite objective.
  std::size_t measured() const { return measured_; }
  /// Trials that this algorithm has chosen, and trials that users enqueued.
  std::uint64_t own() const { return own_; }
  std::uint64_t enqueued() const { return enqueued_; }
  /// Points of the pending trials in order of issue, then of the prepared suggestions.
  std::vector<Point> pending(std::span<const study::Prepared> prepared) const;

  /// Whether a configuration was tried, is running, or is prepared. `point` must be snapped.
  bool tried(const Point& point, std::span<const study::Prepared> prepared = {}) const;
  /// The number of configurations of the space; 0: infinite, or more than 2^63.
  std::uint64_t configurations() const { return configurations_; }
  /// Whether every configuration was tried, runs, or is prepared.
  bool exhausted(std::span<const study::Prepared> prepared = {}) const;
  /// The point of the configuration that `point` stands for: the middles of its cells.
  Point snap(const Point& point) const;

 private:
  struct Running {
    Point point;
    bool own;
  };

  std::uint64_t key(const Point& snapped) const;

  space::SearchSpace space_;
  bool lower_is_better_;
  Path path_;
  std::uint64_t configurations_ = 1;
  std::vector<EndedTrial> ended_;
  std::size_t measured_ = 0;
  std::uint64_t own_ = 0, enqueued_ = 0;
  std::unordered_map<TrialId, Running> running_;  // of any origin
  std::vector<TrialId> order_;  // of those in running_ that count, and of some that ended
  std::unordered_set<std::uint64_t> tried_;
};

}  // namespace sherpa::algorithms
