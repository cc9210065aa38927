#include "core/study_file/yaml.hpp"

#include "core/base/encoding.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>

namespace sherpa::study_file {

using space::json::Json;

namespace {

constexpr std::size_t most_values = 1'000'000;
constexpr std::size_t most_levels = 64;

/// A place in the text, both counted from 1.
struct Spot {
  int line = 1, column = 1;
};

/// Thrown through yaml-cpp's parser.
struct Fault {
  Spot at;
  std::string what;
};

Spot spot_of(const YAML::Mark& mark) {
  return mark.is_null() ? Spot{} : Spot{mark.line + 1, mark.column + 1};
}

bool all_of(std::string_view text, std::string_view set) {
  return !text.empty() && text.find_first_not_of(set) == std::string_view::npos;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> known) {
  return std::find(known.begin(), known.end(), text) != known.end();
}

constexpr std::string_view digits = "0123456789";

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?` without its sign.
bool is_float(std::string_view text) {
  auto skip_digits = [&] {
    auto n = std::min(text.find_first_not_of(digits), text.size());
    text.remove_prefix(n);
    return n > 0;
  };
  bool whole = skip_digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!skip_digits() && !whole) return false;
  } else if (!whole) {
    return false;
  }
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return all_of(text, digits);
}

template <class T>
std::optional<T> to_integer(std::string_view text, int base) {
  T value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A plain scalar by the core schema of YAML 1.2 (chapter 10.3.2).
Json resolve(const std::string& text, Spot at) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();

  std::string_view rest = text;
  bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  auto infinity = std::numeric_limits<double>::infinity();
  if (is_one_of(rest, {".inf", ".Inf", ".INF"})) return negative ? -infinity : infinity;

  auto too_large = [&] {
    return Fault{
        at, "the number " + base::quote(text) + " is too large or too close to 0 for a double"};
  };
  for (auto [prefix, base, set] :
       {std::tuple{"0o", 8, "01234567"}, std::tuple{"0x", 16, "0123456789abcdefABCDEF"}})
    if (text.starts_with(prefix) && all_of(std::string_view(text).substr(2), set)) {
      if (auto value = to_integer<std::uint64_t>(std::string_view(text).substr(2), base))
        return *value;
      throw Fault{at, "the number " + base::quote(text) + " is above 2^64"};
    }
  if (all_of(rest, digits)) {
    if (negative) {
      if (auto value = to_integer<std::int64_t>(text, 10)) return *value;
    } else if (auto value = to_integer<std::uint64_t>(rest, 10)) {
      return *value;
    }  // beyond 64 bits: as JSON has it, a real number
  }
  if (!is_float(rest)) return text;
  double value = 0;
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc()) throw too_large();
  return negative ? -value : value;
}

constexpr std::string_view core_tag = "tag:yaml.org,2002:";

/// A scalar by its tag: quoted ones have "!", plain ones "?".
Json resolve_tagged(const std::string& tag, const std::string& text, Spot at) {
  if (tag == "?" || tag.empty()) return resolve(text, at);
  if (tag == "!") return text;
  if (tag.starts_with(core_tag)) {
    auto type = tag.substr(core_tag.size());
    if (type == "str") return text;
    auto value = resolve(text, at);
    if (type == "int"    ? value.is_number_integer()
        : type == "bool" ? value.is_boolean()
                         : type == "null" && value.is_null())
      return value;
    if (type == "float" && value.is_number()) return value.get<double>();
  }
  throw Fault{at, "the tag " + base::quote(tag) + " does not go with " + base::quote(text) +
                      "; leave it out"};
}

}  // namespace

struct YamlDocument::Node {
  struct Child {
    std::string key;
    int line;  // of the key, or of the item
    std::shared_ptr<Node> node;
  };
  enum class Kind : std::uint8_t { scalar, list, map } kind = Kind::scalar;
  Spot at{};
  Json scalar{};
  bool plain = false;
  std::string source{};
  std::vector<Child> children{};
  std::size_t values = 1, levels = 0;  // in all, with what aliases stand for
  bool open = false;
};

/// Makes nodes of what yaml-cpp reads.
class YamlDocument::Builder final : public YAML::EventHandler {
 public:
  std::shared_ptr<Node> root;
  Spot last{};  ///< where the latest node began

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root)
      throw Fault{spot_of(mark),
                  "there is something after the end of the document; a study file is one document"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    scalar(mark, "?", "", anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    scalar(mark, tag, text, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto node = anchors_.at(anchor);
    if (node->open) throw Fault{spot_of(mark), "an alias stands for something that contains it"};
    add(node, spot_of(mark));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(Node::Kind::list, mark, tag, "seq", anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(Node::Kind::map, mark, tag, "map", anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    std::shared_ptr<Node> node;
    std::unordered_map<std::string, int> keys;  // and their lines
    std::optional<std::pair<std::string, Spot>> key{};
  };

  void scalar(const YAML::Mark& mark, const std::string& tag, const std::string& text,
              YAML::anchor_t anchor) {
    auto node = std::make_shared<Node>();
    node->at = spot_of(mark);
    node->plain = tag == "?";
    node->source = text;
    // A key is its text, whatever it looks like.
    node->scalar = awaits_key() ? Json(text) : resolve_tagged(tag, text, node->at);
    if (anchor) anchors_[anchor] = node;
    add(node, node->at);
  }

  void begin(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, std::string_view type,
             YAML::anchor_t anchor) {
    auto at = spot_of(mark);
    if (tag != "?" && tag != "!" && !tag.empty() &&
        tag != std::string(core_tag) + std::string(type))
      throw Fault{at, "the tag " + base::quote(tag) + " is unknown here; leave it out"};
    if (awaits_key()) throw Fault{at, "a key must be a text, not a list or a map"};
    if (open_.size() == most_levels)
      throw Fault{at, "it is nested more than " + std::to_string(most_levels) + " levels deep"};
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->at = at;
    node->open = true;
    if (anchor) anchors_[anchor] = node;
    last = at;
    open_.push_back({std::move(node), {}});
  }

  void end() {
    auto node = std::move(open_.back().node);
    open_.pop_back();
    node->open = false;
    add(node, node->at);
  }

  bool awaits_key() const {
    return !open_.empty() && open_.back().node->kind == Node::Kind::map && !open_.back().key;
  }

  void add(const std::shared_ptr<Node>& node, Spot at) {
    last = at;
    if (open_.empty()) {
      root = node;
      return;
    }
    auto& open = open_.back();
    if (awaits_key()) {
      if (node->kind != Node::Kind::scalar)
        throw Fault{at, "a key must be a text, not a list or a map"};
      if (node->plain && node->source.empty()) throw Fault{at, "there is a value without a key"};
      auto [known, fresh] = open.keys.emplace(node->source, at.line);
      if (!fresh)
        throw Fault{at, "the key " + base::quote(node->source) +
                            " is here a second time; the first is in line " +
                            std::to_string(known->second)};
      open.key.emplace(node->source, at);
      return;
    }
    auto& parent = *open.node;
    parent.values += node->values;
    parent.levels = std::max(parent.levels, node->levels + 1);
    if (parent.values > most_values || open_.size() + node->levels > most_levels)
      throw Fault{at, "there are more than " + std::to_string(most_values) + " values or " +
                          std::to_string(most_levels) +
                          " levels, aliases counted as often as they are used"};
    if (parent.kind == Node::Kind::map) {
      parent.children.push_back({std::move(open.key->first), open.key->second.line, node});
      open.key.reset();
    } else {
      parent.children.push_back({{}, at.line, node});
    }
  }

  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, std::shared_ptr<Node>> anchors_;
};

namespace {

/// The text as yaml-cpp is to see it: UTF-8 without a byte order mark, lines that end in \n, no
/// control characters.
std::string clean(std::string_view text) {
  if (text.size() > YamlDocument::most_bytes) throw Fault{{}, "the file is larger than 16 MiB"};
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    throw Fault{{}, "the file is UTF-16; save it as UTF-8"};
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::string out;
  out.reserve(text.size() + 8);
  Spot at;
  std::ptrdiff_t unclosed = 0;
  for (std::size_t i = 0; i < text.size();) {
    auto length = base::utf8_sequence(text.substr(i));
    auto c = static_cast<unsigned char>(text[i]);
    if (length == 0) throw Fault{at, "this is not UTF-8; save the file as UTF-8"};
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
      throw Fault{at, "there is a control character; write it as an escape within double quotes"};
    // yaml-cpp keeps in memory what comes before it knows whether a bracket begins a key: far more
    // than the text.
    unclosed += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    if (unclosed > 10'000)
      throw Fault{at, "it is nested more than " + std::to_string(most_levels) + " levels deep"};
    ++at.column;
    if (c == '\r') {
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
      c = '\n';
    }
    if (c == '\n') {
      out += '\n';
      at = {at.line + 1, 1};
    } else {
      out.append(text, i, length);
    }
    i += length;
  }
  return out;
}

/// JSON writes characters beyond 16 bits as two escapes, \ud83d\ude00, which yaml-cpp refuses; as
/// one, \U0001f600.
void join_surrogates(std::string& text) {
  auto first = text.find_first_not_of(" \n\t");
  if (first == std::string::npos || text[first] != '{' || text.find("\\u") == std::string::npos ||
      !Json::accept(text))
    return;
  auto unit = [&](std::size_t i) -> std::uint32_t {
    if (i + 6 > text.size() || text[i] != '\\' || text[i + 1] != 'u') return 0;
    return to_integer<std::uint32_t>(std::string_view(text).substr(i + 2, 4), 16).value_or(0);
  };
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      out += text[i++];
      continue;
    }
    auto high = unit(i), low = unit(i + 6);
    if (high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
      std::array<char, 16> escape{};
      std::snprintf(escape.data(), escape.size(), "\\U%08x",
                    0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
      out += escape.data();
      i += 12;
    } else {
      out.append(text, i, 2);
      i += 2;
    }
  }
  text = std::move(out);
}

/// What to do about what yaml-cpp says.
std::string remedy(std::string_view what) {
  for (auto [part, advice] :
       {std::pair{"end of map not found", "; check the indentation"},
        std::pair{"end of sequence not found", "; check the indentation"},
        std::pair{"flow not found", "; is a comma missing, or a bracket not closed?"},
        std::pair{"illegal map value", "; check the indentation, and quote a text that holds ': '"},
        std::pair{"unknown token", "; quote a text that begins with @, ` or %"},
        std::pair{"illegal tab", "; indent with spaces"},
        std::pair{"anchor is not defined", "; quote a text that begins with *"}})
    if (what.find(part) != std::string_view::npos) return advice;
  return "";
}

