#include <sherpa/parameter.hpp>

#include "core/base/text.hpp"
#include "core/space/search_space.hpp"
#include "core/space/value_index.hpp"

#include <algorithm>
#include <cmath>

namespace sherpa {

using base::quote;

namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Exception({Errc::invalid_argument, "parameter " + quote(name) + ": " + why});
}

template <class T>
void check_range(const std::string& name, Range<T> range, Scale scale) {
  double low = static_cast<double>(range.low), high = static_cast<double>(range.high);
  if (!std::isfinite(low) || !std::isfinite(high))
    refuse(name, "its bounds must be finite numbers");
  if (range.low == range.high)
    refuse(name, "low and high are both " + Value(range.low).show() +
                     "; use Choice or Ordinal for a single value");
  if (scale == Scale::log && std::min(low, high) <= 0)
    refuse(name, "a log scale needs positive bounds, and one is " +
                     Value(std::min(range.low, range.high)).show() +
                     "; use a linear scale or raise it");
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  if constexpr (std::is_same_v<T, std::int64_t>) {
    if (range.low < -exact || range.low > exact || range.high < -exact || range.high > exact)
      refuse(name, "its bounds must lie within ±2^53");
  } else if (!std::isfinite(high - low)) {
    refuse(name, "its range is too wide for a double; use a log scale or narrow it");
  }
}

void check_values(const std::string& name, const std::vector<Value>& values) {
  if (values.empty()) refuse(name, "it has no values; give it at least one");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    if (value.kind() == Value::Kind::real && !std::isfinite(value.real()))
      refuse(name, value.show() + " cannot be one of its values; use a finite number or a text");
    if (value.kind() == Value::Kind::list)
      for (const Value& item : value.list())
        if (item.kind() == Value::Kind::list)
          refuse(name, "a list within a list cannot be one of its values");
  }
  auto before = [](const Value& a, const Value& b) {
    return a.kind() != b.kind() ? a.kind() < b.kind() : a.show() < b.show();
  };
  std::vector<Value> sorted = values;
  std::sort(sorted.begin(), sorted.end(), before);
  if (auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
    refuse(name, "its value " + twice->show() + " is given twice");
}

}  // namespace

const std::string& Parameter::name() const {
  return std::visit([](const auto& p) -> const std::string& { return p.name; }, kind_);
}

void Parameter::check() const {
  if (name().empty())
    throw Exception({Errc::invalid_argument, "a parameter has an empty name; give it one"});
  std::visit(
      [](const auto& p) {
        if constexpr (requires { p.range; }) {
          check_range(p.name, p.range, p.scale);
        } else {
          check_values(p.name, p.values);
        }
      },
      kind_);
}

Value Parameter::sample(Random& random) const {
  check();
  return space::from_unit(*this, random.uniform());
}

Parameter Parameter::from_dict(const std::map<std::string, Value>& dict) {
  auto entry = [&](const std::string& key) -> const Value* {
    auto at = dict.find(key);
    return at == dict.end() ? nullptr : &at->second;
  };
  const Value* name_entry = entry("name");
  if (!name_entry || name_entry->kind() != Value::Kind::text)
    throw Exception({Errc::invalid_argument, "a parameter needs a text 'name'"});
  const std::string name = name_entry->text();
  for (const auto& [key, value] : dict)
    if (key != "name" && key != "type" && key != "range" && key != "scale")
      refuse(name, "unknown entry " + quote(key) +
                       base::did_you_mean(key, {"name", "type", "range", "scale"}));

  const Value* type_entry = entry("type");
  if (!type_entry || type_entry->kind() != Value::Kind::text)
    refuse(name, "it needs a 'type': continuous, discrete, ordinal or choice");
  const std::string& type = type_entry->text();
  const Value* range_entry = entry("range");
  if (!range_entry || range_entry->kind() != Value::Kind::list)
    refuse(name, "it needs a 'range', a list");
  const auto& range = range_entry->list();

  Scale scale = Scale::linear;
  if (const Value* given = entry("scale")) {
    if (given->kind() != Value::Kind::text || (given->text() != "linear" && given->text() != "log"))
      refuse(name, "its scale is " + quote(given->show()) + "; use linear or log");
    if (given->text() == "log") scale = Scale::log;
    if (type == "ordinal" || type == "choice")
      refuse(name, "only continuous and discrete parameters have a scale");
  }
  auto pair = [&](auto read) {
    if (range.size() != 2)
      refuse(name,
             "its range needs two bounds, low and high, and has " + std::to_string(range.size()));
    try {
      return Range<decltype(read(range[0]))>{read(range[0]), read(range[1])};
    } catch (const Exception& e) {
      refuse(name, std::string("range: ") + e.what());
    }
  };
  auto made = [&]() -> Parameter {
    if (type == "continuous")
      return Continuous{name, pair([](const Value& v) { return v.real(); }), scale};
    if (type == "discrete")
      return Discrete{name, pair([](const Value& v) { return v.integer(); }), scale};
    if (type == "ordinal") return Ordinal{name, range};
    if (type == "choice") return Choice{name, range};
    refuse(name, "unknown type " + quote(type) +
                     base::did_you_mean(type, {"continuous", "discrete", "ordinal", "choice"}));
  }();
  made.check();
  return made;
}

std::vector<Parameter> Parameter::grid(const std::map<std::string, std::vector<Value>>& values) {
  std::vector<Parameter> parameters;
  for (const auto& [name, choices] : values) {
    parameters.emplace_back(Choice{name, choices});
    parameters.back().check();
  }
  return parameters;
}

bool operator==(const Parameter& a, const Parameter& b) { return a.kind_ == b.kind_; }

std::vector<Parameter> parameters_of(const std::vector<Configuration>& configurations) {
  std::vector<Choice> choices;
  std::vector<space::ValueIndex> known;
  for (std::size_t i = 0; i < configurations.size(); ++i) {
    const auto& configuration = configurations[i];
    if (i == 0)
      for (auto [name, value] : configuration) choices.push_back({name, {}});
    known.resize(choices.size());
    if (*configuration.names() != *configurations.front().names())
      throw Exception(
          {Errc::invalid_argument, "configuration " + std::to_string(i + 1) +
                                       " has other names than the first; give every one the same"});
    for (std::size_t p = 0; p < choices.size(); ++p) {
      const Value& value = configuration.values()[p];
      if (known[p].add(value)) choices[p].values.push_back(value);
    }
  }
  return {choices.begin(), choices.end()};
}

}  // namespace sherpa
