#pragma once

#include <sherpa/error.hpp>
#include <sherpa/export.hpp>

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace sherpa {

/// The value of a parameter: a bool, an integer, a real number, a text, or a list of values.
///
/// Integers stay integers: `Value(64)` and `Value(64.0)` are different values, though both can be
/// read as a double.
class SHERPA_API Value {
 public:
  using List = std::vector<Value>;
  enum class Kind : std::uint8_t { boolean, integer, real, text, list };

  Value() : held_(std::int64_t{0}) {}
  Value(bool b) : held_(b) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Value(T i) : held_(fit(i)) {}
  template <std::floating_point T>
  Value(T x) : held_(static_cast<double>(x)) {}
  Value(std::string text) : held_(std::move(text)) {}
  Value(std::string_view text) : held_(std::string(text)) {}
  Value(const char* text) : held_(std::string(text)) {}
  Value(List items) : held_(std::move(items)) {}

  Kind kind() const noexcept { return static_cast<Kind>(held_.index()); }

  /// The value, if it is of this kind; otherwise each throws Exception(invalid_argument). `integer`
  /// accepts a real number without a fraction, `real` accepts an integer.
  bool boolean() const;
  std::int64_t integer() const;
  double real() const;
  const std::string& text() const;
  const List& list() const;

  /// Returns the value as a bool, an integer type (range checked), float, double, std::string,
  /// Value, or a vector of those. Throws Exception(invalid_argument) when it does not fit.
  template <class T>
  T as() const {
    if constexpr (std::is_same_v<T, Value>) {
      return *this;
    } else if constexpr (std::is_same_v<T, bool>) {
      return boolean();
    } else if constexpr (std::is_integral_v<T>) {
      auto i = integer();
      if (!std::in_range<T>(i)) refuse("a number that fits the integer type asked for");
      return static_cast<T>(i);
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(real());
    } else if constexpr (std::is_same_v<T, std::string>) {
      return text();
    } else {
      T items;
      for (const Value& item : list()) items.push_back(item.template as<typename T::value_type>());
      return items;
    }
  }

  /// As Python would print it: `True`, `64`, `0.001`, `relu`, `[128, 64]`.
  std::string show() const;

  friend SHERPA_API bool operator==(const Value& a, const Value& b);
  friend SHERPA_API std::ostream& operator<<(std::ostream& out, const Value& value);

 private:
  template <class T>
  static std::int64_t fit(T i) {
    if (!std::in_range<std::int64_t>(i)) refuse_large();
    return static_cast<std::int64_t>(i);
  }
  [[noreturn]] static void refuse_large();
  [[noreturn]] void refuse(std::string_view wanted) const;

  std::variant<bool, std::int64_t, double, std::string, List> held_;
};

/// Makes a list value, such as an architecture: `list(128, 64)`.
template <class... T>
Value list(T&&... items) {
  return Value(Value::List{Value(std::forward<T>(items))...});
}

/// Named numbers stored beside an objective.
using Metrics = std::map<std::string, double>;

/// Returns the shortest text that reads back as the same double; `NaN`, `inf` or `-inf` for one
/// that is not finite.
SHERPA_API std::string show(double x);

}  // namespace sherpa
