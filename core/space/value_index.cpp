#include "core/space/value_index.hpp"

#include <functional>
#include <string>

namespace sherpa::space {

namespace {

bool is_number(const Value& value) {
  return value.kind() == Value::Kind::integer || value.kind() == Value::Kind::real;
}

}  // namespace

std::size_t ValueHash::operator()(const Value& value) const {
  auto hash = [](const auto& x) { return std::hash<std::decay_t<decltype(x)>>{}(x); };
  switch (value.kind()) {
    case Value::Kind::boolean: return hash(value.boolean());
    case Value::Kind::integer: return hash(value.integer());
    case Value::Kind::real: return hash(value.real());
    case Value::Kind::text: return hash(value.text());
    case Value::Kind::list: break;
  }
  std::size_t out = value.list().size();
  for (const Value& item : value.list()) out = out * 31 + (*this)(item);
  return out;
}

bool ValueIndex::add(const Value& value) {
  const auto place = places_.size();
  if (!places_.emplace(value, place).second) return false;
  if (is_number(value)) numbers_.emplace(value.real(), place);
  return true;
}

std::optional<std::size_t> ValueIndex::find(const Value& value) const {
  if (auto at = places_.find(value); at != places_.end()) return at->second;
  if (!is_number(value)) return std::nullopt;
  auto at = numbers_.find(value.real());
  if (at == numbers_.end()) return std::nullopt;
  return at->second;
}

}  // namespace sherpa::space
