#include "core/space/search_space.hpp"

#include "core/base/log.hpp"
#include "core/base/overloaded.hpp"
#include "core/base/text.hpp"
#include "core/space/value_index.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace sherpa::space {

namespace {

/// A straight or logarithmic axis between two numbers.
struct Axis {
  double low, high;
  Scale scale;

  double at(double u) const {
    if (u <= 0) return low;  // exactly
    if (u >= 1) return high;
    if (scale == Scale::log) return std::exp(std::log(low) + u * (std::log(high) - std::log(low)));
    return low + u * (high - low);
  }
  double place(double x) const {
    if (scale == Scale::log)
      return (std::log(x) - std::log(low)) / (std::log(high) - std::log(low));
    return (x - low) / (high - low);
  }
};

/// A Discrete's cells reach half a step beyond its bounds.
Axis cells(const Discrete& p) {
  return {static_cast<double>(p.range.low) - 0.5, static_cast<double>(p.range.high) + 0.5, p.scale};
}

std::int64_t clamp_round(double x, const Range<std::int64_t>& range) {
  double rounded = std::floor(x + 0.5);
  if (rounded <= static_cast<double>(range.low)) return range.low;
  if (rounded >= static_cast<double>(range.high)) return range.high;
  return static_cast<std::int64_t>(rounded);
}

std::size_t cell(double u, std::size_t n) {
  return std::min(n - 1, static_cast<std::size_t>(std::max(0.0, u) * static_cast<double>(n)));
}

const std::vector<Value>* values_of(const Parameter& parameter) {
  if (auto* p = parameter.as<Ordinal>()) return &p->values;
  if (auto* p = parameter.as<Choice>()) return &p->values;
  return nullptr;
}

bool same_number(const Value& a, const Value& b) {
  auto number = [](const Value& v) {
    return v.kind() == Value::Kind::integer || v.kind() == Value::Kind::real;
  };
  return number(a) && number(b) && a.real() == b.real();
}

/// As ValueIndex::find, for one look.
std::optional<std::size_t> find_value(const std::vector<Value>& values, const Value& value) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] == value) return i;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (same_number(values[i], value)) return i;
  return std::nullopt;
}

/// The center of cell `at` of the unit interval, cut into `of` cells.
double middle(std::optional<std::size_t> at, std::size_t of) {
  return (static_cast<double>(at.value_or(0)) + 0.5) / static_cast<double>(of);
}

std::string show_values(const std::vector<Value>& values) {
  constexpr std::size_t most = 12;
  std::string out;
  for (std::size_t i = 0; i < std::min(most, values.size()); ++i)
    out += (i ? ", " : "") + values[i].show();
  return values.size() > most ? out + ", …" : out;
}

}  // namespace

std::uint64_t levels(const Parameter& parameter) {
  if (auto* values = values_of(parameter)) return values->size();
  if (auto* p = parameter.as<Discrete>())
    return static_cast<std::uint64_t>(p->range.high - p->range.low) + 1;
  return 0;
}

Value from_unit(const Parameter& parameter, double u) {
  if (auto* p = parameter.as<Continuous>())
    return std::clamp(Axis{p->range.low, p->range.high, p->scale}.at(u), p->range.low,
                      p->range.high);
  if (auto* p = parameter.as<Discrete>()) return clamp_round(cells(*p).at(u), p->range);
  const auto& values = *values_of(parameter);
  return values[cell(u, values.size())];
}

double to_unit(const Parameter& parameter, const Value& value) {
  if (auto* p = parameter.as<Continuous>())
    return std::clamp(Axis{p->range.low, p->range.high, p->scale}.place(value.real()), 0.0, 1.0);
  if (auto* p = parameter.as<Discrete>())
    return std::clamp(cells(*p).place(value.real()), 0.0, 1.0);
  const auto& values = *values_of(parameter);
  return middle(find_value(values, value), values.size());
}

std::vector<Value> grid_points(const Parameter& parameter, const GridSearch& grid) {
  if (auto* values = values_of(parameter)) return *values;
  const auto points = grid.num_grid_points;
  auto fraction = [&](std::uint64_t i) {
    if (grid.points == GridPoints::end_points && points > 1)
      return static_cast<double>(i) / static_cast<double>(points - 1);
    return static_cast<double>(i + 1) / static_cast<double>(points + 1);
  };
  std::vector<Value> values;
  for (std::uint64_t i = 0; i < points; ++i) {
    Value point;
    if (auto* p = parameter.as<Continuous>()) {
      point = std::clamp(Axis{p->range.low, p->range.high, p->scale}.at(fraction(i)), p->range.low,
                         p->range.high);
    } else {
      const auto& d = *parameter.as<Discrete>();
      Axis axis{static_cast<double>(d.range.low), static_cast<double>(d.range.high), d.scale};
      point = clamp_round(axis.at(fraction(i)), d.range);
    }
    if (values.empty() || !(values.back() == point)) values.push_back(std::move(point));
  }
  return values;
}

