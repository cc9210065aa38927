#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <regex>
#include <string>

namespace sherpa::testing_support {

/// As much of JSON Schema (draft 2020-12) as our schemas use: "" for a value that conforms,
/// otherwise what does not.
class JsonSchema {
 public:
  using Json = nlohmann::ordered_json;

  explicit JsonSchema(Json schema) : root_(std::move(schema)) {}

  std::string fault_of(const Json& value) const { return fault_of(value, root_, "$"); }

 private:
  static bool is(const Json& value, const std::string& type) {
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "null") return value.is_null();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "array") return value.is_array();
    if (type == "object") return value.is_object();
    throw std::logic_error("unknown type " + type);
  }

  std::string fault_of(const Json& value, const Json& schema, const std::string& path) const {
    for (const auto& [word, says] : schema.items())
      if (auto fault = fault_of(value, schema, word, says, path); !fault.empty()) return fault;
    return "";
  }

  std::string fault_of(const Json& value, const Json& schema, const std::string& word,
                       const Json& says, const std::string& path) const {
    auto unless = [&](bool holds) {
      return holds ? "" : path + ": not " + word + " " + says.dump();
    };
    auto how_many = [&] {
      return std::count_if(says.begin(), says.end(),
                           [&](const Json& one) { return fault_of(value, one, path).empty(); });
    };
    if (word == "$ref")
      return fault_of(value, root_.at(Json::json_pointer(says.get<std::string>().substr(1))), path);
    if (word == "const") return unless(value == says);
    if (word == "enum") return unless(std::find(says.begin(), says.end(), value) != says.end());
    if (word == "anyOf") return unless(how_many() >= 1);
    if (word == "oneOf") return unless(how_many() == 1);
    if (word == "type") {
      auto types = says.is_array() ? says : Json::array({says});
      return unless(std::any_of(types.begin(), types.end(), [&](const Json& one) {
        return is(value, one.get<std::string>());
      }));
    }
    if (word == "minimum") return unless(!value.is_number() || value >= says);
    if (word == "maximum") return unless(!value.is_number() || value <= says);
    if (word == "exclusiveMinimum") return unless(!value.is_number() || value > says);
    if (word == "minLength")
      return unless(!value.is_string() || value.get<std::string>().size() >= says);
    if (word == "minItems") return unless(!value.is_array() || value.size() >= says);
    if (word == "maxItems") return unless(!value.is_array() || value.size() <= says);
    if (word == "pattern")
      return unless(!value.is_string() || std::regex_search(value.get<std::string>(),
                                                            std::regex(says.get<std::string>())));
    if (word == "uniqueItems") {
      auto items = value;
      std::sort(items.begin(), items.end());
      return unless(!says || std::adjacent_find(items.begin(), items.end()) == items.end());
    }
    return fault_inside(value, schema, word, says, path);
  }

  /// Words about what is in an array or an object.
  std::string fault_inside(const Json& value, const Json& schema, const std::string& word,
                           const Json& says, const std::string& path) const {
    if (word == "items" && value.is_array())
      for (std::size_t i = 0; i < value.size(); ++i)
        if (auto fault = fault_of(value[i], says, path + "[" + std::to_string(i) + "]");
            !fault.empty())
          return fault;
    if (word == "required" && value.is_object())
      for (const auto& name : says)
        if (!value.contains(name)) return path + ": no " + name.dump();
    if (word == "properties" && value.is_object())
      for (const auto& [name, inner] : says.items())
        if (value.contains(name))
          if (auto fault = fault_of(value[name], inner, path + "." + name); !fault.empty())
            return fault;
    if (word == "additionalProperties" && value.is_object())
      for (const auto& [name, entry] : value.items())
        if (!schema.contains("properties") || !schema["properties"].contains(name)) {
          if (says == false) return path + ": unknown " + name;
          if (auto fault = fault_of(entry, says, path + "." + name); !fault.empty()) return fault;
        }
    static const std::vector<std::string> known{
        "items", "required", "properties", "additionalProperties", "description", "default",
        "title", "$schema",  "$defs"};
    if (std::find(known.begin(), known.end(), word) == known.end())
      throw std::logic_error("unknown word " + word);
    return "";
  }

  Json root_;
};

}  // namespace sherpa::testing_support
