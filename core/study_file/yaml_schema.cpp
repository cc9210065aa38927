#include "core/study_file/yaml_schema.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <tuple>

namespace sherpa::study_file {

using space::json::Json;

namespace {

bool all_of(std::string_view text, std::string_view set) {
  return !text.empty() && text.find_first_not_of(set) == std::string_view::npos;
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?` without its sign.
bool is_float(std::string_view text) {
  auto skip_digits = [&] {
    auto n = std::min(text.find_first_not_of(digits), text.size());
    text.remove_prefix(n);
    return n > 0;
  };
  bool whole = skip_digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!skip_digits() && !whole) return false;
  } else if (!whole) {
    return false;
  }
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return all_of(text, digits);
}

/// A plain scalar.
Json resolve(const std::string& text, Spot at) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();

  std::string_view rest = text;
  bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  auto infinity = std::numeric_limits<double>::infinity();
  if (is_one_of(rest, {".inf", ".Inf", ".INF"})) return negative ? -infinity : infinity;

  auto too_large = [&] {
    return Fault{
        at, "the number " + base::quote(text) + " is too large or too close to 0 for a double"};
  };
  for (auto [prefix, base, set] :
       {std::tuple{"0o", 8, "01234567"}, std::tuple{"0x", 16, "0123456789abcdefABCDEF"}})
    if (text.starts_with(prefix) && all_of(std::string_view(text).substr(2), set)) {
      if (auto value = to_integer<std::uint64_t>(std::string_view(text).substr(2), base))
        return *value;
      throw Fault{at, "the number " + base::quote(text) + " is above 2^64"};
    }
  if (all_of(rest, digits)) {
    if (negative) {
      if (auto value = to_integer<std::int64_t>(text, 10)) return *value;
    } else if (auto value = to_integer<std::uint64_t>(rest, 10)) {
      return *value;
    }  // beyond 64 bits: as JSON has it, a real number
  }
  if (!is_float(rest)) return text;
  double value = 0;
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc()) throw too_large();
  return negative ? -value : value;
}

}  // namespace

Json resolve_scalar(const std::string& tag, const std::string& text, Spot at) {
  if (tag == "?" || tag.empty()) return resolve(text, at);
  if (tag == "!") return text;
  if (tag.starts_with(core_tag)) {
    auto type = tag.substr(core_tag.size());
    if (type == "str") return text;
    auto value = resolve(text, at);
    if (type == "int"    ? value.is_number_integer()
        : type == "bool" ? value.is_boolean()
                         : type == "null" && value.is_null())
      return value;
    if (type == "float" && value.is_number()) return value.get<double>();
  }
  throw Fault{at, "the tag " + base::quote(tag) + " does not go with " + base::quote(text) +
                      "; leave it out"};
}

}  // namespace sherpa::study_file
