#include <sherpa/configuration.hpp>

#include "core/base/text.hpp"

#include <algorithm>
#include <ostream>

namespace sherpa {

using base::quote;

namespace {

const std::shared_ptr<const Configuration::Names>& no_names() {
  static const auto none = std::make_shared<const Configuration::Names>();
  return none;
}

}  // namespace

Configuration::Configuration() : names_(no_names()) {}

Configuration::Configuration(std::initializer_list<std::pair<std::string, Value>> entries) {
  std::vector<std::pair<std::string, Value>> sorted(entries);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  auto names = std::make_shared<Names>();
  for (auto& [name, value] : sorted) {
    if (!names->empty() && names->back() == name)
      throw Exception(
          {Errc::invalid_argument, "configuration: " + quote(name) + " is given twice"});
    names->push_back(std::move(name));
    values_.push_back(std::move(value));
  }
  names_ = std::move(names);
}

Configuration::Configuration(std::shared_ptr<const Names> names, std::vector<Value> values)
    : names_(std::move(names)), values_(std::move(values)) {
  if (names_->size() != values_.size())
    throw Exception({Errc::internal, "configuration: " + std::to_string(names_->size()) +
                                         " names for " + std::to_string(values_.size()) +
                                         " values"});
}

const Value* Configuration::find(std::string_view name) const {
  auto at = std::lower_bound(names_->begin(), names_->end(), name);
  if (at == names_->end() || *at != name) return nullptr;
  return &values_[static_cast<std::size_t>(at - names_->begin())];
}

const Value& Configuration::at(std::string_view name) const {
  if (const Value* value = find(name)) return *value;
  std::vector<std::string_view> known(names_->begin(), names_->end());
  throw Exception({Errc::invalid_argument,
                   "there is no parameter " + quote(name) + base::did_you_mean(name, known)});
}

void Configuration::set(std::string_view name, Value value) {
  auto at = std::lower_bound(names_->begin(), names_->end(), name);
  auto index = at - names_->begin();
  if (at != names_->end() && *at == name) {
    values_[static_cast<std::size_t>(index)] = std::move(value);
    return;
  }
  auto names = std::make_shared<Names>(*names_);  // others share the old one
  names->insert(names->begin() + index, std::string(name));
  names_ = std::move(names);
  values_.insert(values_.begin() + index, std::move(value));
}

bool operator==(const Configuration& a, const Configuration& b) {
  return (a.names_ == b.names_ || *a.names_ == *b.names_) && a.values_ == b.values_;
}

std::ostream& operator<<(std::ostream& out, const Configuration& configuration) {
  bool first = true;
  for (auto [name, value] : configuration) {
    out << (first ? "" : ", ") << name << '=' << value;
    first = false;
  }
  return out;
}

void Configuration::refuse(std::string_view name, const Exception& why) {
  throw Exception({why.code(), "parameter " + quote(name) + ": " + why.what()});
}

}  // namespace sherpa
