#include "core/space/specification.hpp"

#include "core/space/json.hpp"
#include "core/space/specification_checks.hpp"

#include <ostream>
#include <utility>

namespace sherpa {

namespace space {

namespace {

template <class T, class Read>
Result<T> parse(std::string_view text, Read read) {
  try {
    return read(json::Json::parse(text));
  } catch (const Exception& e) {
    return Error{e.code(), e.what()};
  } catch (const json::Json::exception& e) {
    return Error{Errc::invalid_argument, std::string("not JSON: ") + e.what()};
  }
}

}  // namespace

Result<AlgorithmSpecification> algorithm_from_json(std::string_view text) {
  return parse<AlgorithmSpecification>(text, json::read_algorithm);
}

Result<StoppingRuleSpecification> stopping_rule_from_json(std::string_view text) {
  return parse<StoppingRuleSpecification>(text, json::read_stopping_rule);
}

std::string parameters_to_json(const std::vector<Parameter>& parameters) {
  json::Json out = json::Json::array();
  for (const auto& parameter : parameters) out.push_back(json::write(parameter));
  return out.dump();
}

Result<std::vector<Parameter>> parameters_from_json(std::string_view text) {
  return parse<std::vector<Parameter>>(text, [](const json::Json& in) {
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
