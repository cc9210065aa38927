#pragma once

#include "core/base/enumerators.hpp"
#include "core/base/text.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/configuration.hpp>
#include <sherpa/error.hpp>
#include <sherpa/fields.hpp>
#include <sherpa/stopping_rules.hpp>
#include <sherpa/value.hpp>

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

/// Described structs as JSON. Reading is strict: an unknown key is an error that names the nearest
/// known one, a missing key keeps the default. Errors are thrown as Exception and carry the path of
/// the offending entry; callers turn them into Results.
namespace sherpa::space::json {

using Json = nlohmann::ordered_json;

Json write(const Value& value);
Json write(const Configuration& configuration);
Json write(const AlgorithmSpecification& specification);
Json write(const StoppingRuleSpecification& specification);
Json write(const Parameter& parameter);
Json write(const InitialDataPoints& points);

void read(const Json& in, Value& value);
void read(const Json& in, Configuration& configuration);
void read(const Json& in, InitialDataPoints& points);
void read(const Json& in, ModelType& type);
AlgorithmSpecification read_algorithm(const Json& in);
StoppingRuleSpecification read_stopping_rule(const Json& in);
Parameter read_parameter(const Json& in);

/// What a reader refuses, with the entry it refuses; null where it is unknown.
class Refusal : public Exception {
 public:
  Refusal(const std::string& what, const Json* at)
      : Exception({Errc::invalid_argument, what}), at_(at) {}
  const Json* at() const noexcept { return at_; }

 private:
  const Json* at_;
};

[[noreturn]] inline void refuse(const std::string& what, const Json* at = nullptr) {
  throw Refusal(what, at);
}

/// Refuses again what was refused within `in`, under a longer message.
[[noreturn]] inline void refuse_within(const std::string& what, const Exception& why,
                                       const Json& in) {
  auto* refusal = dynamic_cast<const Refusal*>(&why);
  refuse(what + ": " + why.what(), refusal && refusal->at() ? refusal->at() : &in);
}

template <class T>
Json write(const std::optional<T>& x);
template <class T>
Json write(const std::vector<T>& items);
template <class T>
Json write(const std::map<std::string, T>& named);
template <class T>
  requires std::is_arithmetic_v<T> Json write(T x) { return x; }
inline Json write(const std::string& text) { return text; }
template <base::Enumerated E>
Json write(E e) {
  return std::string(base::name_of(e));
}

template <Described T>
Json write(const T& x) {
  Json out = Json::object();
  T::fields().for_each([&](const auto& f) { (out[std::string(f.name)] = write(x.*f.member)); });
  return out;
}
template <class T>
Json write(const std::optional<T>& x) {
  return x ? write(*x) : Json(nullptr);
}
template <class T>
Json write(const std::vector<T>& items) {
  Json out = Json::array();
  for (const T& item : items) out.push_back(write(item));
  return out;
}

template <class T>
Json write(const std::map<std::string, T>& named) {
  Json out = Json::object();
  for (const auto& [name, item] : named) out[name] = write(item);
  return out;
}

template <class T>
void read(const Json& in, T& x) requires std::is_arithmetic_v<T> {
  if constexpr (std::is_same_v<T, bool>) {
    if (!in.is_boolean()) refuse("expected true or false, not " + in.dump(), &in);
    x = in.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    if (in.is_number_unsigned()
            ? !std::in_range<T>(in.get<std::uint64_t>())
            : !in.is_number_integer() || !std::in_range<T>(in.get<std::int64_t>()))
      refuse(std::string("expected ") +
                 (std::is_unsigned_v<T> ? "a whole number from 0" : "a whole number") + ", not " +
                 in.dump(),
             &in);
    x = in.get<T>();
  } else {
    if (!in.is_number()) refuse("expected a number, not " + in.dump(), &in);
    x = in.get<T>();
  }
}

inline void read(const Json& in, std::string& text) {
  if (!in.is_string()) refuse("expected a text, not " + in.dump(), &in);
  text = in.get<std::string>();
}

template <base::Enumerated E>
void read(const Json& in, E& e) {
  std::string name;
  read(in, name);
  auto found = base::enumerator<E>(name);
  if (!found) {
    std::vector<std::string> names(base::Enumerators<E>::names.begin(),
                                   base::Enumerators<E>::names.end());
    refuse("expected one of " + base::enumerate(names) + ", not " + base::quote(name), &in);
  }
  e = *found;
}

template <class T>
void read(const Json& in, std::optional<T>& x) {
  if (in.is_null()) {
    x.reset();
    return;
  }
  read(in, x.emplace());
}

template <class T>
void read(const Json& in, std::vector<T>& items) {
  if (!in.is_array()) refuse("expected a list, not " + in.dump(), &in);
  items.clear();
  for (const Json& item : in) {
    if constexpr (std::is_same_v<T, AlgorithmSpecification>) {
      items.push_back(read_algorithm(item));
    } else {
      read(item, items.emplace_back());
    }
  }
}

template <class T>
void read(const Json& in, std::map<std::string, T>& named) {
  if (!in.is_object()) refuse("expected an object, not " + in.dump(), &in);
  named.clear();
  for (const auto& [name, item] : in.items()) read(item, named[name]);
}

inline void read(const Json& in, AlgorithmSpecification& specification) {
  specification = read_algorithm(in);
}

/// Reads the members of `x` that `in` names. `also` are keys that belong to the object but not to
/// the struct.
template <Described T>
void read_members(const Json& in, T& x, std::vector<std::string_view> also = {}) {
  if (!in.is_object()) refuse("expected an object, not " + in.dump(), &in);
  std::vector<std::string_view> known = std::move(also);
  T::fields().for_each([&](const auto& f) { known.push_back(f.name); });
  for (const auto& [key, value] : in.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      refuse("unknown option " + base::quote(key) + base::did_you_mean(key, known), &value);
  auto member = [&](auto f) {
    auto at = in.find(std::string(f.name));
    if (at == in.end()) return;
    try {
      read(*at, x.*f.member);
    } catch (const Exception& e) {
      refuse_within(std::string(f.name), e, *at);
    }
  };
  T::fields().for_each(member);
}

}  // namespace sherpa::space::json
