#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

namespace sherpa {

/// A member and its name in the store, on the wire, in JSON and in print; for options, also one
/// line of description.
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

namespace detail {

template <std::size_t I, class F>
struct FieldAt {
  F value;
};

template <class Indices, class... F>
struct FieldList;
template <std::size_t... I, class... F>
struct FieldList<std::index_sequence<I...>, F...> : FieldAt<I, F>... {
  constexpr explicit FieldList(const F&... fields) : FieldAt<I, F>{fields}... {}

  template <class Visit>
  constexpr void for_each(Visit&& visit) const {
    (visit(static_cast<const FieldAt<I, F>&>(*this).value), ...);
  }
};

}  // namespace detail

/// A list of fields, to be visited in order. A std::tuple would take several times as long to
/// compile.
template <class... F>
struct Fields : detail::FieldList<std::index_sequence_for<F...>, F...> {
  constexpr explicit Fields(const F&... fields)
      : detail::FieldList<std::index_sequence_for<F...>, F...>(fields...) {}

  static constexpr std::size_t size() { return sizeof...(F); }
};

/// A type that lists its members once, in `fields()`, for every format.
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
