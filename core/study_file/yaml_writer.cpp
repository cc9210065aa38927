#include "core/study_file/yaml.hpp"
#include "core/study_file/yaml_schema.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace sherpa::study_file {

using space::json::Json;

namespace {

/// A text as it is where every YAML reader, 1.1 included, takes it as one; in JSON's double quotes
/// otherwise.
std::string scalar(const std::string& text) {
  constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/";
  auto past_digits = std::min(text.find_first_not_of(digits), text.size());
  bool duration = past_digits > 0 &&
                  is_one_of(std::string_view(text).substr(past_digits), {"ms", "s", "m", "h", "d"});
  bool plain = duration || (!text.empty() && first.find(text[0]) != std::string_view::npos &&
                            text.find_first_not_of(std::string(first) + std::string(digits) +
                                                   ".-") == std::string::npos);
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (plain && !is_one_of(lower, {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}))
    return text;
  return Json(text).dump();
}

std::string number(double x) {
  if (std::isnan(x)) return ".nan";
  if (std::isinf(x)) return x > 0 ? ".inf" : "-.inf";
  auto text = show(x);
  // A point before the exponent, which readers of YAML 1.1 want to see.
  if (auto e = text.find('e'); e != std::string::npos && text.find('.') == std::string::npos)
    text.insert(e, ".0");
  return text;
}

std::string flow(const Json& value) {
  std::string out;
  auto append = [&](const std::string& item) { out += (out.empty() ? "" : ", ") + item; };
  if (value.is_object()) {
    for (const auto& [key, entry] : value.items()) {
      auto name = scalar(key);
      append((name.size() > 200 ? "? " : "") + name + ": " + flow(entry));  // a simple key is short
    }
    return "{" + out + "}";
  }
  if (value.is_array()) {
    for (const auto& item : value) append(flow(item));
    return "[" + out + "]";
  }
  if (value.is_string()) return scalar(value.get_ref<const std::string&>());
  if (value.is_number_float()) return number(value.get<double>());
  return value.dump();
}

}  // namespace

std::string to_yaml(const Json& value) {
  if (!value.is_object() || value.empty()) return flow(value) + "\n";
  std::string out;
  for (const auto& [key, entry] : value.items()) {
    out.append(scalar(key)).append(":");
    bool list_of_maps = entry.is_array() && !entry.empty() && entry[0].is_object();
    if (entry.is_object() && !entry.empty() && !entry.contains("name")) {
      for (const auto& [inner, below] : entry.items())
        out.append("\n  ").append(scalar(inner)).append(": ").append(flow(below));
    } else if (list_of_maps) {
      for (const auto& item : entry) out.append("\n  - ").append(flow(item));
    } else {
      out.append(" ").append(flow(entry));
    }
    out += "\n";
  }
  return out;
}

}  // namespace sherpa::study_file
