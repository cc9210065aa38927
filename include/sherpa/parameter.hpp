#pragma once

#include <sherpa/configuration.hpp>
#include <sherpa/export.hpp>
#include <sherpa/random.hpp>
#include <sherpa/value.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sherpa {

/// On a log scale equal ratios are equally likely; both bounds must be positive.
enum class Scale : std::uint8_t { linear, log };

/// A range that includes both ends. When `low` is above `high` they are exchanged, and one line is
/// logged.
template <class T>
struct Range {
  T low{};
  T high{};
  friend bool operator==(const Range&, const Range&) = default;
};

/// A real number in [low, high].
struct Continuous {
  std::string name;
  Range<double> range;
  Scale scale = Scale::linear;
  friend bool operator==(const Continuous&, const Continuous&) = default;
};

/// An integer in {low, …, high}.
struct Discrete {
  std::string name;
  Range<std::int64_t> range;
  Scale scale = Scale::linear;
  friend bool operator==(const Discrete&, const Discrete&) = default;
};

/// One of `values`, whose order matters: batch sizes, layer widths.
struct Ordinal {
  std::string name;
  std::vector<Value> values;
  friend bool operator==(const Ordinal&, const Ordinal&) = default;
};

/// One of `values`, without order: activation functions, optimizers.
struct Choice {
  std::string name;
  std::vector<Value> values;
  friend bool operator==(const Choice&, const Choice&) = default;
};

/// A hyperparameter: one of the four kinds above.
class SHERPA_API Parameter {
 public:
  using Kinds = std::variant<Continuous, Discrete, Ordinal, Choice>;

  Parameter(Continuous p) : kind_(std::move(p)) {}
  Parameter(Discrete p) : kind_(std::move(p)) {}
  Parameter(Ordinal p) : kind_(std::move(p)) {}
  Parameter(Choice p) : kind_(std::move(p)) {}

  const std::string& name() const;
  const Kinds& kind() const noexcept { return kind_; }
  template <class T>
  const T* as() const {
    return std::get_if<T>(&kind_);
  }

  /// Draws a value, uniform on the parameter's scale. Throws Exception(invalid_argument) when
  /// `check` would.
  Value sample(Random& random) const;

  /// Throws Exception(invalid_argument), which names the parameter and the remedy, for an empty
  /// name, equal or non-finite bounds, non-positive bounds on a log scale, no values, repeated
  /// values, or lists within lists.
  void check() const;

  /// Makes a parameter from `{"name": "lr", "type": "continuous", "range": list(1e-4, 1e-1),
  /// "scale": "log"}`. `type` is continuous, discrete, ordinal or choice; `scale` is optional.
  /// Throws Exception(invalid_argument), which names the entry.
  static Parameter from_dict(const std::map<std::string, Value>& dict);

  /// Returns one Choice for each name, with the given values.
  static std::vector<Parameter> grid(const std::map<std::string, std::vector<Value>>& values);

  friend SHERPA_API bool operator==(const Parameter& a, const Parameter& b);

 private:
  Kinds kind_;
};

/// Derives parameters from configurations: one Choice for each name, with the values that it takes,
/// in order of appearance. Throws Exception(invalid_argument) when the configurations do not all
/// have the same names.
SHERPA_API std::vector<Parameter> parameters_of(const std::vector<Configuration>& configurations);

}  // namespace sherpa
