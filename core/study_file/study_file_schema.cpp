#include "core/space/specification.hpp"
#include "core/study_file/study_file_keys.hpp"

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

// What a member's type says of its JSON. Overloads rather than specialisations: one finds the other
// by its argument.

template <class T>
struct Of {};

Json schema(Of<bool>, std::int64_t) { return {{"type", "boolean"}}; }
Json schema(Of<std::string>, std::int64_t least) {
  Json out = {{"type", "string"}};
  if (least > 0) out["minLength"] = least;
  return out;
}
Json schema(Of<std::filesystem::path>, std::int64_t least) {
  return schema(Of<std::string>(), least);
}
Json schema(Of<std::chrono::milliseconds>, std::int64_t least) {
  Json number = {{"type", "number"}};
  number[least > 0 ? "exclusiveMinimum" : "minimum"] = 0;
  return {{"anyOf",
           {{{"type", "string"}, {"pattern", "^([0-9]+(\\.[0-9]*)?(ms|s|m|h|d))+$"}}, number}}};
}
Json word() { return {{"type", {"string", "number", "boolean"}}}; }
Json schema(Of<std::variant<std::vector<std::string>, std::string>>, std::int64_t) {
  return {{"anyOf",
           {{{"type", "array"}, {"items", word()}, {"minItems", 1}},
            {{"type", "string"}, {"minLength", 1}}}}};
}
Json schema(Of<std::map<std::string, std::string>>, std::int64_t) {
  return {{"type", "object"}, {"additionalProperties", word()}};
}
Json schema(Of<study::Needs>, std::int64_t) {
  return {{"type", "object"},
          {"properties", {{"slots", {{"type", "integer"}, {"minimum", 1}}}}},
          {"additionalProperties",
           {{"anyOf",
             {{{"type", "integer"}, {"minimum", 1}},
              {{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 1}}}}}}};
}
Json reference(std::string_view name) { return {{"$ref", "#/$defs/" + std::string(name)}}; }
Json schema(Of<Parameter>, std::int64_t) { return reference("parameter"); }
Json schema(Of<AlgorithmSpecification>, std::int64_t) { return reference("algorithm"); }
Json schema(Of<StoppingRuleSpecification>, std::int64_t) { return reference("stopping_rule"); }
Json schema(Of<Value>, std::int64_t) { return reference("value"); }
Json schema(Of<Configuration>, std::int64_t) {
  return {{"type", "object"}, {"additionalProperties", reference("value")}};
}

Json schema(Of<InitialDataPoints>, std::int64_t) {
  return {{"anyOf", {{{"type", "integer"}, {"minimum", 0}}, {{"const", "infer"}}}}};
}

template <class T>
  requires std::is_arithmetic_v<T> Json schema(Of<T>, std::int64_t least) {
    Json out = {{"type", std::is_integral_v<T> ? "integer" : "number"}};
    if (std::is_unsigned_v<T> || least > 0) out["minimum"] = least;
    if (std::is_unsigned_v<T> && sizeof(T) < 8) out["maximum"] = std::numeric_limits<T>::max();
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
  Json out = {{"type", "array"},
              {"items", schema(Of<T>(), std::is_same_v<T, std::string> ? 1 : 0)}};
  if (std::is_same_v<T, std::string>) out["uniqueItems"] = true;
  if (least > 0) out["minItems"] = least;
  return out;
}
template <class T>
Json schema(Of<std::map<std::string, T>>, std::int64_t) {
  return {{"type", "object"}, {"additionalProperties", schema(Of<T>(), 0)}};
}
template <class T>
Json schema(Of<std::optional<T>>, std::int64_t least) {
  return {{"anyOf", {schema(Of<T>(), least), {{"type", "null"}}}}};
}

Json closed(Json properties, Json required) {
  Json out = {
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) out["required"] = std::move(required);
  return out;
}

template <Tabled T>
Json schema(Of<T>, std::int64_t) {
  Json properties = Json::object(), required = Json::array();
  auto defaults = write_key(T());
  auto one = [&]<class M>(const Key<T, M>& k) {
    Json out = {{"description", std::string(k.about)}};
    auto name = std::string(k.name);
    if (k.otherwise == Default::none) {
      required.push_back(name);
      out.update(schema(Of<typename Present<M>::type>(), k.least));
    } else {
      out.update(schema(Of<M>(), k.least));
    }
    if (k.otherwise == Default::stated && defaults.contains(name)) out["default"] = defaults[name];
    properties[name] = std::move(out);
  };
  keys_of(std::type_identity<T>()).for_each(one);
  return closed(std::move(properties), std::move(required));
}

/// An algorithm or a rule: its name, and the options that its struct lists.
template <class Options>
Json schema_of_options(const Options& defaults) {
  Json properties = Json::object(), required = Json::array({"name"});
  if constexpr (requires { Options::other_name; }) {
    properties["name"]["enum"] =
        Json::array({std::string(Options::name), std::string(Options::other_name)});
  } else {
    properties["name"]["const"] = std::string(Options::name);
  }
  auto one = [&]<class M>(const Field<Options, M>& f) {
    Json out = Json::object();
    if (!f.about.empty()) out["description"] = std::string(f.about);
    out.update(schema(Of<M>(), 0));
    if constexpr (std::is_same_v<M, AlgorithmSpecification>) {
      required.push_back(std::string(f.name));
    } else {
      out["default"] = space::json::write(defaults.*f.member);
    }
    properties[std::string(f.name)] = std::move(out);
  };
  Options::fields().for_each(one);
  Json out = Json::object();
  if constexpr (requires { Options::about; }) out["description"] = std::string(Options::about);
  out.update(closed(std::move(properties), std::move(required)));
  return out;
}

template <class List>
Json schema_of_each(List list) {
  auto all = Json::array();
  space::for_each_options(list,
                          [&](const auto& options) { all.push_back(schema_of_options(options)); });
  return {{"oneOf", std::move(all)}};
}

Json schema_of_parameter() {
  auto kind = [](std::string_view type, const Json& range, bool scaled) {
    Json properties = {{"name", {{"type", "string"}, {"minLength", 1}}},
                       {"type", {{"const", std::string(type)}}},
                       {"range", range}};
    if (scaled) properties["scale"] = {{"enum", {"linear", "log"}}, {"default", "linear"}};
    return closed(std::move(properties), {"name", "type", "range"});
  };
  auto pair = [](const char* type) {
    return Json{{"type", "array"}, {"items", {{"type", type}}}, {"minItems", 2}, {"maxItems", 2}};
  };
  Json values = {{"type", "array"}, {"items", reference("value")}, {"minItems", 1}};
  return {{"oneOf",
           {kind("continuous", pair("number"), true), kind("discrete", pair("integer"), true),
            kind("ordinal", values, false), kind("choice", values, false)}}};
}

}  // namespace

std::string study_file_schema() {
  Json out = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "Sherpa study file"},
              {"description", "What `sherpa run` reads: YAML 1.2, or the same in JSON."}};
  out.update(schema(Of<StudyFileKeys>(), 0));
  auto& properties = out["properties"];
  properties["sherpa"]["const"] = study_file_version;
  auto scalar = Json{{"type", {"boolean", "number", "string"}}};
  Json list = {{"type", "array"}, {"items", scalar}};
  out["$defs"] = {{"value", {{"anyOf", {scalar, list}}}},
                  {"parameter", schema_of_parameter()},
                  {"algorithm", schema_of_each(AlgorithmTypes{})},
                  {"stopping_rule", schema_of_each(StoppingRuleTypes{})}};
  return out.dump(2) + "\n";
}

}  // namespace sherpa::study_file
