#pragma once

#include <concepts>
#include <string_view>
#include <tuple>

namespace sherpa {

/// A member and the name it carries in the store, on the wire, in JSON and in print; and for
/// options, a line about it for people.
template <class Owner, class T>
struct Field {
  std::string_view name;
  T Owner::*member;
  std::string_view about{};
};

template <class Owner, class T>
constexpr Field<Owner, T> field(std::string_view name, T Owner::*member,
                                std::string_view about = {}) {
  return {name, member, about};
}

/// A type that lists its members once, for every format that needs them.
template <class T>
concept Described = requires {
  T::fields();
};

/// A list of types.
template <class... T>
struct Types {};

template <class T, class... U>
constexpr bool is_one_of(Types<U...>) {
  return (std::same_as<T, U> || ...);
}

}  // namespace sherpa
