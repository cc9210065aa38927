#include "core/space/json.hpp"
#include "runtime/cli/commands.hpp"

#include <sherpa/client.hpp>

#include <charconv>
#include <cmath>
#include <iostream>
#include <limits>

namespace sherpa::cli {

namespace {

constexpr int stop_code = 10;  // exit code: the trial should stop

double number(const std::string& text, const std::string& of) {
  double x = 0;
  // knows nan and inf
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    throw Exception({Errc::invalid_argument, of + " must be a number, not '" + text + "'"});
  return x;
}

}  // namespace

int trial_get(const std::string& parameter) {
  auto trial = Client::from_environment().get_trial();
  if (parameter.empty()) {
    std::cout << space::json::write(trial.parameters).dump() << '\n';
    return 0;
  }
  const auto* value = trial.parameters.find(parameter);
  if (!value) {
    std::string names;
    for (auto [name, ignored] : trial.parameters) names += (names.empty() ? "" : ", ") + name;
    throw Exception(
        {Errc::invalid_argument, "there is no parameter '" + parameter + "'; there are " + names});
  }
  std::cout << (value->kind() == Value::Kind::text ? value->text() : value->show()) << '\n';
  return 0;
}

int trial_report(const ReportArguments& arguments) {
  Observation seen{.objective = number(arguments.objective, "--objective"),
                   .iteration = arguments.iteration,
                   .context = {}};
  for (const auto& context : arguments.context) {
    auto equals = context.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Exception(
          {Errc::invalid_argument, "--context takes name=value, not '" + context + "'"});
    seen.context[context.substr(0, equals)] =
        number(context.substr(equals + 1), "--context " + context.substr(0, equals));
  }
  return Client::from_environment().report(seen) ? stop_code : 0;
}

int trial_should_stop() { return Client::from_environment().should_stop() ? stop_code : 0; }

int trial_end(const std::string& status, const std::string& message) {
  Client::from_environment().end(status == "failed" ? TrialStatus::failed : TrialStatus::completed,
                                 message);
  return 0;
}

}  // namespace sherpa::cli
