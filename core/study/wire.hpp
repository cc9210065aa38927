#pragma once

#include "core/base/enumerators.hpp"
#include "core/base/result.hpp"
#include "core/study/wire_in.hpp"

#include <sherpa/configuration.hpp>
#include <sherpa/fields.hpp>
#include <sherpa/value.hpp>

#include <msgpack.hpp>

#include <bit>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Described structs as msgpack maps of their fields, by name. Fields at their default are left
/// out; a reader skips names it does not know. Reading trusts nothing: types, enumerators, depth
/// and sizes are checked, and a damaged input is an Error, never a crash.
///
/// msgpack-c packs. Reading is our own: msgpack-c's unpacker builds a tree of objects, as large as
/// the bytes claim, before anything is checked, and its visitor would have to keep in a state
/// machine what the recursive reader below has on its stack.
namespace sherpa::study::wire {

using Bytes = std::string;

constexpr std::size_t max_depth = 8;  // of lists in lists

struct Sink {
  Bytes& bytes;
  void write(const char* data, std::size_t size) { bytes.append(data, size); }
};
using Packer = msgpack::packer<Sink>;

// Writing.

inline void put(Packer& out, double x) {
  // msgpack-c would turn 64.0 into the integer 64; a double stays a double here, bit by bit.
  char bytes[9];
  auto bits = std::bit_cast<std::uint64_t>(x);
  bytes[0] = static_cast<char>(0xcb);
  for (int i = 0; i < 8; ++i) bytes[1 + i] = static_cast<char>(bits >> (56 - 8 * i));
  out.pack_bin_body(bytes, sizeof bytes);  // appends bytes as they are
}
inline void put(Packer& out, bool b) { out.pack(b); }
inline void put(Packer& out, const std::string& text) { out.pack(text); }
template <std::integral T>
  requires(!std::same_as<T, bool>)
void put(Packer& out, T i) { out.pack(i); }
template <base::Enumerated E>
void put(Packer& out, E e) {
  out.pack(static_cast<std::uint8_t>(e));
}
template <class T>
void put(Packer& out, const std::optional<T>& x);
template <class T>
void put(Packer& out, const std::vector<T>& items);
template <class T>
void put(Packer& out, const std::map<std::string, T>& items);
template <Described T>
void put(Packer& out, const T& x);

inline void put(Packer& out, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean: return put(out, value.boolean());
    case Value::Kind::integer: return put(out, value.integer());
    case Value::Kind::real: return put(out, value.real());
    case Value::Kind::text: return put(out, value.text());
    case Value::Kind::list: return put(out, value.list());
  }
}
inline void put(Packer& out, const Configuration& configuration) {
  out.pack_map(static_cast<std::uint32_t>(configuration.size()));
  for (auto [name, value] : configuration) {
    put(out, name);
    put(out, value);
  }
}
template <class T>
void put(Packer& out, const std::optional<T>& x) {
  if (x) {
    put(out, *x);
  } else {
    out.pack_nil();
  }
}
template <class T>
void put(Packer& out, const std::vector<T>& items) {
  out.pack_array(static_cast<std::uint32_t>(items.size()));
  for (const auto& item : items) put(out, item);
}
template <class T>
void put(Packer& out, const std::map<std::string, T>& items) {
  out.pack_map(static_cast<std::uint32_t>(items.size()));
  for (const auto& [name, item] : items) {
    put(out, name);
    put(out, item);
  }
}

/// Equal, for the purpose of leaving a field out: doubles by their bits, so that −0.0 is not taken
/// for 0.0.
template <class T>
bool same(const T& a, const T& b) {
  if constexpr (std::same_as<T, double>)
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  else
    return a == b;
}

/// How many of the fields that `take(name)` picks differ from their default.
template <Described T, class Take>
std::uint32_t count_fields(const T& x, Take take) {
  [[maybe_unused]] static const T defaults{};  // unused where there are no fields
  std::uint32_t count = 0;
  auto one = [&](auto f) {
    count += take(f.name) && !same(x.*f.member, defaults.*f.member) ? 1 : 0;
  };
  T::fields().for_each(one);
  return count;
}

/// The fields that `take(name)` picks and that differ from their default.
template <Described T, class Take>
void put_fields(Packer& out, const T& x, Take take) {
  [[maybe_unused]] static const T defaults{};  // unused where there are no fields
  out.pack_map(count_fields(x, take));
  auto one = [&](auto f) {
    if (!take(f.name) || same(x.*f.member, defaults.*f.member)) return;
    out.pack_str(static_cast<std::uint32_t>(f.name.size()));
    out.pack_str_body(f.name.data(), static_cast<std::uint32_t>(f.name.size()));
    put(out, x.*f.member);
  };
  T::fields().for_each(one);
}
template <Described T>
void put(Packer& out, const T& x) {
  put_fields(out, x, [](std::string_view) { return true; });
}

// Reading. Each returns false for anything unexpected.

