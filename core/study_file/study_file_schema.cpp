#include "core/space/specification.hpp"
#include "core/study_file/study_file_keys.hpp"

#include <algorithm>
#include <limits>

namespace sherpa::study_file {

using space::json::Json;

namespace {

/// What an optional member holds, and any other is.
template <class T>
struct Present {
  using type = T;
};
template <class T>
struct Present<std::optional<T>> {
  using type = T;
};

// The schema of each type of member. Overloads, since argument-dependent lookup lets each find
// those after it. Constant parts are parsed from text: nested initializer lists take nlohmann's
// templates seconds to compile.

template <class T>
struct Of {};

Json json(const char* text) { return Json::parse(text); }

Json schema(Of<bool>, std::int64_t) { return json(R"({"type": "boolean"})"); }
Json schema(Of<std::string>, std::int64_t least) {
  Json out = json(R"({"type": "string"})");
  if (least > 0) out["minLength"] = least;
  return out;
}
Json schema(Of<std::filesystem::path>, std::int64_t least) {
  return schema(Of<std::string>(), least);
}
Json schema(Of<std::chrono::milliseconds>, std::int64_t least) {
  Json out =
      json(R"({"anyOf": [{"type": "string", "pattern": "^([0-9]+(\\.[0-9]*)?(ms|s|m|h|d))+$"},
                                {"type": "number"}]})");
  out["anyOf"][1][least > 0 ? "exclusiveMinimum" : "minimum"] = 0;
  return out;
}
constexpr const char* word = R"({"type": ["string", "number", "boolean"]})";
Json schema(Of<std::variant<std::vector<std::string>, std::string>>, std::int64_t) {
  Json out = json(R"({"anyOf": [{"type": "array", "items": null, "minItems": 1},
                                {"type": "string", "minLength": 1}]})");
  out["anyOf"][0]["items"] = json(word);
  return out;
}
Json schema(Of<std::map<std::string, std::string>>, std::int64_t) {
  Json out = json(R"({"type": "object"})");
  out["additionalProperties"] = json(word);
  return out;
}
Json schema(Of<study::Needs>, std::int64_t) {
  return json(R"({"type": "object",
                  "properties": {"slots": {"type": "integer", "minimum": 1}},
                  "additionalProperties": {"anyOf": [
                    {"type": "integer", "minimum": 1},
                    {"type": "number", "exclusiveMinimum": 0, "maximum": 1}]}})");
}
Json reference(const std::string& name) {
  Json out = Json::object();
  out["$ref"] = "#/$defs/" + name;
  return out;
}
Json schema(Of<Parameter>, std::int64_t) { return reference("parameter"); }
Json schema(Of<AlgorithmSpecification>, std::int64_t) { return reference("algorithm"); }
Json schema(Of<StoppingRuleSpecification>, std::int64_t) { return reference("stopping_rule"); }
Json schema(Of<Value>, std::int64_t) { return reference("value"); }
Json schema(Of<Configuration>, std::int64_t) {
  Json out = json(R"({"type": "object"})");
  out["additionalProperties"] = reference("value");
  return out;
}
Json schema(Of<InitialDataPoints>, std::int64_t) {
  return json(R"({"anyOf": [{"type": "integer", "minimum": 0}, {"const": "infer"}]})");
}

Json number(bool integral, std::int64_t least, bool bounded_below) {
  Json out = Json::object();
  out["type"] = std::string(integral ? "integer" : "number");
  if (bounded_below || least > 0) out["minimum"] = least;
  return out;
}
Json list_of(Json items, bool texts, std::int64_t least) {
  Json out = json(R"({"type": "array"})");
  out["items"] = std::move(items);
  if (texts) out["uniqueItems"] = true;
  if (least > 0) out["minItems"] = least;
  return out;
}
Json map_of(Json values) {
  Json out = json(R"({"type": "object"})");
  out["additionalProperties"] = std::move(values);
  return out;
}
Json or_null(Json value) {
  Json out = json(R"({"anyOf": [null, {"type": "null"}]})");
  out["anyOf"][0] = std::move(value);
  return out;
}

template <class T>
  requires std::is_arithmetic_v<T> Json schema(Of<T>, std::int64_t least) {
    Json out = number(std::is_integral_v<T>, least, std::is_unsigned_v<T>);
    if constexpr (std::is_unsigned_v<T> && sizeof(T) < 8)
      out["maximum"] = std::uint64_t{std::numeric_limits<T>::max()};
    return out;
  }
template <base::Enumerated E>
Json schema(Of<E>, std::int64_t) {
  auto names = Json::array();
  for (auto name : base::Enumerators<E>::names) names.push_back(std::string(name));
  return {{"enum", std::move(names)}};
}
template <class T>
Json schema(Of<std::vector<T>>, std::int64_t least) {
  constexpr bool texts = std::is_same_v<T, std::string>;
  return list_of(schema(Of<T>(), texts ? 1 : 0), texts, least);
}
template <class T>
Json schema(Of<std::map<std::string, T>>, std::int64_t) {
  return map_of(schema(Of<T>(), 0));
}
template <class T>
Json schema(Of<std::optional<T>>, std::int64_t least) {
  return or_null(schema(Of<T>(), least));
}