bool begins_with_tab(std::string_view text, int line) {
  for (; line > 1 && !text.empty(); --line)
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(0, text.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

}  // namespace

Result<YamlDocument> YamlDocument::parse(std::string_view text, std::string name) {
  YamlDocument document;
  document.name_ = std::move(name);
  auto fault = [&](Spot at, const std::string& what) {
    auto place = std::to_string(at.line) + ":" + std::to_string(at.column);
    return Error{Errc::invalid_argument, one_line(document.name_ + ":" + place + ": " + what)};
  };
  Builder builder;
  try {
    auto cleaned = clean(text);
    join_surrogates(cleaned);
    if (!cleaned.ends_with('\n')) cleaned += '\n';
    cleaned += "...\n";  // without it, yaml-cpp takes a quoted text that is never closed
    std::istringstream in(std::move(cleaned));
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const Fault& f) {
    return fault(f.at, f.what);
  } catch (const YAML::ParserException& e) {
    if (e.msg.find("document indicator in scalar") != std::string::npos)
      return fault(builder.last, "a quoted text that begins after this is not closed");
    auto at = spot_of(e.mark);
    return fault(at, e.msg + (begins_with_tab(text, at.line) ? "; indent with spaces, not tabs"
                                                             : remedy(e.msg)));
  } catch (const YAML::Exception& e) {
    return fault(builder.last, e.what());
  }
  if (!builder.root || (builder.root->plain && builder.root->source.empty()))
    return fault({}, "the file is empty; a study file begins with 'sherpa: 1'");
  document.origins_.reserve(builder.root->values);
  document.settle(*builder.root, builder.root->at.line, *document.root_, nullptr, 0);
  return document;
}

void YamlDocument::settle(Node& node, int line, Json& into, const Json* parent, std::size_t index) {
  origins_[&into] = {line, parent, index, node.plain, node.plain ? node.source : std::string()};
  if (node.kind == Node::Kind::list) {
    into = Json::array();
    auto& items = into.get_ref<Json::array_t&>();
    items.resize(node.children.size());
    for (std::size_t i = 0; i < items.size(); ++i)
      settle(*node.children[i].node, node.children[i].line, items[i], &into, i);
  } else if (node.kind == Node::Kind::map) {
    into = Json::object();
    auto& entries = into.get_ref<Json::object_t&>();
    entries.reserve(node.children.size());
    for (auto& child : node.children) entries.Container::emplace_back(child.key, nullptr);
    for (std::size_t i = 0; i < entries.size(); ++i)
      settle(*node.children[i].node, node.children[i].line,
             entries.begin()[static_cast<std::ptrdiff_t>(i)].second, &into, i);
  } else {
    into = node.scalar;
  }
}

const std::string* YamlDocument::source_of(const Json& entry) const {
  auto at = origins_.find(&entry);
  return at != origins_.end() && at->second.plain ? &at->second.source : nullptr;
}

int YamlDocument::line_of(const Json& entry) const {
  auto at = origins_.find(&entry);
  return at == origins_.end() ? 1 : at->second.line;
}

std::string YamlDocument::path_of(const Json& entry) const {
  auto at = origins_.find(&entry);
  if (at == origins_.end() || !at->second.parent) return "";
  const auto& [line, parent, index, plain, source] = at->second;
  auto path = path_of(*parent);
  if (parent->is_array()) return path + "[" + std::to_string(index) + "]";
  auto key = base::quote(
      parent->get_ref<const Json::object_t&>().begin()[static_cast<std::ptrdiff_t>(index)].first);
  return path + (path.empty() ? "" : ".") + key.substr(1, key.size() - 2);
}

Error YamlDocument::error(const Json& entry, const std::string& path,
                          const std::string& what) const {
  return {Errc::invalid_argument, one_line(name_ + ":" + std::to_string(line_of(entry)) + ": " +
                                           path + (path.empty() ? "" : ": ") + what)};
}

std::string one_line(std::string_view what) {
  constexpr std::size_t most = 600;
  auto cut = [](std::string_view text, std::size_t at) {  // not within a character
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80)
      --at;
    return at;
  };
  std::string out(what);
  if (out.size() > most)
    out = out.substr(0, cut(what, most - 200)) + " … " + out.substr(cut(what, what.size() - 200));
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

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
    out += scalar(key) + ":";
    bool list_of_maps = entry.is_array() && !entry.empty() && entry[0].is_object();
    if (entry.is_object() && !entry.empty() && !entry.contains("name")) {
      for (const auto& [inner, below] : entry.items())
        out += "\n  " + scalar(inner) + ": " + flow(below);
    } else if (list_of_maps) {
      for (const auto& item : entry) out += "\n  - " + flow(item);
    } else {
      out += " " + flow(entry);
    }
    out += "\n";
  }
  return out;
}

}  // namespace sherpa::study_file
