#include "core/base/duration.hpp"
#include "core/base/text.hpp"
#include "core/feed/report.hpp"
#include "core/space/specification_limits.hpp"
#include "core/study_file/study_file.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/coordinator/run_checks.hpp"
#include "runtime/coordinator/run_study.hpp"

#include <sherpa/terminal.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>

namespace sherpa::cli {

namespace {

struct RunOptions {
  std::filesystem::path study_file{};
  bool update = false, take_over = false;
  std::string dashboard_host{};  ///< wins over the study file's; empty: not given
  std::vector<std::filesystem::path> dashboard_tls{};  ///< likewise: certificate and key
  bool no_dashboard = false;
  bool retry_failed = false;
  std::string time_budget{};  ///< wins over the study file's; empty: not given
  bool time_budget_per_run = false;
};

namespace report = feed::report;
using study::EndOfStudy;

/// What makes the study go on, in words: `it is finished; raise max_num_trials to continue`.
std::string how_to_continue(const runtime::StudyOutcome& done, const study_file::StudyFile& file) {
  switch (done.why) {
    case EndOfStudy::cancelled:
    case EndOfStudy::error: return "it resumes where it was";
    case EndOfStudy::time: return "its time is used up; raise time_budget to continue";
    case EndOfStudy::exhausted:
    case EndOfStudy::budget: break;
  }
  const auto limit = space::limit_to_raise(file.setup.algorithm, done.why == EndOfStudy::budget);
  std::string out = "it is finished";
  if (!limit.empty()) out.append("; raise ").append(limit).append(" to continue");
  return out;
}

/// What the output of the attempt that failed last is in, where there is such a file.
std::filesystem::path output_of_failure(const Progress& last,
                                        const std::filesystem::path& output_dir) {
  if (!last.last_failure) return {};
  auto file = output_dir / "jobs" / ("trial_" + std::to_string(last.last_failure->trial) + ".out");
  std::error_code ignored;
  return std::filesystem::exists(file, ignored) ? file : std::filesystem::path();
}

void print_json(const runtime::StudyOutcome& done, const std::filesystem::path& output_dir,
                int exit_code) {
  const auto& last = done.last;
  report::Json out{{"why", std::string(base::name_of(done.why))},
                   {"best", last.best ? report::of(*last.best) : report::Json(nullptr)},
                   {"results", (output_dir / "results.csv").string()},
                   {"completed", last.completed},
                   {"failed", last.failed},
                   {"stopped", last.stopped}};
  if (last.last_failure) {
    out["last_failure"] = report::of(*last.last_failure);
    const auto file = output_of_failure(last, output_dir);
    out["last_failure"]["output"] =
        file.empty() ? report::Json(nullptr) : report::Json(file.string());
  }
  if (auto failure = done.failure(); !failure.empty()) {
    out["error"] = failure;
    out["exit_code"] = exit_code;
  }
  std::cout << out.dump(2, ' ', false, report::Json::error_handler_t::replace) << '\n';
}

void print(const runtime::StudyOutcome& done, const study_file::StudyFile& file,
           const std::filesystem::path& study_file) {
  const auto& output_dir = file.setup.output_dir;
  if (done.last.best) std::cout << '\n' << *done.last.best << '\n';
  std::cout << "\nall results    " << (output_dir / "results.csv").string();
  if (auto output = output_of_failure(done.last, output_dir);
      done.last.only_failures() && !output.empty())
    std::cout << "\nlast output    " << output.string();
  std::cout << "\nrun it again   sherpa run " << study_file.string() << "   ("
            << how_to_continue(done, file) << ")\n";
  if (done.last.failed > 0)
    std::cout << "run failed     sherpa run --retry-failed " << study_file.string() << '\n';
  std::cout.flush();
  if (auto failure = done.failure(); !failure.empty()) std::cerr << "sherpa: " << failure << '\n';
}

study_file::StudyFile read_file(const RunOptions& options) {
  auto file = runtime::read_for_run(options.study_file, options.update, options.take_over, false);
  if (!options.dashboard_host.empty()) file.dashboard.host = options.dashboard_host;
  if (const auto& tls = options.dashboard_tls; !tls.empty())
    file.dashboard.tls = {tls.front(), tls.back()};
  if (options.no_dashboard) file.dashboard.enabled = false;
  if (!options.time_budget.empty()) {
    auto budget = base::parse_duration(options.time_budget);
    if (!budget || budget->count() <= 0)
      throw Exception(
          {Errc::invalid_argument, "--time-budget: expected a duration such as 8h, not " +
                                       base::quote(options.time_budget)});
    file.time_budget = *budget;
  }
  if (options.time_budget_per_run) file.time_budget_per_run = true;
  return file;
}

int run(const RunOptions& options, bool json) {
  const auto file = read_file(options);
  StopOnSignals signals(std::chrono::duration_cast<std::chrono::seconds>(file.run.grace) +
                        std::chrono::seconds(10));
  auto done = runtime::run_study_file(
      file,
      {.stop = signals.token(), .progress = live_view(), .retry_failed = options.retry_failed});
  int code = signals.exit_code();
  if (code == 0 && !done.failure().empty()) code = exit_code(Errc::study_failed);
  if (json) {
    print_json(done, file.setup.output_dir, code);
  } else {
    print(done, file, options.study_file);
  }
  return code;
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
  command->add_flag("--retry-failed", options->retry_failed,
                    "run the configurations of failed trials again, as new trials");
  command->add_option("--time-budget", options->time_budget,
                      "after this time, such as 8h, no trial starts any more");
  command->add_flag("--time-budget-per-run", options->time_budget_per_run,
                    "each run has the whole time budget; otherwise all runs share it");
  command->add_flag("--no-dashboard", options->no_dashboard, "do not serve the page");
  add_json(*command, invocation, "print the result as JSON");
}

}  // namespace sherpa::cli
