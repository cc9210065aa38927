#include "study/specification.hpp"

#include "study/json.hpp"
#include "study/overloaded.hpp"
#include "study/text.hpp"

#include <algorithm>
#include <limits>
#include <ostream>

namespace sherpa {

namespace study {
namespace {

/// SHERPA's names, in the order of the variants.
constexpr std::array<std::string_view, 6> algorithm_names{"RandomSearch", "GridSearch", "Iterate", "Repeat", "Chain", "own"};
constexpr std::array<std::string_view, 2> rule_names{"MedianStoppingRule", "own"};

std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::numeric_limits<std::uint64_t>::max();
  return product;
}

Error bad(std::string_view algorithm, const std::string& why) {
  return {Errc::invalid_argument, std::string(algorithm) + ": " + why};
}

}  // namespace

namespace json {

Json write(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean: return value.boolean();
    case Value::Kind::integer: return value.integer();
    case Value::Kind::real: return value.real();
    case Value::Kind::text: return value.text();
    case Value::Kind::list: return write(value.list());
  }
  return nullptr;
}

Json write(const Configuration& configuration) {
  Json out = Json::object();
  for (auto [name, value] : configuration) out[name] = write(value);
  return out;
}

namespace {

template <class Options>
Json write_named(std::string_view name, const Options& options) {
  Json out = {{"name", std::string(name)}};
  out.update(write<Options>(options));
  return out;
}

}  // namespace

Json write(const AlgorithmSpecification& specification) {
  return std::visit([&](const auto& options) { return write_named(specification.name(), options); },
                    specification.variant().options);
}

Json write(const StoppingRuleSpecification& specification) {
  return std::visit([&](const auto& options) { return write_named(specification.name(), options); },
                    specification.variant().options);
}

Json write(const Parameter& parameter) {
  Json out = {{"name", parameter.name()}};
  auto range = [&](std::string_view type, const auto& p) {
    out["type"] = std::string(type);
    out["range"] = Json::array({p.range.low, p.range.high});
    out["scale"] = p.scale == Scale::log ? "log" : "linear";
  };
  auto values = [&](std::string_view type, const auto& p) {
    out["type"] = std::string(type);
    out["range"] = write(p.values);
  };
  std::visit(Overloaded{[&](const Continuous& p) { range("continuous", p); }, [&](const Discrete& p) { range("discrete", p); },
                        [&](const Ordinal& p) { values("ordinal", p); }, [&](const Choice& p) { values("choice", p); }},
             parameter.kind());
  return out;
}

Parameter read_parameter(const Json& in) {
  if (!in.is_object()) refuse("expected a parameter as an object with name, type and range, not " + in.dump(), &in);
  std::map<std::string, Value> dict;
  for (const auto& [key, value] : in.items()) read(value, dict[key]);
  return Parameter::from_dict(dict);
}

void read(const Json& in, Value& value) {
  if (in.is_boolean()) {
    value = in.get<bool>();
  } else if (in.is_number_unsigned()) {
    value = in.get<std::uint64_t>();
  } else if (in.is_number_integer()) {
    value = in.get<std::int64_t>();
  } else if (in.is_number()) {
    value = in.get<double>();
  } else if (in.is_string()) {
    value = in.get<std::string>();
  } else if (in.is_array()) {
    Value::List items;
    read(in, items);
    value = std::move(items);
  } else {
    refuse("expected a bool, number, text or list, not " + in.dump(), &in);
  }
}

void read(const Json& in, Configuration& configuration) {
  if (!in.is_object()) refuse("expected an object of parameters and values, not " + in.dump(), &in);
  configuration = {};
  for (const auto& [name, item] : in.items()) {
    Value value;
    read(item, value);
    configuration.set(name, std::move(value));
  }
}

namespace {

std::string name_in(const Json& in, std::span<const std::string_view> known, std::string_view what) {
  if (!in.is_object()) refuse("expected " + std::string(what) + " as an object with a name, not " + in.dump(), &in);
  auto at = in.find("name");
  if (at == in.end() || !at->is_string()) refuse(std::string(what) + " needs a name", &in);
  auto name = at->get<std::string>();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    std::vector<std::string_view> names(known.begin(), known.end());
    std::erase(names, "own");
    auto near = did_you_mean(name, names);
    if (near.empty()) near = "; known are " + enumerate({names.begin(), names.end()});
    refuse("unknown " + std::string(what) + " " + quote(name) + near, &*at);
  }
  return name;
}

template <class Options>
Options read_options(const Json& in, const std::string& name, Options options = {}) {
  try {
    read_members(in, options, {"name"});
  } catch (const Exception& e) {
    refuse_within(name, e, in);
  }
  return options;
}

}  // namespace

