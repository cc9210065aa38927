#include "core/base/duration.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/manual.hpp"
#include "schedulers/local/job_shim.hpp"

#include <sherpa/error.hpp>
#include <sherpa/version.hpp>

#include <CLI/CLI.hpp>

#include <cstring>
#include <functional>
#include <iostream>
#include <sstream>

// The command `sherpa`. Which commands and options there are stands here; what they do, in the
// files beside.

namespace {

using namespace sherpa;

constexpr const char* exit_codes =
    "Exit codes: 0 done, 1 the study failed, 2 wrong usage or study file, 3 refused (locked, newer "
    "version), 4 disk or store, "
    "130 interrupted (the same command goes on).";

struct Commands {
  std::filesystem::path path;
  std::function<int()> chosen;

  CLI::App* add(CLI::App& app, const std::string& name, const std::string& what,
                const std::string& example, std::function<int()> command) {
    auto* sub = app.add_subcommand(name, what);
    sub->footer("Example: " + example);
    sub->callback([this, command = std::move(command)] { chosen = command; });
    return sub;
  }
  /// A command about the study in a directory.
  CLI::App* about(CLI::App& app, const std::string& name, const std::string& what,
                  const std::string& example, std::function<int()> command) {
    auto* sub = add(app, name, what, example, std::move(command));
    sub->add_option("DIR", path, "the study's output directory")->required();
    return sub;
  }
};

cli::Described::Option described(const CLI::Option& option) {
  cli::Described::Option out;
  out.positional = option.get_positional();
  out.required = option.get_required();
  out.repeated = option.get_items_expected_max() > 1;
  out.about = option.get_description();
  if (out.positional) {
    out.names.push_back(option.get_name(true));
  } else {
    for (const auto& name : option.get_snames()) out.names.push_back("-" + name);
    for (const auto& name : option.get_lnames()) out.names.push_back("--" + name);
  }
  if (option.get_type_size() == 0) return out;  // a flag
  out.value = option.get_type_name();
  if (auto choices = out.value.find(":{"); choices != std::string::npos) {
    std::istringstream in(out.value.substr(choices + 2, out.value.size() - choices - 3));
    for (std::string choice; std::getline(in, choice, ',');) out.choices.push_back(choice);
    out.value.resize(choices);
  }
  return out;
}

/// What people may type, without what is hidden.
cli::Described described(const CLI::App& app) {
  cli::Described out{.name = app.get_name(),
                     .about = app.get_description(),
                     .footer = app.get_footer(),
                     .options = {},
                     .commands = {}};
  for (const auto* option : app.get_options())
    if (!option->get_group().empty()) out.options.push_back(described(*option));
  for (const auto* below : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (below->get_name().empty()) {  // options that belong together
      for (const auto* option : below->get_options()) out.options.push_back(described(*option));
    } else if (!below->get_group().empty()) {
      out.commands.push_back(described(*below));
    }
  }
  return out;
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{"Hyperparameter optimisation: tunes any command, in parallel, and loses nothing."};
  app.name("sherpa");
  app.require_subcommand(1);
  app.set_version_flag("--version", "sherpa " + std::string(version()), "show the version");
  app.footer(exit_codes);
  Commands commands;
  auto& path = commands.path;

  cli::RunArguments run;
  auto* run_command = commands.add(app, "run", "Run a study, or go on with it",
                                   "sherpa run study.yaml", [&] { return cli::run(run); });
  run_command->add_option("FILE", run.study_file, "the study file")->required();
  run_command->add_flag("--update", run.update,
                        "take over a changed algorithm, stopping rule or command");
  run_command->add_flag("--take-over", run.take_over,
                        "the coordinator on another host is known to be dead");
  run_command->add_option("--dashboard-host", run.dashboard_host,
                          "address the page listens on, such as 0.0.0.0 for all");
  run_command
      ->add_option("--dashboard-tls", run.dashboard_tls,
                   "certificate and key, in PEM, to encrypt the page with")
      ->type_name("CERTIFICATE KEY")
      ->expected(2);
  run_command->add_flag("--no-dashboard", run.no_dashboard, "without the page");
  run_command->add_flag("--json", run.json, "print the result as JSON");

  cli::WorkerArguments worker;
  std::string idle = "10m", grace = "30s";
  auto* worker_command =
      commands.add(app, "worker", "Run trials of a study that is coordinated elsewhere",
                   "sherpa worker --join output/digits/join --slots 2 --resource gpu:0 gpu:1", [&] {
                     worker.grace = base::parse_duration(grace).or_throw();
                     if (idle != "never") worker.idle = base::parse_duration(idle).or_throw();
                     return cli::worker(worker);
                   });
  worker_command
      ->add_option("--join", worker.join,
                   "the file that sherpa run wrote into its output directory")
      ->required();
  worker_command->add_option("--slots", worker.slots, "trials at once")->capture_default_str();
  worker_command->add_option(
      "--resource", worker.resources,
      "units it offers, such as gpu:0; default: what CUDA_VISIBLE_DEVICES shows");
  worker_command->add_option("--name", worker.name,
                             "unique in the study; default: the host and the process");
  worker_command
      ->add_option("--grace", grace,
                   "told to stop, it takes no more trials, and those it has get this time to end "
                   "by themselves")
      ->capture_default_str();
  worker_command
      ->add_option("--idle", idle, "leave after this time without work, such as 10m; or never")
      ->capture_default_str();
  worker_command->add_option("--parent", worker.parent)->group("");  // for sherpa run

  cli::JobArguments job;
  std::string alone = "30s", timeout;
  auto* job_command =
      commands.add(app, "job", "Run one attempt of a trial, as a job that Sherpa has submitted",
                   "sherpa job --join FILE --ticket FILE", [&] {
                     job.alone = base::parse_duration(alone).or_throw();
                     if (!timeout.empty()) job.timeout = base::parse_duration(timeout).or_throw();
                     return cli::job(job);
                   });
  job_command->group("");  // nobody types it
  job_command->add_option("--join", job.join, "the study's join file")->required();
  job_command->add_option("--ticket", job.ticket, "the file with the attempt's secret")->required();
  job_command->add_option("--alone", alone, "give up after this time without a coordinator");
  job_command->add_option("--timeout", timeout, "the attempt is told to stop after this time");

  bool json = false;
  auto* validate_command =
      commands.add(app, "validate", "Check a study file", "sherpa validate study.yaml",
                   [&] { return cli::validate(path, json); });
  validate_command->add_option("FILE", path, "the study file")->required();
  validate_command->add_flag("--json", json, "for programs");

  commands
      .about(app, "status", "Show how a study stands", "sherpa status output/digits",
             [&] { return cli::status(path, json); })
      ->add_flag("--json", json, "for programs");

  commands
      .about(app, "predict",
             "Print the configuration that a model of the results expects to be best",
             "sherpa predict output/digits", [&] { return cli::predict(path, json); })
      ->add_flag("--json", json, "for programs");

  bool csv = false, html = false;
  auto* export_command = commands.about(
      app, "export", "Print all results", "sherpa export output/digits --csv > results.csv", [&] {
        return cli::export_results(path, html   ? cli::Format::html
                                         : json ? cli::Format::json
                                                : cli::Format::csv);
      });
  auto* formats = export_command->add_option_group("format");
  formats->add_flag("--csv", csv, "SHERPA's table");
  formats->add_flag("--json", json, "a list of rows");
  formats->add_flag("--html", html, "the page, in one file that needs nothing else");
  formats->require_option(1);

  cli::DashboardArguments page;
  auto* dashboard_command =
      commands.add(app, "dashboard", "Show studies in the browser",
                   "sherpa dashboard output/digits", [&] { return cli::show_dashboard(page); });
  dashboard_command->add_option("DIR", page.directories, "the studies' output directories")
      ->required();
  dashboard_command
      ->add_option("--host", page.host, "address to listen on, such as 0.0.0.0 for all")
      ->capture_default_str();
  dashboard_command->add_option("--port", page.port, "default: the first free one of 8880 to 9999");
  dashboard_command
      ->add_option("--tls", page.tls, "certificate and key, in PEM, to encrypt it with")
      ->type_name("CERTIFICATE KEY")
      ->expected(2);
  dashboard_command->add_flag("--viewer", page.viewer,
                              "a link for somebody who sees and changes nothing");

  std::uint64_t trial = 0;
  auto steering = [&](const char* name, const char* about, const char* example,
                      std::function<int()> run) {
    auto* command = commands.about(app, name, about, example, std::move(run));
    command->add_flag("--json", json, "for programs");
    return command;
  };
  steering("stop", "Stop a running trial", "sherpa stop output/digits 12",
           [&] { return cli::stop(path, trial, json); })
      ->add_option("TRIAL", trial, "its number")
      ->required();
  steering("pause", "Start no more trials for now", "sherpa pause output/digits",
           [&] { return cli::pause(path, json); });
  steering("resume", "Start trials again", "sherpa resume output/digits",
           [&] { return cli::resume(path, json); });
  std::vector<std::string> parameters;
  steering("enqueue", "Try this configuration next",
           "sherpa enqueue output/digits lr=0.01 act=relu",
           [&] { return cli::enqueue(path, parameters, json); })
      ->add_option("PARAMETER", parameters, "name=value, for every parameter")
      ->required();
  std::uint32_t most = 0;
  steering("limit", "Change how many trials run at once", "sherpa limit output/digits 4",
           [&] { return cli::limit(path, most, json); })
      ->add_option("TRIALS", most, "at once")
      ->required();

  auto* trial_app =
      app.add_subcommand("trial", "In a trial's script: read its parameters, report, end");
  trial_app->require_subcommand(1);
  std::string name;
  commands
      .add(*trial_app, "get", "Print a parameter's value, or all as JSON",
           "lr=$(sherpa trial get lr)", [&] { return cli::trial_get(name); })
      ->add_option("NAME", name, "the parameter; all when left out");
  cli::ReportArguments report;
  auto* report_command = commands.add(
      *trial_app, "report", "Report a measurement; exits with 10 when the trial should stop",
      "sherpa trial report --iteration 3 --objective 0.12 --context loss=1.2",
      [&] { return cli::trial_report(report); });
  report_command
      ->add_option("--objective", report.objective, "what is tuned; NaN and Infinity are allowed")
      ->required();
  report_command->add_option("--iteration", report.iteration, "from 0; each once")
      ->capture_default_str();
  report_command->add_option("--context", report.context, "further values, name=value");
  commands.add(*trial_app, "should-stop",
               "Exit with 10 when the trial should stop, with 0 when it should continue",
               "sherpa trial should-stop; [ $? -ne 10 ] || exit 0",
               [] { return cli::trial_should_stop(); });
  // Its former name, for one version: a shell takes `?` for a pattern.
  commands
      .add(*trial_app, "stop?", "", "",
           [] {
             std::cerr << "sherpa: 'sherpa trial stop?' is now 'sherpa trial should-stop'; the old "
                          "name will be removed in the next version\n";
             return cli::trial_should_stop();
           })
      ->group("");
  std::string end_status = "completed", message;
  auto* end_command = commands.add(*trial_app, "end", "Say how the trial ended",
                                   "sherpa trial end --status failed --message 'no data'",
                                   [&] { return cli::trial_end(end_status, message); });
  end_command->add_option("--status", end_status, "completed or failed")
      ->check(CLI::IsMember({"completed", "failed"}))
      ->capture_default_str();
  end_command->add_option("--message", message, "one line for people");

  auto* algorithms_command =
      commands.add(app, "algorithms", "Show the algorithms and stopping rules with their options",
                   "sherpa algorithms RandomSearch", [&] { return cli::algorithms(name, json); });
  algorithms_command->add_option("NAME", name, "only this one");
  algorithms_command->add_flag("--json", json, "for programs");
  commands
      .add(app, "version", "Show the version", "sherpa version",
           [&] { return cli::show_version(json); })
      ->add_flag("--json", json, "for programs");
  commands
      .add(app, "manual", "Write manual pages and shell completion",
           "sherpa manual /usr/local/share",
           [&] { return cli::write_manual(described(app), std::string(version()), path); })
      ->group("")
      ->add_option("DIR", path, "below which they are written")
      ->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return commands.chosen();
  } catch (const Exception& e) {
    if (json || run.json) cli::print_error(e);
    throw;
  }
}

}  // namespace

int main(int argc, char** argv) try {
  // The shim around a local job starts a thousand times: nothing else comes before it.
  if (argc > 2 && std::strcmp(argv[1], "job") == 0 && std::strcmp(argv[2], "--local") == 0)
    return schedulers::run_job_shim(argc, argv);
  return parse_and_run(argc, argv);
} catch (const sherpa::Exception& e) {
  std::cerr << "sherpa: " << e.what() << '\n';
  return sherpa::exit_code(e.code());
} catch (const std::exception& e) {
  std::cerr << "sherpa: " << e.what() << '\n';
  return 1;
}
