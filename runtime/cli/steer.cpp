#include "runtime/cli/commands.hpp"
#include "runtime/http_client/coordinator_client.hpp"
#include "runtime/store/lock.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

namespace sherpa::cli {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

int tell(const fs::path& directory, const std::string& path, const Json& body,
         const std::string& done, bool json) {
  if (runtime::StudyLock::check_free(directory))
    throw Exception({Errc::wrong_state, "no coordinator runs the study in " + directory.string() +
                                            "; sherpa run goes on with it"});
  runtime::Coordinator::of(directory).or_throw().post(path, body.dump()).or_throw();
  std::cout << (json ? Json{{"done", done}}.dump() : done) << '\n';
  return 0;
}

}  // namespace

int stop(const fs::path& directory, std::uint64_t trial, bool json) {
  return tell(directory, "/study/stop", {{"trial", trial}},
              "trial " + std::to_string(trial) + " is told to stop", json);
}
int pause(const fs::path& directory, bool json) {
  return tell(directory, "/study/pause", Json::object(),
              "no more trials start; those that run go on", json);
}
int resume(const fs::path& directory, bool json) {
  return tell(directory, "/study/resume", Json::object(), "trials start again", json);
}

int enqueue(const fs::path& directory, const std::vector<std::string>& parameters, bool json) {
  Json configuration = Json::object();
  for (const auto& parameter : parameters) {
    auto equals = parameter.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Exception({Errc::invalid_argument,
                       "'" + parameter + "' is no parameter with a value; write name=value"});
    auto text = parameter.substr(equals + 1);
    auto value = Json::parse(text, nullptr, false);
    configuration[parameter.substr(0, equals)] = value.is_discarded() ? Json(text) : value;
  }
  return tell(directory, "/study/enqueue", {{"parameters", configuration}}, "it is tried next",
              json);
}

int limit(const fs::path& directory, std::uint32_t max_concurrent, bool json) {
  return tell(directory, "/study/limit", {{"max_concurrent", max_concurrent}},
              "at most " + std::to_string(max_concurrent) + " trials run at once", json);
}

}  // namespace sherpa::cli
