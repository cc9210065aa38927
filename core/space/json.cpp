#include "core/space/json.hpp"

#include "core/base/overloaded.hpp"
#include "core/base/text.hpp"
#include "core/space/specification.hpp"

#include <map>

namespace sherpa::space::json {

Json write(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean: return value.boolean();
    case Value::Kind::integer: return value.integer();
    case Value::Kind::real: return value.real();
    case Value::Kind::text: return value.text();
    case Value::Kind::list: return write(value.list());
  }
  return nullptr;
}

Json write(const Configuration& configuration) {
  Json out = Json::object();
  for (auto [name, value] : configuration) out[name] = write(value);
  return out;
}

namespace {

template <class Options>
Json write_named(std::string_view name, const Options& options) {
  Json out = {{"name", std::string(name)}};
  out.update(write<Options>(options));
  return out;
}

}  // namespace

Json write(const AlgorithmSpecification& specification) {
  return std::visit([&](const auto& options) { return write_named(specification.name(), options); },
                    options_of(specification));
}

Json write(const StoppingRuleSpecification& specification) {
  return std::visit([&](const auto& options) { return write_named(specification.name(), options); },
                    options_of(specification));
}

Json write(const Parameter& parameter) {
  Json out = {{"name", parameter.name()}};
  auto range = [&](std::string_view type, const auto& p) {
    out["type"] = std::string(type);
    out["range"] = Json::array({p.range.low, p.range.high});
    out["scale"] = p.scale == Scale::log ? "log" : "linear";
  };
  auto values = [&](std::string_view type, const auto& p) {
    out["type"] = std::string(type);
    out["range"] = write(p.values);
  };
  std::visit(base::Overloaded{[&](const Continuous& p) { range("continuous", p); },
                              [&](const Discrete& p) { range("discrete", p); },
                              [&](const Ordinal& p) { values("ordinal", p); },
                              [&](const Choice& p) { values("choice", p); }},
             parameter.kind());
  return out;
}

Parameter read_parameter(const Json& in) {
  if (!in.is_object())
    refuse("expected a parameter as an object with name, type and range, not " + in.dump(), &in);
  std::map<std::string, Value> dict;
  for (const auto& [key, value] : in.items()) read(value, dict[key]);
  return Parameter::from_dict(dict);
}

void read(const Json& in, Value& value) {
  if (in.is_boolean()) {
    value = in.get<bool>();
  } else if (in.is_number_unsigned()) {
    value = in.get<std::uint64_t>();
  } else if (in.is_number_integer()) {
    value = in.get<std::int64_t>();
  } else if (in.is_number()) {
    value = in.get<double>();
  } else if (in.is_string()) {
    value = in.get<std::string>();
  } else if (in.is_array()) {
    Value::List items;
    read(in, items);
    value = std::move(items);
  } else {
    refuse("expected a bool, number, text or list, not " + in.dump(), &in);
  }
}

void read(const Json& in, Configuration& configuration) {
  if (!in.is_object()) refuse("expected an object of parameters and values, not " + in.dump(), &in);
  configuration = {};
  for (const auto& [name, item] : in.items()) {
    Value value;
    read(item, value);
    configuration.set(name, std::move(value));
  }
}

Json write(const InitialDataPoints& points) {
  return points.number ? Json(*points.number) : Json("infer");
}

void read(const Json& in, InitialDataPoints& points) {
  points = {};
  if (in == "infer") return;
  if (in.is_string()) refuse("expected a whole number or infer, not " + in.dump(), &in);
  read(in, points.number.emplace());
}

void read(const Json& in, ModelType& type) {
  // As SHERPA's manual also spells it.
  if (in == "warperdGP") {
    type = ModelType::warped_gp;
  } else {
    read<ModelType>(in, type);
  }
}

namespace {

template <class Options>
Options read_options(const Json& in, const std::string& name, Options options = {}) {
  try {
    read_members(in, options, {"name"});
  } catch (const Exception& e) {
    refuse_within(name, e, in);
  }
  return options;
}

/// Options before anything is read into them.
template <class Options>
Options blank(const Json& in) {
  if constexpr (requires { Options{.algorithm = RandomSearch{}}; }) {
    if (!in.contains("algorithm"))
      refuse(std::string(Options::name) + ": it needs the algorithm to repeat", &in);
    return Options{.algorithm = read_algorithm(in["algorithm"])};
  } else {
    return Options{};
  }
}

template <class Options>
bool is_called(std::string_view name) {
  if constexpr (requires { Options::other_name; }) {
    if (name == Options::other_name) return true;
  }
  return name == Options::name;
}

template <class Specification, class... Options>
Specification read_one_of(Types<Options...>, const Json& in, const std::string& what) {
  if (!in.is_object())
    refuse("expected " + what + " as an object with a name, not " + in.dump(), &in);
  auto at = in.find("name");
  if (at == in.end() || !at->is_string()) refuse(what + " needs a name", &in);
  auto name = at->get<std::string>();
  std::optional<Specification> found;
  auto one = [&]<class T>(std::type_identity<T>) {
    if (!is_called<T>(name)) return false;
    found = read_options<T>(in, name, blank<T>(in));
    return true;
  };
  (void)(one(std::type_identity<Options>{}) || ...);
  if (found) return *std::move(found);
  std::vector<std::string_view> names{Options::name...};
  std::erase(names, "own");
  auto near = base::did_you_mean(name, names);
  if (near.empty()) near = "; known are " + base::enumerate({names.begin(), names.end()});
  refuse("unknown " + what + " " + base::quote(name) + near, &*at);
}

}  // namespace

AlgorithmSpecification read_algorithm(const Json& in) {
  return read_one_of<AlgorithmSpecification>(AlgorithmTypes{}, in, "algorithm");
}

StoppingRuleSpecification read_stopping_rule(const Json& in) {
  return read_one_of<StoppingRuleSpecification>(StoppingRuleTypes{}, in, "stopping rule");
}

}  // namespace sherpa::space::json
