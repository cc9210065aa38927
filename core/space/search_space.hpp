#pragma once

#include "core/base/result.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/configuration.hpp>
#include <sherpa/parameter.hpp>
#include <sherpa/stopping_rules.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace sherpa::space {

class ValueIndex;

/// How many values a parameter can take; 0 for Continuous.
std::uint64_t levels(const Parameter& parameter);

/// The value that a fraction u in [0, 1] of the parameter's scale stands for. A parameter with n
/// values cuts [0, 1] into n cells: equal ones, or for a Discrete on a log scale those between
/// log(v − ½) and log(v + ½). So a uniform u draws uniformly on the scale, and both ends of a range
/// can be drawn.
Value from_unit(const Parameter& parameter, double u);

/// Where a value lies in [0, 1]: the inverse of from_unit for Continuous, the middle of the value's
/// cell for the others (its logarithm's place on a log scale). `value` belongs to the parameter.
double to_unit(const Parameter& parameter, const Value& value);

/// Points that cut a range evenly on its scale, in ascending order and without repetition; all
/// values for Ordinal and Choice.
std::vector<Value> grid_points(const Parameter& parameter, const GridSearch& grid);

/// The value as this parameter holds it (64.0 becomes 64 for a Discrete), or why it does not fit.
Result<Value> fit(const Parameter& parameter, const Value& value);

/// The parameters of a study, checked.
class SearchSpace {
 public:
  SearchSpace() = default;
  /// Reversed ranges are put in order with one log line. Fails on what Parameter::check refuses,
  /// and on a repeated name.
  static Result<SearchSpace> make(const std::vector<Parameter>& parameters);

  /// In the order given; coordinates of the unit cube follow it.
  const std::vector<Parameter>& parameters() const noexcept { return parameters_; }
  std::size_t size() const noexcept { return parameters_.size(); }
  const std::shared_ptr<const Configuration::Names>& names() const noexcept { return names_; }

  /// Whether names beyond the parameters are kept (an algorithm's own fields) or refused (a
  /// person's typing mistake).
  enum class Extras { keep, refuse };
  /// The configuration with every value as its parameter holds it, or what is missing, unknown or
  /// out of range.
  Result<Configuration> fit(const Configuration& configuration, Extras extras) const;

  /// One coordinate in [0, 1] per parameter. `configuration` has been fitted.
  std::vector<double> to_unit(const Configuration& configuration) const;
  Configuration from_unit(std::span<const double> point) const;
  Configuration sample(Random& random) const;
  /// `values[i]` belongs to `parameters()[i]`.
  Configuration assemble(std::vector<Value> values) const;

  friend bool operator==(const SearchSpace& a, const SearchSpace& b) {
    return a.parameters_ == b.parameters_;
  }

 private:
  std::vector<Parameter> parameters_;
  std::shared_ptr<const Configuration::Names> names_ = std::make_shared<Configuration::Names>();
  std::vector<std::size_t> place_;  // of each parameter in the sorted names
  // of the values of each Ordinal and Choice, else null
  std::vector<std::shared_ptr<const ValueIndex>> indices_;
};

}  // namespace sherpa::space
