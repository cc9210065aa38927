#include "core/study_file/yaml.hpp"

#include "core/base/assert.hpp"
#include "core/study_file/yaml_schema.hpp"
#include "core/study_file/yaml_text.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <vector>

namespace sherpa::study_file {

using space::json::Json;

namespace {

constexpr std::size_t most_values = 1'000'000;

Spot spot_of(const YAML::Mark& mark) {
  return mark.is_null() ? Spot{} : Spot{mark.line + 1, mark.column + 1};
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

/// Builds a tree of nodes from the events of yaml-cpp.
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
    node->scalar = awaits_key() ? Json(text) : resolve_scalar(tag, text, node->at);
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
      SHERPA_ASSERT(open.key.has_value(), at.line);  // a key came before the value
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

/// The remedy for an error of yaml-cpp.
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
    auto cleaned = clean_text(text, most_bytes);
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

}  // namespace sherpa::study_file
