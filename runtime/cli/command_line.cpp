#include "runtime/cli/command_line.hpp"

#include <utility>

namespace sherpa::cli {

CLI::App* add_command(CLI::App& app, Invocation& invocation, const std::string& name,
                      const std::string& about, const std::string& example,
                      std::function<int()> run) {
  auto* command = app.add_subcommand(name, about);
  if (!example.empty()) command->footer("Example: " + example);
  command->callback([&invocation, run = std::move(run)] { invocation.run = run; });
  return command;
}

void add_directory(CLI::App& command, std::filesystem::path& directory) {
  command.add_option("DIR", directory, "the study's output directory")->required();
}

void add_json(CLI::App& command, Invocation& invocation, const std::string& about) {
  command.add_flag("--json", invocation.json, about);
}

}  // namespace sherpa::cli
