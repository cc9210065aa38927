#include "core/feed/report.hpp"
#include "core/study_file/study_file.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/coordinator/run_checks.hpp"
#include "runtime/coordinator/run_study.hpp"

#include <sherpa/terminal.hpp>

#include <chrono>
#include <iostream>
#include <memory>

namespace sherpa::cli {

namespace {

struct RunOptions {
  std::filesystem::path study_file{};
  bool update = false, take_over = false;
  std::string dashboard_host{};  ///< wins over the study file's; empty: not given
  std::vector<std::filesystem::path> dashboard_tls{};  ///< likewise: certificate and key
  bool no_dashboard = false;
};

void print(const runtime::StudyOutcome& done, const study_file::StudyFile& file,
           const std::filesystem::path& study_file, bool json, int exit_code) {
  if (json) {
    feed::report::Json out{
        {"why", std::string(base::name_of(done.why))},
        {"best", done.best ? feed::report::of(*done.best) : feed::report::Json(nullptr)},
        {"results", (file.setup.output_dir / "results.csv").string()}};
    std::cout << out.dump(2) << '\n';
    return;
  }
  if (done.best) std::cout << '\n' << *done.best << '\n';
  std::cout << "\nall results    " << (file.setup.output_dir / "results.csv").string()
            << "\nrun it again   sherpa run " << study_file.string()
            << (exit_code == 0 ? "   (it is finished; raise max_num_trials to continue)\n"
                               : "   (it resumes where it stopped)\n");
}

int run(const RunOptions& options, bool json) {
  auto file = runtime::read_for_run(options.study_file, options.update, options.take_over, false);
  if (!options.dashboard_host.empty()) file.dashboard.host = options.dashboard_host;
  if (const auto& tls = options.dashboard_tls; !tls.empty())
    file.dashboard.tls = {tls.front(), tls.back()};
  if (options.no_dashboard) file.dashboard.enabled = false;
  StopOnSignals signals(std::chrono::duration_cast<std::chrono::seconds>(file.run.grace) +
                        std::chrono::seconds(10));
  auto done = runtime::run_study_file(file, {.stop = signals.token(), .progress = live_view()});
  print(done, file, options.study_file, json, signals.exit_code());
  return signals.exit_code();
}

}  // namespace

void add_run(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RunOptions>();
  auto* command =
      add_command(app, invocation, "run", "Run a study, or resume it", "sherpa run study.yaml",
                  [options, &invocation] { return run(*options, invocation.json); });
  command->add_option("FILE", options->study_file, "the study file")->required();
  command->add_flag("--update", options->update,
                    "accept a changed algorithm, stopping rule or command");
  command->add_flag("--take-over", options->take_over,
                    "replace a coordinator on another host that is known to be dead");
  command->add_option("--dashboard-host", options->dashboard_host,
                      "address the page listens on, such as 0.0.0.0 for all");
  command
      ->add_option("--dashboard-tls", options->dashboard_tls,
                   "certificate and key, as PEM files, to serve the page over HTTPS")
      ->type_name("CERTIFICATE KEY")
      ->expected(2);
  command->add_flag("--no-dashboard", options->no_dashboard, "do not serve the page");
  add_json(*command, invocation, "print the result as JSON");
}

}  // namespace sherpa::cli