AlgorithmSpecification read_algorithm(const Json& in) {
  auto name = name_in(in, algorithm_names, "algorithm");
  if (name == "RandomSearch") return read_options<RandomSearch>(in, name);
  if (name == "GridSearch") return read_options<GridSearch>(in, name);
  if (name == "Iterate") return read_options<Iterate>(in, name);
  if (name == "Chain") return read_options<Chain>(in, name);
  if (name == "own") return read_options<OwnAlgorithm>(in, name);
  if (!in.contains("algorithm")) refuse("Repeat: it needs the algorithm to repeat", &in);
  return read_options<Repeat>(in, name, Repeat{.algorithm = read_algorithm(in["algorithm"])});
}

StoppingRuleSpecification read_stopping_rule(const Json& in) {
  auto name = name_in(in, rule_names, "stopping rule");
  if (name == "own") return read_options<OwnStoppingRule>(in, name);
  return read_options<MedianStoppingRule>(in, name);
}

namespace {

template <class T, class Read>
Result<T> parse(std::string_view text, Read read) {
  try {
    return read(Json::parse(text));
  } catch (const Exception& e) {
    return Error{e.code(), e.what()};
  } catch (const Json::exception& e) {
    return Error{Errc::invalid_argument, std::string("not JSON: ") + e.what()};
  }
}

}  // namespace
}  // namespace json

Result<AlgorithmSpecification> algorithm_from_json(std::string_view text) {
  return json::parse<AlgorithmSpecification>(text, json::read_algorithm);
}

Result<StoppingRuleSpecification> stopping_rule_from_json(std::string_view text) {
  return json::parse<StoppingRuleSpecification>(text, json::read_stopping_rule);
}

std::string parameters_to_json(const std::vector<Parameter>& parameters) {
  json::Json out = json::Json::array();
  for (const auto& parameter : parameters) out.push_back(json::write(parameter));
  return out.dump();
}

Result<std::vector<Parameter>> parameters_from_json(std::string_view text) {
  return json::parse<std::vector<Parameter>>(text, [](const json::Json& in) {
    std::vector<Parameter> parameters;
    if (!in.is_array()) json::refuse("expected a list of parameters, not " + in.dump(), &in);
    for (const auto& one : in) parameters.push_back(json::read_parameter(one));
    return parameters;
  });
}

Result<void> check(const AlgorithmSpecification& specification) {
  return std::visit(Overloaded{
                        [](const RandomSearch& o) -> Result<void> {
                          if (o.repeat == 0) return bad("RandomSearch", "repeat is 0; use 1 to try each configuration once");
                          return {};
                        },
                        [](const GridSearch& o) -> Result<void> {
                          if (o.num_grid_points == 0) return bad("GridSearch", "num_grid_points is 0; use at least 1");
                          if (o.num_grid_points > 1'000'000)
                            return bad("GridSearch", "num_grid_points is above 1,000,000; use fewer");
                          return {};
                        },
                        [](const Iterate& o) -> Result<void> {
                          if (o.configurations.empty()) return bad("Iterate", "it has no configurations; give it at least one");
                          return {};
                        },
                        [](const Repeat& o) -> Result<void> {
                          if (o.num_times == 0) return bad("Repeat", "num_times is 0; use at least 1");
                          const auto& inner = o.algorithm.variant().options;
                          if (std::holds_alternative<Chain>(inner) || std::holds_alternative<Repeat>(inner))
                            return bad("Repeat",
                                       "it cannot repeat " + o.algorithm.name() +
                                           ", which counts its own trials; put Repeat inside it, or use RandomSearch's repeat");
                          return check(o.algorithm);
                        },
                        [](const Chain& o) -> Result<void> {
                          if (o.algorithms.empty()) return bad("Chain", "it has no algorithms; give it at least one");
                          for (const auto& inner : o.algorithms)
                            if (auto checked = check(inner); !checked) return checked;
                          return {};
                        },
                        [](const OwnAlgorithm& o) -> Result<void> {
                          if (o.own.empty()) return bad("own", "it has no name; the store needs one to know it again");
                          if (!o.make) return bad("own", "nothing makes " + quote(o.own) + "; pass own(\"" + o.own + "\", make)");
                          return {};
                        },
                    },
                    specification.variant().options);
}

Result<void> check(const StoppingRuleSpecification& specification) {
  return std::visit(Overloaded{
                        [](const MedianStoppingRule& o) -> Result<void> {
                          if (o.min_iterations < 0) return bad("MedianStoppingRule", "min_iterations is negative; use 0 or more");
                          if (o.min_trials == 0) return bad("MedianStoppingRule", "min_trials is 0; use at least 1");
                          return {};
                        },
                        [](const OwnStoppingRule& o) -> Result<void> {
                          if (o.own.empty()) return bad("own", "it has no name; the store needs one to know it again");
                          if (!o.make) return bad("own", "nothing makes " + quote(o.own) + "; pass own(\"" + o.own + "\", make)");
                          return {};
                        },
                    },
                    specification.variant().options);
}

