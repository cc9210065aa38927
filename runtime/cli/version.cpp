#include "runtime/cli/command_line.hpp"

#include <sherpa/version.hpp>

#include <nlohmann/json.hpp>

#include <iostream>

namespace sherpa::cli {

void add_version(CLI::App& app, Invocation& invocation) {
  auto* command =
      add_command(app, invocation, "version", "Show the version", "sherpa version", [&invocation] {
        if (invocation.json) {
          std::cout << nlohmann::ordered_json{{"version", std::string(version())}}.dump() << '\n';
        } else {
          std::cout << "sherpa " << version() << '\n';
        }
        return 0;
      });
  add_json(*command, invocation);
}

}  // namespace sherpa::cli
