#include "core/space/json.hpp"
#include "runtime/cli/command_line.hpp"

#include <sherpa/client.hpp>

#include <charconv>
#include <cmath>
#include <iostream>
#include <memory>

namespace sherpa::cli {

namespace {

constexpr int stop_code = 10;  // exit code: the trial should stop

double number(const std::string& text, const std::string& of) {
  double x = 0;
  // also parses nan and inf
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    throw Exception({Errc::invalid_argument, of + " must be a number, not '" + text + "'"});
  return x;
}

int get(const std::string& parameter) {
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

struct ReportOptions {
  std::string objective{};  ///< a number; NaN and Infinity, too
  std::int64_t iteration = 1;
  std::vector<std::string> context{};  ///< name=value
};

int report(const ReportOptions& options) {
  Observation seen{.objective = number(options.objective, "--objective"),
                   .iteration = options.iteration,
                   .context = {}};
  for (const auto& context : options.context) {
    auto equals = context.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Exception(
          {Errc::invalid_argument, "--context takes name=value, not '" + context + "'"});
    seen.context[context.substr(0, equals)] =
        number(context.substr(equals + 1), "--context " + context.substr(0, equals));
  }
  return Client::from_environment().report(seen) ? stop_code : 0;
}

int should_stop() { return Client::from_environment().should_stop() ? stop_code : 0; }

int end(const std::string& status, const std::string& message) {
  Client::from_environment().end(status == "failed" ? TrialStatus::failed : TrialStatus::completed,
                                 message);
  return 0;
}

void add_get(CLI::App& trial, Invocation& invocation) {
  auto name = std::make_shared<std::string>();
  add_command(trial, invocation, "get", "Print a parameter's value, or all as JSON",
              "lr=$(sherpa trial get lr)", [name] { return get(*name); })
      ->add_option("NAME", *name, "the parameter; all when left out");
}

void add_report(CLI::App& trial, Invocation& invocation) {
  auto options = std::make_shared<ReportOptions>();
  auto* command = add_command(trial, invocation, "report",
                              "Report an observation; exits with 10 when the trial should stop",
                              "sherpa trial report --iteration 3 --objective 0.12 --context "
                              "loss=1.2",
                              [options] { return report(*options); });
  command
      ->add_option("--objective", options->objective, "the objective; NaN and Infinity are allowed")
      ->required();
  command
      ->add_option("--iteration", options->iteration,
                   "the iteration, from 0; report each only once")
      ->capture_default_str();
  command->add_option("--context", options->context, "metrics, as name=value");
}

void add_should_stop(CLI::App& trial, Invocation& invocation) {
  add_command(trial, invocation, "should-stop",
              "Exit with 10 when the trial should stop, with 0 when it should continue",
              "sherpa trial should-stop; [ $? -ne 10 ] || exit 0", should_stop);
  // The former name of should-stop, kept for one version; `?` is a pattern to shells.
  add_command(trial, invocation, "stop?", "", "", [] {
    std::cerr
        << "sherpa: 'sherpa trial stop?' is now 'sherpa trial should-stop'; the old name will "
           "be removed in the next version\n";
    return should_stop();
  })->group("");
}

void add_end(CLI::App& trial, Invocation& invocation) {
  struct EndOptions {
    std::string status = "completed", message{};
  };
  auto options = std::make_shared<EndOptions>();
  auto* command = add_command(trial, invocation, "end", "Report how the trial ended",
                              "sherpa trial end --status failed --message 'no data'",
                              [options] { return end(options->status, options->message); });
  command->add_option("--status", options->status, "completed or failed")
      ->check(CLI::IsMember({"completed", "failed"}))
      ->capture_default_str();
  command->add_option("--message", options->message, "a message of one line");
}

}  // namespace

void add_trial(CLI::App& app, Invocation& invocation) {
  auto* trial =
      app.add_subcommand("trial", "In a trial's script: read its parameters, report, end");
  trial->require_subcommand(1);
  add_get(*trial, invocation);
  add_report(*trial, invocation);
  add_should_stop(*trial, invocation);
  add_end(*trial, invocation);
}

}  // namespace sherpa::cli
