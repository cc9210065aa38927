#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <functional>
#include <string>

/// The command `sherpa`: each command adds itself, its options and what it does to the parser, in a
/// file of its own. What goes wrong is thrown as sherpa::Exception.
namespace sherpa::cli {

/// What the arguments of the process ask for.
struct Invocation {
  std::function<int()> run{};  ///< the chosen command; returns the exit code of the process
  bool json = false;           ///< print JSON for programs, also of errors
};

/// Adds a command to `app`, with an example for its help. The options of a command live as long as
/// `run`: they are held by a shared pointer that it captures.
CLI::App* add_command(CLI::App& app, Invocation& invocation, const std::string& name,
                      const std::string& about, const std::string& example,
                      std::function<int()> run);
void add_directory(CLI::App& command, std::filesystem::path& directory);
void add_json(CLI::App& command, Invocation& invocation, const std::string& about = "for programs");

void add_run(CLI::App& app, Invocation& invocation);
void add_worker(CLI::App& app, Invocation& invocation);
void add_job(CLI::App& app, Invocation& invocation);
void add_validate(CLI::App& app, Invocation& invocation);
void add_status(CLI::App& app, Invocation& invocation);
void add_predict(CLI::App& app, Invocation& invocation);
void add_export(CLI::App& app, Invocation& invocation);
void add_dashboard(CLI::App& app, Invocation& invocation);
void add_steering(CLI::App& app, Invocation& invocation);  ///< stop, pause, resume, enqueue, limit
void add_trial(CLI::App& app, Invocation& invocation);     ///< get, report, should-stop, end
void add_algorithms(CLI::App& app, Invocation& invocation);
void add_version(CLI::App& app, Invocation& invocation);
void add_manual(CLI::App& app, Invocation& invocation);  ///< of all commands in `app`

}  // namespace sherpa::cli