namespace {

/// `find` looks for a value among those of an Ordinal or Choice.
template <class Find>
Result<Value> fit_found(const Parameter& parameter, const Value& value, Find find) {
  auto refuse = [&](const std::string& why) {
    return Error{Errc::invalid_argument, "parameter " + base::quote(parameter.name()) + ": " + why};
  };
  auto number = value.kind() == Value::Kind::integer || value.kind() == Value::Kind::real;
  if (auto* p = parameter.as<Continuous>()) {
    if (!number) return refuse(base::quote(value.show()) + " is no number");
    double x = value.real();
    if (!(p->range.low <= x && x <= p->range.high))
      return refuse(show(x) + " is outside [" + show(p->range.low) + ", " + show(p->range.high) +
                    "]");
    return Value(x);
  }
  if (auto* p = parameter.as<Discrete>()) {
    if (!number || value.real() != std::trunc(value.real()))
      return refuse(base::quote(value.show()) + " is no integer");
    double x = value.real();
    if (x < static_cast<double>(p->range.low) || x > static_cast<double>(p->range.high))
      return refuse(value.show() + " is outside [" + std::to_string(p->range.low) + ", " +
                    std::to_string(p->range.high) + "]");
    return Value(value.integer());
  }
  const auto& values = *values_of(parameter);
  if (auto at = find(values)) return values[*at];
  return refuse(base::quote(value.show()) + " is not one of its values " + show_values(values));
}

}  // namespace

Result<Value> fit(const Parameter& parameter, const Value& value) {
  return fit_found(parameter, value,
                   [&](const std::vector<Value>& values) { return find_value(values, value); });
}

Result<SearchSpace> SearchSpace::make(const std::vector<Parameter>& parameters) {
  SearchSpace space;
  auto in_order = base::Overloaded{[](const auto& p) requires requires {p.range;
}
{
  auto ordered = p;
  if (p.range.high < p.range.low) {
    std::swap(ordered.range.low, ordered.range.high);
    base::log(LogLevel::warning, "parameter " + base::quote(p.name) +
                                     ": its range is the wrong way round; taken as [" +
                                     Value(ordered.range.low).show() + ", " +
                                     Value(ordered.range.high).show() + "]");
  }
  return Parameter(std::move(ordered));
}
, [](const auto& p) { return Parameter(p); },
};  // namespace sherpa::space
for (auto& parameter : parameters) {
  try {
    parameter.check();
  } catch (const Exception& e) {
    return Error{e.code(), e.what()};
  }
  space.parameters_.push_back(std::visit(in_order, parameter.kind()));
}
auto names = std::make_shared<Configuration::Names>();
for (const auto& parameter : space.parameters_) names->push_back(parameter.name());
std::sort(names->begin(), names->end());
if (auto twice = std::adjacent_find(names->begin(), names->end()); twice != names->end())
  return Error{Errc::invalid_argument,
               "there are two parameters " + base::quote(*twice) + "; give each a name of its own"};
for (const auto& parameter : space.parameters_) {
  const auto* values = values_of(parameter);
  space.indices_.push_back(values ? std::make_shared<const ValueIndex>(*values) : nullptr);
}
for (const auto& parameter : space.parameters_)
  space.place_.push_back(static_cast<std::size_t>(
      std::lower_bound(names->begin(), names->end(), parameter.name()) - names->begin()));
space.names_ = std::move(names);
return space;
}

Result<Configuration> SearchSpace::fit(const Configuration& configuration, Extras extras) const {
  std::vector<Value> values;
  values.reserve(size());
  for (const auto& parameter : parameters_) {
    const Value* value = configuration.find(parameter.name());
    if (!value)
      return Error{Errc::invalid_argument,
                   "the configuration has no value for parameter " + base::quote(parameter.name())};
    const auto& index = indices_[values.size()];
    auto fitted = fit_found(parameter, *value,
                            [&](const std::vector<Value>&) { return index->find(*value); });
    if (!fitted) return fitted.error();
    values.push_back(*std::move(fitted));
  }
  auto fitted = assemble(std::move(values));
  if (configuration.size() == size()) return fitted;
  for (auto [name, value] : configuration) {
    if (fitted.contains(name)) continue;
    if (extras == Extras::refuse) {
      std::vector<std::string_view> known(names_->begin(), names_->end());
      return Error{Errc::invalid_argument,
                   "there is no parameter " + base::quote(name) + base::did_you_mean(name, known)};
    }
    fitted.set(name, value);
  }
  return fitted;
}

std::vector<double> SearchSpace::to_unit(const Configuration& configuration) const {
  std::vector<double> point;
  point.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) {
    const auto& parameter = parameters_[i];
    const Value& value = configuration.at(parameter.name());
    const auto* values = values_of(parameter);
    point.push_back(values ? middle(indices_[i]->find(value), values->size())
                           : space::to_unit(parameter, value));
  }
  return point;
}

Configuration SearchSpace::from_unit(std::span<const double> point) const {
  std::vector<Value> values;
  values.reserve(size());
  for (std::size_t i = 0; i < size(); ++i)
    values.push_back(space::from_unit(parameters_[i], point[i]));
  return assemble(std::move(values));
}

Configuration SearchSpace::sample(Random& random) const {
  std::vector<Value> values;
  values.reserve(size());
  for (const auto& parameter : parameters_)
    values.push_back(space::from_unit(parameter, random.uniform()));
  return assemble(std::move(values));
}

Configuration SearchSpace::assemble(std::vector<Value> values) const {
  std::vector<Value> sorted(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) sorted[place_[i]] = std::move(values[i]);
  return {names_, std::move(sorted)};
}

}  // namespace sherpa::space
