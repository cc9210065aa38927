#include "runtime/cli/command_line.hpp"
#include "runtime/cli/standard_output.hpp"
#include "schedulers/local/job_shim.hpp"

#include <sherpa/error.hpp>
#include <sherpa/version.hpp>

#include <nlohmann/json.hpp>

#include <cstring>
#include <iostream>

namespace {

using namespace sherpa;

constexpr const char* exit_codes =
    "Exit codes: 0 done, 1 the study failed, 2 wrong usage or study file, 3 refused (locked, newer "
    "version), 4 disk or store, "
    "130 interrupted (run the same command again to resume).";

void add_commands(CLI::App& app, cli::Invocation& invocation) {
  for (auto* add : {cli::add_run, cli::add_worker, cli::add_job, cli::add_validate, cli::add_status,
                    cli::add_predict, cli::add_export, cli::add_dashboard, cli::add_steering,
                    cli::add_trial, cli::add_algorithms, cli::add_version, cli::add_manual})
    add(app, invocation);
}

/// `{"error": …, "exit_code": …}` on standard output.
void print_json(const Exception& error) {
  nlohmann::ordered_json out{{"error", error.what()}, {"exit_code", exit_code(error.code())}};
  std::cout << out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{"Hyperparameter optimisation: tunes any command, in parallel, and loses nothing."};
  app.name("sherpa");
  app.require_subcommand(1);
  app.set_version_flag("--version", "sherpa " + std::string(version()), "show the version");
  app.footer(exit_codes);
  cli::Invocation invocation;
  add_commands(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return invocation.run();
  } catch (const Exception& e) {
    if (invocation.json) print_json(e);
    throw;
  }
}

/// What a command prints is its result: when it cannot be written, the command has failed.
int run_command(int argc, char** argv) {
  cli::StandardOutput output;
  const int code = parse_and_run(argc, argv);
  auto written = output.finish();
  if (written) return code;
  if (code == 0) throw Exception(written.error());
  std::cerr << "sherpa: " << written.error().message << '\n';
  return code;
}

}  // namespace

int main(int argc, char** argv) try {
  // The shim around a local job starts thousands of times, so it skips everything else.
  if (argc > 2 && std::strcmp(argv[1], "job") == 0 && std::strcmp(argv[2], "--local") == 0)
    return schedulers::run_job_shim(argc, argv);
  return run_command(argc, argv);
} catch (const sherpa::Exception& e) {
  std::cerr << "sherpa: " << e.what() << '\n';
  return sherpa::exit_code(e.code());
} catch (const std::exception& e) {
  std::cerr << "sherpa: " << e.what() << '\n';
  return 1;
}
