#pragma once

#include "study/enumerators.hpp"
#include "study/result.hpp"

#include <sherpa/configuration.hpp>
#include <sherpa/fields.hpp>
#include <sherpa/value.hpp>

#include <msgpack.hpp>

#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Described structs as msgpack maps of their fields, by name. Fields at their default are left out; a reader skips names it does not
/// know. Reading trusts nothing: types, enumerators, depth and sizes are checked, and a damaged input is an Error, never a crash.
namespace sherpa::study::wire {

using Bytes = std::string;

constexpr std::size_t max_depth = 8;
constexpr std::size_t max_items = 1u << 20;
constexpr std::size_t max_text = 64u << 20;

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
void put(Packer& out, T i) {
  out.pack(i);
}
template <Enumerated E>
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

/// The fields that `take(name)` picks and that differ from their default.
template <Described T, class Take>
void put_fields(Packer& out, const T& x, Take take) {
  static const T defaults{};
  constexpr auto fields = T::fields();
  std::uint32_t count = 0;
  auto counts = [&](auto f) { return take(f.name) && !(x.*f.member == defaults.*f.member); };
  std::apply([&](auto... f) { ((count += counts(f) ? 1 : 0), ...); }, fields);
  out.pack_map(count);
  auto one = [&](auto f) {
    if (!counts(f)) return;
    out.pack_str(static_cast<std::uint32_t>(f.name.size()));
    out.pack_str_body(f.name.data(), static_cast<std::uint32_t>(f.name.size()));
    put(out, x.*f.member);
  };
  std::apply([&](auto... f) { (one(f), ...); }, fields);
}
template <Described T>
void put(Packer& out, const T& x) {
  put_fields(out, x, [](std::string_view) { return true; });
}

// Reading. Each returns false for anything unexpected.

using In = msgpack::object;

inline bool get(const In& in, double& x) {
  if (in.type == msgpack::type::FLOAT64) {
    x = in.via.f64;
    return true;
  }
  return false;
}
inline bool get(const In& in, bool& b) {
  if (in.type != msgpack::type::BOOLEAN) return false;
  b = in.via.boolean;
  return true;
}
inline bool get(const In& in, std::string& text) {
  if (in.type != msgpack::type::STR) return false;
  text.assign(in.via.str.ptr, in.via.str.size);
  return true;
}
template <std::integral T>
  requires(!std::same_as<T, bool>)
bool get(const In& in, T& i) {
  if (in.type == msgpack::type::POSITIVE_INTEGER) {
    if (!std::in_range<T>(in.via.u64)) return false;
    i = static_cast<T>(in.via.u64);
    return true;
  }
  if (in.type == msgpack::type::NEGATIVE_INTEGER) {
    if (!std::in_range<T>(in.via.i64)) return false;
    i = static_cast<T>(in.via.i64);
    return true;
  }
  return false;
}
template <Enumerated E>
bool get(const In& in, E& e) {
  std::uint64_t i = 0;
  if (!get(in, i)) return false;
  auto found = enumerator<E>(i);
  if (found) e = *found;
  return found.has_value();
}
template <class T>
bool get(const In& in, std::optional<T>& x);
template <class T>
bool get(const In& in, std::vector<T>& items);
template <class T>
bool get(const In& in, std::map<std::string, T>& items);
template <Described T>
bool get(const In& in, T& x);

inline bool get(const In& in, Value& value) {
  switch (in.type) {
    case msgpack::type::BOOLEAN: value = in.via.boolean; return true;
    case msgpack::type::FLOAT64: value = in.via.f64; return true;
    case msgpack::type::POSITIVE_INTEGER:
    case msgpack::type::NEGATIVE_INTEGER: {
      std::int64_t i = 0;
      if (!get(in, i)) return false;
      value = i;
      return true;
    }
    case msgpack::type::STR: value = std::string(in.via.str.ptr, in.via.str.size); return true;
    case msgpack::type::ARRAY: {
      Value::List items;
      if (!get(in, items)) return false;
      value = std::move(items);
      return true;
    }
    default: return false;
  }
}
inline bool get(const In& in, Configuration& configuration) {
  if (in.type != msgpack::type::MAP) return false;
  auto names = std::make_shared<Configuration::Names>();
  std::vector<Value> values;
  for (std::uint32_t i = 0; i < in.via.map.size; ++i) {
    const auto& entry = in.via.map.ptr[i];
    std::string name;
    if (!get(entry.key, name) || !get(entry.val, values.emplace_back())) return false;
    if (!names->empty() && !(names->back() < name)) return false;  // written in order, without repetition
    names->push_back(std::move(name));
  }
  configuration = Configuration(std::move(names), std::move(values));
  return true;
}
template <class T>
bool get(const In& in, std::optional<T>& x) {
  if (in.type == msgpack::type::NIL) {
    x.reset();
    return true;
  }
  return get(in, x.emplace());
}
template <class T>
bool get(const In& in, std::vector<T>& items) {
  if (in.type != msgpack::type::ARRAY) return false;
  items.clear();
  for (std::uint32_t i = 0; i < in.via.array.size; ++i)
    if (!get(in.via.array.ptr[i], items.emplace_back())) return false;
  return true;
}
template <class T>
bool get(const In& in, std::map<std::string, T>& items) {
  if (in.type != msgpack::type::MAP) return false;
  items.clear();
  for (std::uint32_t i = 0; i < in.via.map.size; ++i) {
    std::string name;
    T item{};
    if (!get(in.via.map.ptr[i].key, name) || !get(in.via.map.ptr[i].val, item)) return false;
    items.insert_or_assign(items.end(), std::move(name), std::move(item));
  }
  return true;
}
template <Described T>
bool get(const In& in, T& x) {
  if (in.type != msgpack::type::MAP) return false;
  for (std::uint32_t i = 0; i < in.via.map.size; ++i) {
    const auto& entry = in.via.map.ptr[i];
    if (entry.key.type != msgpack::type::STR) return false;
    std::string_view name(entry.key.via.str.ptr, entry.key.via.str.size);
    bool ok = true;
    auto one = [&](auto f) {
      if (f.name == name) ok = get(entry.val, x.*f.member);
    };
    std::apply([&](auto... f) { (one(f), ...); }, T::fields());
    if (!ok) return false;
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
  try {
    thread_local msgpack::zone zone;
    zone.clear();
    std::size_t offset = 0;
    bool referenced = false;
    msgpack::unpack_limit limit(max_items, max_items, max_text, max_text, 0, max_depth);
    auto in = msgpack::unpack(
        zone, bytes.data(), bytes.size(), offset, referenced, [](msgpack::type::object_type, std::size_t, void*) { return true; },
        nullptr, limit);
    return offset == bytes.size() && get(in, x);
  } catch (const msgpack::unpack_error&) {
    return false;
  }
}

}  // namespace sherpa::study::wire
