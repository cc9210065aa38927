#include "runtime/cli/command_line.hpp"
#include "runtime/http_client/coordinator_client.hpp"
#include "runtime/store/lock.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>

namespace sherpa::cli {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

int tell(const fs::path& directory, const std::string& path, const Json& body,
         const std::string& done, bool json) {
  if (runtime::StudyLock::check_free(directory))
    throw Exception({Errc::wrong_state, "no coordinator runs the study in " + directory.string() +
                                            "; resume it with sherpa run"});
  runtime::Coordinator::of(directory).or_throw().post(path, body.dump()).or_throw();
  std::cout << (json ? Json{{"done", done}}.dump() : done) << '\n';
  return 0;
}

struct SteeringOptions {
  fs::path directory{};
  std::uint64_t trial = 0;
  std::vector<std::string> parameters{};
  std::uint32_t most = 0;
};

int stop(const SteeringOptions& options, bool json) {
  return tell(options.directory, "/study/stop", {{"trial", options.trial}},
              "trial " + std::to_string(options.trial) + " is asked to stop", json);
}

int pause(const SteeringOptions& options, bool json) {
  return tell(options.directory, "/study/pause", Json::object(),
              "no more trials start; running ones continue", json);
}

int resume(const SteeringOptions& options, bool json) {
  return tell(options.directory, "/study/resume", Json::object(), "trials start again", json);
}

/// Values are JSON: `lr=0.01`, `act="relu"`; the quotes may be left out.
int enqueue(const SteeringOptions& options, bool json) {
  Json configuration = Json::object();
  for (const auto& parameter : options.parameters) {
    auto equals = parameter.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Exception({Errc::invalid_argument,
                       "'" + parameter + "' is no parameter with a value; write name=value"});
    auto text = parameter.substr(equals + 1);
    auto value = Json::parse(text, nullptr, false);
    configuration[parameter.substr(0, equals)] = value.is_discarded() ? Json(text) : value;
  }
  return tell(options.directory, "/study/enqueue", {{"parameters", configuration}}, "it runs next",
              json);
}

int limit(const SteeringOptions& options, bool json) {
  return tell(options.directory, "/study/limit", {{"max_concurrent", options.most}},
              "at most " + std::to_string(options.most) + " trials run at once", json);
}

}  // namespace

void add_steering(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<SteeringOptions>();
  auto add = [&](const char* name, const char* about, const char* example, auto run) {
    auto* command = add_command(app, invocation, name, about, example, [options, run, &invocation] {
      return run(*options, invocation.json);
    });
    add_directory(*command, options->directory);
    add_json(*command, invocation);
    return command;
  };
  add("stop", "Stop a running trial", "sherpa stop output/digits 12", stop)
      ->add_option("TRIAL", options->trial, "the trial's number")
      ->required();
  add("pause", "Start no more trials for now", "sherpa pause output/digits", pause);
  add("resume", "Start trials again", "sherpa resume output/digits", resume);
  add("enqueue", "Try this configuration next", "sherpa enqueue output/digits lr=0.01 act=relu",
      enqueue)
      ->add_option("PARAMETER", options->parameters, "name=value, for every parameter")
      ->required();
  add("limit", "Change how many trials run at once", "sherpa limit output/digits 4", limit)
      ->add_option("TRIALS", options->most, "the maximum number of concurrent trials")
      ->required();
}

}  // namespace sherpa::cli