/// The schema of an object with no other properties than these.
struct Closed {
  Json properties = Json::object(), required = Json::array();

  void add(const std::string& name, std::string_view about, const Json& schema,
           const Json* otherwise) {
    Json out = Json::object();
    if (!about.empty()) out["description"] = std::string(about);
    out.update(schema);
    if (otherwise) out["default"] = *otherwise;
    properties[name] = std::move(out);
  }
  Json json() const {
    Json out = Json::object();
    out["type"] = "object";
    out["properties"] = properties;
    out["additionalProperties"] = false;
    if (!required.empty()) out["required"] = required;
    return out;
  }
};

void add_key(Closed& object, const KeyInfo& key, const Json& schema, const Json& defaults) {
  const auto name = std::string(key.name);
  if (key.otherwise == Default::none) object.required.push_back(name);
  auto given = defaults.find(name);
  const bool stated = key.otherwise == Default::stated && given != defaults.end();
  object.add(name, key.about, schema, stated ? &*given : nullptr);
}

template <Tabled T>
Json schema(Of<T>, std::int64_t) {
  Closed object;
  const auto defaults = write_key(T());
  keys_of(std::type_identity<T>()).for_each([&]<class M>(const Key<T, M>& k) {
    add_key(object, k,
            k.otherwise == Default::none ? schema(Of<typename Present<M>::type>(), k.least)
                                         : schema(Of<M>(), k.least),
            defaults);
  });
  return object.json();
}

/// An algorithm or a rule: its name, and the options that its struct lists.
template <class Options>
Json schema_of_options(const Options& defaults) {
  Closed object;
  object.required.push_back("name");
  auto& name = object.properties["name"];
  if constexpr (requires { Options::other_name; }) {
    name["enum"].push_back(std::string(Options::name));
    name["enum"].push_back(std::string(Options::other_name));
  } else {
    name["const"] = std::string(Options::name);
  }
  const Json written = space::json::write(defaults);
  Options::fields().for_each([&]<class M>(const Field<Options, M>& f) {
    const auto field = std::string(f.name);
    constexpr bool inner = std::is_same_v<M, AlgorithmSpecification>;
    if (inner) object.required.push_back(field);
    object.add(field, f.about, schema(Of<M>(), 0), inner ? nullptr : &written[field]);
  });
  Json out = Json::object();
  if constexpr (requires { Options::about; }) out["description"] = std::string(Options::about);
  out.update(object.json());
  return out;
}

template <class List>
Json schema_of_each(List list) {
  Json out = Json::object();
  auto& all = out["oneOf"];
  space::for_each_options(list,
                          [&](const auto& options) { all.push_back(schema_of_options(options)); });
  return out;
}

Json schema_of_parameter(const char* type, const Json& range, bool scaled) {
  Closed object;
  object.properties = json(R"({"name": {"type": "string", "minLength": 1}})");
  object.properties["type"]["const"] = std::string(type);
  object.properties["range"] = range;
  if (scaled)
    object.properties["scale"] = json(R"({"enum": ["linear", "log"], "default": "linear"})");
  object.required = json(R"(["name", "type", "range"])");
  return object.json();
}

Json schema_of_parameters() {
  auto pair = [](const char* type) {
    Json out = json(R"({"type": "array", "items": {}, "minItems": 2, "maxItems": 2})");
    out["items"]["type"] = std::string(type);
    return out;
  };
  Json values = json(R"({"type": "array", "items": null, "minItems": 1})");
  values["items"] = reference("value");
  Json out = Json::object();
  auto& kinds = out["oneOf"];
  kinds.push_back(schema_of_parameter("continuous", pair("number"), true));
  kinds.push_back(schema_of_parameter("discrete", pair("integer"), true));
  kinds.push_back(schema_of_parameter("ordinal", values, false));
  kinds.push_back(schema_of_parameter("choice", values, false));
  return out;
}

}  // namespace

std::string study_file_schema() {
  Json out = json(R"({"$schema": "https://json-schema.org/draft/2020-12/schema",
                      "title": "Sherpa study file",
                      "description": "What `sherpa run` reads: YAML 1.2, or the same in JSON."})");
  out.update(schema(Of<StudyFileKeys>(), 0));
  out["properties"]["sherpa"]["const"] = study_file_version;
  auto& defs = out["$defs"];
  defs["value"] = json(R"({"anyOf": [{"type": ["boolean", "number", "string"]},
                                     {"type": "array",
                                      "items": {"type": ["boolean", "number", "string"]}}]})");
  defs["parameter"] = schema_of_parameters();
  defs["algorithm"] = schema_of_each(AlgorithmTypes{});
  defs["stopping_rule"] = schema_of_each(StoppingRuleTypes{});
  return out.dump(2) + "\n";
}

}  // namespace sherpa::study_file
