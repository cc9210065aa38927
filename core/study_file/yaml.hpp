#pragma once

#include "core/base/result.hpp"
#include "core/space/json.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sherpa::study_file {

/// A YAML 1.2 document (core schema, of which JSON is a subset) as JSON values that know their
/// place in the text.
///
/// Keys are texts, each once in a map; aliases are resolved. Refuses texts that are not UTF-8,
/// second documents, and more than 16 MiB, 64 levels or a million values, aliases counted as often
/// as they are used.
class YamlDocument {
 public:
  static constexpr std::size_t most_bytes = std::size_t{16} << 20;

  /// `name` stands for the file in errors: `study.yaml:7:12: …`.
  static Result<YamlDocument> parse(std::string_view text, std::string name);

  const space::json::Json& root() const { return *root_; }

  /// A plain scalar as it was written (`1e-4`); null for any other entry.
  const std::string* source_of(const space::json::Json& entry) const;
  /// The line of an entry, from 1; in a map, that of its key.
  int line_of(const space::json::Json& entry) const;
  /// `parameters[2].range`, or "" for the root.
  std::string path_of(const space::json::Json& entry) const;

  /// `study.yaml:7: parameters[2]: what`
  Error error(const space::json::Json& entry, const std::string& what) const {
    return error(entry, path_of(entry), what);
  }
  /// The same with a path of the caller's choice.
  Error error(const space::json::Json& entry, const std::string& path,
              const std::string& what) const;

 private:
  struct Origin {
    int line = 1;
    const space::json::Json* parent = nullptr;
    std::size_t index = 0;  // within the parent
    bool plain = false;
    std::string source{};
  };
  struct Node;
  class Builder;
  void settle(Node& node, int line, space::json::Json& into, const space::json::Json* parent,
              std::size_t index);

  std::string name_;
  // entries keep their addresses when this is moved
  std::unique_ptr<space::json::Json> root_ = std::make_unique<space::json::Json>();
  std::unordered_map<const space::json::Json*, Origin> origins_;
};

/// A JSON value as YAML that reads back equal: maps as blocks down to the second level, deeper
/// values on one line.
std::string to_yaml(const space::json::Json& value);

/// `what` without line breaks and, if it is very long, without its middle.
std::string one_line(std::string_view what);

}  // namespace sherpa::study_file
