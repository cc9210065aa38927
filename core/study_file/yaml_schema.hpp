#pragma once

#include "core/space/json.hpp"

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace sherpa::study_file {

/// A place in the text, both counted from 1.
struct Spot {
  int line = 1, column = 1;
};

/// A refusal with its place; thrown through yaml-cpp's parser.
struct Fault {
  Spot at;
  std::string what;
};

constexpr std::size_t most_levels = 64;
constexpr std::string_view digits = "0123456789";
constexpr std::string_view core_tag = "tag:yaml.org,2002:";

inline bool is_one_of(std::string_view text, std::initializer_list<std::string_view> known) {
  return std::find(known.begin(), known.end(), text) != known.end();
}

/// The whole text as a number; nothing if it is not a number or does not fit.
template <class T>
std::optional<T> to_integer(std::string_view text, int base) {
  T value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A scalar by its tag and the core schema of YAML 1.2 (chapter 10.3.2). yaml-cpp gives quoted
/// scalars the tag "!" and plain ones "?".
space::json::Json resolve_scalar(const std::string& tag, const std::string& text, Spot at);

}  // namespace sherpa::study_file
