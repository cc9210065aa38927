#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <type_traits>

namespace sherpa::base {

/// The names of an enumeration's values, in order from 0: what JSON shows, and what a decoder
/// checks against. Specialised beside the enumeration.
template <class E>
struct Enumerators;

template <class E>
concept Enumerated = std::is_enum_v<E> && requires {
  Enumerators<E>::names;
};

template <Enumerated E>
constexpr std::string_view name_of(E e) {
  auto i = static_cast<std::size_t>(e);
  return i < Enumerators<E>::names.size() ? Enumerators<E>::names[i] : std::string_view("?");
}

template <Enumerated E>
constexpr std::optional<E> enumerator(std::uint64_t i) {
  if (i >= Enumerators<E>::names.size()) return std::nullopt;
  return static_cast<E>(i);
}

template <Enumerated E>
constexpr std::optional<E> enumerator(std::string_view name) {
  for (std::size_t i = 0; i < Enumerators<E>::names.size(); ++i)
    if (Enumerators<E>::names[i] == name) return static_cast<E>(i);
  return std::nullopt;
}

}  // namespace sherpa::base
