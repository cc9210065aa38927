#include "core/space/specification.hpp"

#include "core/base/overloaded.hpp"
#include "core/base/text.hpp"
#include "core/space/json.hpp"
#include "core/space/specification_checks.hpp"

#include <algorithm>
#include <limits>
#include <ostream>

namespace sherpa {

namespace space {
namespace {

std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::numeric_limits<std::uint64_t>::max();
  return product;
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
                    options_of(specification));
}

Json write(const StoppingRuleSpecification& specification) {
  return std::visit([&](const auto& options) { return write_named(specification.name(), options); },
                    options_of(specification));
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
  std::visit(base::Overloaded{[&](const Continuous& p) { range("continuous", p); },
                              [&](const Discrete& p) { range("discrete", p); },
                              [&](const Ordinal& p) { values("ordinal", p); },
                              [&](const Choice& p) { values("choice", p); }},
             parameter.kind());
  return out;
}

Parameter read_parameter(const Json& in) {
  if (!in.is_object())
    refuse("expected a parameter as an object with name, type and range, not " + in.dump(), &in);
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

Json write(const InitialDataPoints& points) {
  return points.number ? Json(*points.number) : Json("infer");
}

void read(const Json& in, InitialDataPoints& points) {
  points = {};
  if (in == "infer") return;
  if (in.is_string()) refuse("expected a whole number or infer, not " + in.dump(), &in);
  read(in, points.number.emplace());
}

void read(const Json& in, ModelType& type) {
  // As SHERPA's manual also spells it.
  if (in == "warperdGP") {
    type = ModelType::warped_gp;
  } else {
    read<ModelType>(in, type);
  }
}

namespace {

template <class Options>
Options read_options(const Json& in, const std::string& name, Options options = {}) {
  try {
    read_members(in, options, {"name"});
  } catch (const Exception& e) {
    refuse_within(name, e, in);
  }
  return options;
}

/// Options before anything is read into them.
template <class Options>
Options blank(const Json& in) {
  if constexpr (requires { Options{.algorithm = RandomSearch{}}; }) {
    if (!in.contains("algorithm"))
      refuse(std::string(Options::name) + ": it needs the algorithm to repeat", &in);
    return Options{.algorithm = read_algorithm(in["algorithm"])};
  } else {
    return Options{};
  }
}

template <class Options>
bool is_called(std::string_view name) {
  if constexpr (requires { Options::other_name; }) {
    if (name == Options::other_name) return true;
  }
  return name == Options::name;
}

template <class Specification, class... Options>
Specification read_one_of(Types<Options...>, const Json& in, const std::string& what) {
  if (!in.is_object())
    refuse("expected " + what + " as an object with a name, not " + in.dump(), &in);
  auto at = in.find("name");
  if (at == in.end() || !at->is_string()) refuse(what + " needs a name", &in);
  auto name = at->get<std::string>();
  std::optional<Specification> found;
  auto one = [&]<class T>(std::type_identity<T>) {
    if (!is_called<T>(name)) return false;
    found = read_options<T>(in, name, blank<T>(in));
    return true;
  };
  if ((one(std::type_identity<Options>{}) || ...)) return *found;
  std::vector<std::string_view> names{Options::name...};
  std::erase(names, "own");
  auto near = base::did_you_mean(name, names);
  if (near.empty()) near = "; known are " + base::enumerate({names.begin(), names.end()});
  refuse("unknown " + what + " " + base::quote(name) + near, &*at);
}

}  // namespace

AlgorithmSpecification read_algorithm(const Json& in) {
  return read_one_of<AlgorithmSpecification>(AlgorithmTypes{}, in, "algorithm");
}

StoppingRuleSpecification read_stopping_rule(const Json& in) {
  return read_one_of<StoppingRuleSpecification>(StoppingRuleTypes{}, in, "stopping rule");
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
  return std::visit([](const auto& options) { return check(options); }, options_of(specification));
}

Result<void> check(const StoppingRuleSpecification& specification) {
  return std::visit([](const auto& options) { return check(options); }, options_of(specification));
}

namespace {

/// Counts trials through Repeat and Chain, where `count` knows the algorithms that stand alone.
template <class Count>
std::optional<std::uint64_t> trials_of(const AlgorithmSpecification& specification,
                                       const Count& count) {
  return std::visit(base::Overloaded{
                        [&](const Repeat& o) -> std::optional<std::uint64_t> {
                          auto inner = trials_of(o.algorithm, count);
                          if (!inner) return std::nullopt;
                          return saturating_product(*inner, o.num_times);
                        },
                        [&](const Chain& o) -> std::optional<std::uint64_t> {
                          std::uint64_t sum = 0;
                          for (const auto& member : o.algorithms) {
                            auto one = trials_of(member, count);
                            if (!one || __builtin_add_overflow(sum, *one, &sum))
                              return std::nullopt;
                          }
                          return sum;
                        },
                        [&](const auto& o) -> std::optional<std::uint64_t> { return count(o); },
                    },
                    options_of(specification));
}

/// What max_num_trials allows; absent for algorithms that have no such option.
template <class Options>
std::optional<std::uint64_t> limit_of(const Options& o) {
  if constexpr (requires { o.max_num_trials; }) {
    if (!o.max_num_trials) return std::nullopt;
    if constexpr (requires { o.repeat; }) return saturating_product(*o.max_num_trials, o.repeat);
    return o.max_num_trials;
  } else {
    return std::nullopt;
  }
}

}  // namespace

std::optional<std::uint64_t> budget_of(const AlgorithmSpecification& specification) {
  return trials_of(specification, [](const auto& o) { return limit_of(o); });
}

std::optional<std::uint64_t> planned_of(const AlgorithmSpecification& specification,
                                        const SearchSpace& space) {
  return trials_of(
      specification,
      base::Overloaded{
          [&](const GridSearch& o) -> std::optional<std::uint64_t> {
            std::uint64_t product = 1;
            for (const auto& parameter : space.parameters())
              product = saturating_product(product, grid_points(parameter, o).size());
            return product;
          },
          [](const PopulationBasedTraining& o) -> std::optional<std::uint64_t> {
            return saturating_product(o.num_generations, o.population_size);
          },
          [](const Iterate& o) -> std::optional<std::uint64_t> { return o.configurations.size(); },
          [](const auto& o) -> std::optional<std::uint64_t> { return limit_of(o); }});
}

std::uint64_t group_size_of(const AlgorithmSpecification& specification) {
  if (auto* repeat = std::get_if<Repeat>(&options_of(specification))) return repeat->num_times;
  return 1;
}

namespace {

/// Takes the limits (how long an algorithm goes on) out of a specification, at any depth, and
/// appends them to `limits`; absent ones as the largest number.
void take_limits(json::Json& specification, std::vector<std::uint64_t>& limits) {
  for (auto& [key, value] : specification.items()) {
    if (key == "max_num_trials" || key == "num_generations" || key == "max_finished_configs") {
      limits.push_back(value.is_number() ? value.get<std::uint64_t>()
                                         : std::numeric_limits<std::uint64_t>::max());
      value = nullptr;
    } else if (value.is_structured() && key != "configurations" && key != "seed_configuration" &&
               key != "initial_data_points") {
      take_limits(value, limits);
    }
  }
}

}  // namespace

bool only_raises_limits(const AlgorithmSpecification& earlier,
                        const AlgorithmSpecification& later) {
  auto a = json::write(earlier), b = json::write(later);
  std::vector<std::uint64_t> of_a, of_b;
  take_limits(a, of_a);
  take_limits(b, of_b);
  return a == b &&
         std::equal(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), std::less_equal<>{});
}

}  // namespace space

