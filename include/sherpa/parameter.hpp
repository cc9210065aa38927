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

/// On a log scale equal ratios are equally likely; its bounds are positive.
enum class Scale : std::uint8_t { linear, log };

/// Both ends belong to it. A pair the wrong way round is put in order, with one line in the log.
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

/// An integer in {low, …, high}; both ends can be drawn.
struct Discrete {
  std::string name;
  Range<std::int64_t> range;
  Scale scale = Scale::linear;
  friend bool operator==(const Discrete&, const Discrete&) = default;
};

/// One of `values`, whose order means something: batch sizes, layer widths.
struct Ordinal {
  std::string name;
  std::vector<Value> values;
  friend bool operator==(const Ordinal&, const Ordinal&) = default;
};

/// One of `values`, whose order means nothing: activations, optimisers.
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

  /// One value, uniform on the parameter's scale. Throws Exception(invalid_argument) for a
  /// parameter that no study would accept (see `check`).
  Value sample(Random& random) const;

  /// Throws Exception(invalid_argument), naming the parameter and the remedy, for an empty name,
  /// equal or non-finite bounds, non-positive bounds on a log scale, no values, repeated values,
  /// lists within lists.
  void check() const;

  /// From `{"name": "lr", "type": "continuous", "range": list(1e-4, 1e-1), "scale": "log"}`; type
  /// is continuous, discrete, ordinal or choice; scale is optional. Throws
  /// Exception(invalid_argument) naming the entry.
  static Parameter from_dict(const std::map<std::string, Value>& dict);

  /// One Choice per name, over the values given.
  static std::vector<Parameter> grid(const std::map<std::string, std::vector<Value>>& values);

  friend SHERPA_API bool operator==(const Parameter& a, const Parameter& b);

 private:
  Kinds kind_;
};

/// Parameters derived from configurations: one Choice per name, over the values it takes, in order
/// of appearance. Throws Exception(invalid_argument) when the configurations do not all have the
/// same names.
SHERPA_API std::vector<Parameter> parameters_of(const std::vector<Configuration>& configurations);

}  // namespace sherpa