inline bool get(In& in, double& x) {
  In::Item item;
  if (!in.next(In::Type::real, item)) return false;
  x = std::bit_cast<double>(item.bits);
  return true;
}
inline bool get(In& in, bool& b) {
  In::Item item;
  if (!in.next(In::Type::boolean, item)) return false;
  b = item.bits != 0;
  return true;
}
inline bool get(In& in, std::string& text) {
  In::Item item;
  if (!in.next(In::Type::text, item)) return false;
  text.assign(item.text);
  return true;
}
template <std::integral T>
  requires(!std::same_as<T, bool>)
bool get(In& in, T& i) {
  In::Item item;
  if (!in.next(In::Type::integer, item)) return false;
  bool fits = item.negative ? std::in_range<T>(static_cast<std::int64_t>(item.bits))
                            : std::in_range<T>(item.bits);
  if (fits) i = static_cast<T>(item.bits);
  return fits;
}
template <base::Enumerated E>
bool get(In& in, E& e) {
  std::uint64_t i = 0;
  if (!get(in, i)) return false;
  auto found = base::enumerator<E>(i);
  if (found) e = *found;
  return found.has_value();
}
template <class T>
bool get(In& in, std::optional<T>& x);
template <class T>
bool get(In& in, std::vector<T>& items);
template <class T>
bool get(In& in, std::map<std::string, T>& items);
template <Described T>
bool get(In& in, T& x);

inline bool get(In& in, Value& value) {
  In::Item item;
  if (!in.next(item)) return false;
  switch (item.type) {
    case In::Type::boolean: value = item.bits != 0; return true;
    case In::Type::real: value = std::bit_cast<double>(item.bits); return true;
    case In::Type::integer:
      if (!item.negative && !std::in_range<std::int64_t>(item.bits)) return false;
      value = static_cast<std::int64_t>(item.bits);
      return true;
    case In::Type::text: value = item.text; return true;
    case In::Type::array: {
      if (in.depth == max_depth) return false;
      ++in.depth;
      Value::List items;
      for (; item.bits > 0; --item.bits)
        if (!get(in, items.emplace_back())) return false;
      --in.depth;
      value = std::move(items);
      return true;
    }
    default: return false;
  }
}
inline bool get(In& in, Configuration& configuration) {
  In::Item item;
  if (!in.next(In::Type::map, item)) return false;
  auto size = static_cast<std::size_t>(item.bits);
  // Configurations of one study share their names, also after a restart: as long as they are those
  // of the last one read, no new ones are made.
  thread_local std::shared_ptr<const Configuration::Names> last =
      std::make_shared<const Configuration::Names>();
  std::shared_ptr<Configuration::Names> own;
  std::vector<Value> values;
  values.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    if (!in.next(In::Type::text, item)) return false;
    if (!own && (i >= last->size() || (*last)[i] != item.text))
      own = std::make_shared<Configuration::Names>(last->begin(),
                                                   last->begin() + static_cast<std::ptrdiff_t>(i));
    if (own) {
      if (!own->empty() && !(own->back() < item.text))
        return false;  // written in order, without repetition
      own->emplace_back(item.text);
    }
    if (!get(in, values.emplace_back())) return false;
  }
  if (!own && last->size() != size)
    own = std::make_shared<Configuration::Names>(last->begin(),
                                                 last->begin() + static_cast<std::ptrdiff_t>(size));
  if (own) last = std::move(own);
  configuration = Configuration(last, std::move(values));
  return true;
}
template <class T>
bool get(In& in, std::optional<T>& x) {
  if (in.take_nil()) {
    x.reset();
    return true;
  }
  return get(in, x.emplace());
}
template <class T>
bool get(In& in, std::vector<T>& items) {
  In::Item item;
  if (!in.next(In::Type::array, item)) return false;
  items.clear();
  for (; item.bits > 0; --item.bits)
    if (!get(in, items.emplace_back())) return false;
  return true;
}
template <class T>
bool get(In& in, std::map<std::string, T>& items) {
  In::Item item;
  if (!in.next(In::Type::map, item)) return false;
  items.clear();
  for (; item.bits > 0; --item.bits) {
    std::string name;
    T value{};
    if (!get(in, name) || !get(in, value)) return false;
    items.insert_or_assign(items.end(), std::move(name), std::move(value));
  }
  return true;
}
template <Described T>
bool get(In& in, T& x) {
  In::Item item;
  if (!in.next(In::Type::map, item)) return false;
  for (auto left = item.bits; left > 0; --left) {
    if (!in.next(In::Type::text, item)) return false;
    bool known = false;
    bool ok = true;
    auto one = [&](auto f) {
      if (known || f.name != item.text) return;
      known = true;
      ok = get(in, x.*f.member);
    };
    T::fields().for_each(one);
    if (!ok || (!known && !in.skip())) return false;
  }
  return true;
}

template <class T>
Bytes pack(const T& x) {
  Bytes bytes;
  Sink sink{bytes};
  Packer out(sink);
  put(out, x);
  return bytes;
}

/// False unless `bytes` is exactly one well-formed T.
template <class T>
bool unpack(std::string_view bytes, T& x) {
  In in(bytes);
  return get(in, x) && in.at_end();
}

}  // namespace sherpa::study::wire
