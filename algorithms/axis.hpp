#pragma once

#include "algorithms/history.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace sherpa::algorithms {

/// One coordinate of the unit cube: how a parameter divides [0, 1] into cells, one for each of its
/// values, or into none if it is continuous.
class Axis {
 public:
  enum class Kind { continuous, ordered, categorical };

  explicit Axis(const Parameter& parameter);

  Kind kind() const { return kind_; }
  /// The number of cells; 0 for a continuous parameter.
  std::uint64_t levels() const { return levels_; }

  /// The index of the cell that contains u.
  std::uint64_t level(double u) const;
  /// The lower end of a cell; edge(levels()) is 1.
  double edge(std::uint64_t level) const;
  /// The coordinate of its value, as SearchSpace::to_unit gives it.
  double place(std::uint64_t level) const;
  double snap(double u) const { return levels_ == 0 ? u : place(level(u)); }

 private:
  Kind kind_;
  std::uint64_t levels_;
  bool log_ = false;  // unequal cells
  // of a Discrete on a log scale: its lower bound, and the logarithm of its extent in half steps
  double first_ = 0, span_ = 1;
};

std::vector<Axis> axes_of(const space::SearchSpace& space);

/// A point, drawn uniformly, that was not tried and is not running or prepared; none when there is
/// no such point.
std::optional<Point> draw_untried(const History& history, std::span<const study::Prepared> prepared,
                                  Random& random);

}  // namespace sherpa::algorithms