namespace {

/// Counts trials through Repeat and Chain, where `count` knows the algorithms that stand alone.
template <class Count>
std::optional<std::uint64_t> trials_of(const AlgorithmSpecification& specification, const Count& count) {
  return std::visit(Overloaded{
                        [&](const Repeat& o) -> std::optional<std::uint64_t> {
                          auto inner = trials_of(o.algorithm, count);
                          if (!inner) return std::nullopt;
                          return saturating_product(*inner, o.num_times);
                        },
                        [&](const Chain& o) -> std::optional<std::uint64_t> {
                          std::uint64_t sum = 0;
                          for (const auto& member : o.algorithms) {
                            auto one = trials_of(member, count);
                            if (!one || __builtin_add_overflow(sum, *one, &sum)) return std::nullopt;
                          }
                          return sum;
                        },
                        [&](const auto& o) -> std::optional<std::uint64_t> { return count(o); },
                    },
                    specification.variant().options);
}

std::optional<std::uint64_t> limit_of(const RandomSearch& o) {
  if (!o.max_num_trials) return std::nullopt;
  return saturating_product(*o.max_num_trials, o.repeat);
}

}  // namespace

std::optional<std::uint64_t> budget_of(const AlgorithmSpecification& specification) {
  return trials_of(specification, Overloaded{[](const RandomSearch& o) { return limit_of(o); },
                                             [](const auto&) -> std::optional<std::uint64_t> { return std::nullopt; }});
}

std::optional<std::uint64_t> planned_of(const AlgorithmSpecification& specification, const SearchSpace& space) {
  return trials_of(specification,
                   Overloaded{[](const RandomSearch& o) { return limit_of(o); },
                              [&](const GridSearch& o) -> std::optional<std::uint64_t> {
                                std::uint64_t product = 1;
                                for (const auto& parameter : space.parameters())
                                  product = saturating_product(product, grid_points(parameter, o).size());
                                return product;
                              },
                              [](const Iterate& o) -> std::optional<std::uint64_t> { return o.configurations.size(); },
                              [](const auto&) -> std::optional<std::uint64_t> { return std::nullopt; }});
}

std::uint64_t group_size_of(const AlgorithmSpecification& specification) {
  if (auto* repeat = std::get_if<Repeat>(&specification.variant().options)) return repeat->num_times;
  return 1;
}

namespace {

/// Takes the limits out of a specification, at any depth, and appends them to `limits`; absent ones as the largest number.
void take_limits(json::Json& specification, std::vector<std::uint64_t>& limits) {
  for (auto& [key, value] : specification.items()) {
    if (key == "max_num_trials") {
      limits.push_back(value.is_number() ? value.get<std::uint64_t>() : std::numeric_limits<std::uint64_t>::max());
      value = nullptr;
    } else if (value.is_structured() && key != "configurations") {
      take_limits(value, limits);
    }
  }
}

}  // namespace

bool only_raises_limits(const AlgorithmSpecification& earlier, const AlgorithmSpecification& later) {
  auto a = json::write(earlier), b = json::write(later);
  std::vector<std::uint64_t> of_a, of_b;
  take_limits(a, of_a);
  take_limits(b, of_b);
  return a == b && std::equal(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), std::less_equal<>{});
}

}  // namespace study

template <AlgorithmOptions T>
AlgorithmSpecification::AlgorithmSpecification(T options)
    : variant_(std::make_shared<study::AlgorithmVariant>(study::AlgorithmVariant{std::move(options)})) {}

template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(RandomSearch);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(GridSearch);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(Iterate);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(Repeat);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(Chain);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(OwnAlgorithm);

std::string AlgorithmSpecification::name() const { return std::string(study::algorithm_names[variant_->options.index()]); }
std::string AlgorithmSpecification::to_json() const { return study::json::write(*this).dump(); }
bool operator==(const AlgorithmSpecification& a, const AlgorithmSpecification& b) { return a.to_json() == b.to_json(); }
std::ostream& operator<<(std::ostream& out, const AlgorithmSpecification& specification) {
  return out << specification.to_json();
}

template <StoppingRuleOptions T>
StoppingRuleSpecification::StoppingRuleSpecification(T options)
    : variant_(std::make_shared<study::StoppingRuleVariant>(study::StoppingRuleVariant{std::move(options)})) {}

template SHERPA_API StoppingRuleSpecification::StoppingRuleSpecification(MedianStoppingRule);
template SHERPA_API StoppingRuleSpecification::StoppingRuleSpecification(OwnStoppingRule);

std::string StoppingRuleSpecification::name() const { return std::string(study::rule_names[variant_->options.index()]); }
std::string StoppingRuleSpecification::to_json() const { return study::json::write(*this).dump(); }
bool operator==(const StoppingRuleSpecification& a, const StoppingRuleSpecification& b) { return a.to_json() == b.to_json(); }
std::ostream& operator<<(std::ostream& out, const StoppingRuleSpecification& specification) {
  return out << specification.to_json();
}

}  // namespace sherpa