template <AlgorithmOptions T>
AlgorithmSpecification::AlgorithmSpecification(T options)
    : variant_(
          std::make_shared<space::AlgorithmVariant>(space::AlgorithmVariant{std::move(options)})) {}

template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(RandomSearch);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(GridSearch);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(SobolSearch);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(TPE);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(CMAES);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(LocalSearch);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(Genetic);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(Iterate);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(BayesianOptimization);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(Repeat);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(Chain);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(SuccessiveHalving);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(Hyperband);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(PopulationBasedTraining);
template SHERPA_API AlgorithmSpecification::AlgorithmSpecification(OwnAlgorithm);

std::string AlgorithmSpecification::name() const {
  return std::visit([]<class T>(const T&) { return std::string(T::name); }, variant_->options);
}
std::string AlgorithmSpecification::to_json() const { return space::json::write(*this).dump(); }
bool operator==(const AlgorithmSpecification& a, const AlgorithmSpecification& b) {
  return a.to_json() == b.to_json();
}
std::ostream& operator<<(std::ostream& out, const AlgorithmSpecification& specification) {
  return out << specification.to_json();
}

template <StoppingRuleOptions T>
StoppingRuleSpecification::StoppingRuleSpecification(T options)
    : variant_(std::make_shared<space::StoppingRuleVariant>(
          space::StoppingRuleVariant{std::move(options)})) {}

template SHERPA_API StoppingRuleSpecification::StoppingRuleSpecification(MedianStoppingRule);
template SHERPA_API StoppingRuleSpecification::StoppingRuleSpecification(PercentileStoppingRule);
template SHERPA_API StoppingRuleSpecification::StoppingRuleSpecification(ThresholdStoppingRule);
template SHERPA_API StoppingRuleSpecification::StoppingRuleSpecification(PatienceStoppingRule);
template SHERPA_API StoppingRuleSpecification::StoppingRuleSpecification(
    SuccessiveHalvingStoppingRule);
template SHERPA_API StoppingRuleSpecification::StoppingRuleSpecification(OwnStoppingRule);

std::string StoppingRuleSpecification::name() const {
  return std::visit([]<class T>(const T&) { return std::string(T::name); }, variant_->options);
}
std::string StoppingRuleSpecification::to_json() const { return space::json::write(*this).dump(); }
bool operator==(const StoppingRuleSpecification& a, const StoppingRuleSpecification& b) {
  return a.to_json() == b.to_json();
}
std::ostream& operator<<(std::ostream& out, const StoppingRuleSpecification& specification) {
  return out << specification.to_json();
}

}  // namespace sherpa
