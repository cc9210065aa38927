#include "core/base/duration.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/worker/local_command_launcher.hpp"
#include "runtime/worker/program.hpp"

#include <sherpa/terminal.hpp>

#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>

namespace sherpa::cli {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

struct WorkerOptions {
  fs::path join{};
  std::uint32_t slots = 1;
  std::vector<std::string> resources{};
  std::string name{};
  std::string idle = "10m", grace = "30s";
  int parent = 0;  ///< the process that started it, and with which it goes; 0: it stays by itself
};

/// `0,2` in CUDA_VISIBLE_DEVICES: gpu:0, gpu:2.
std::vector<std::string> visible_gpus() {
  std::vector<std::string> units;
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  std::istringstream in(visible ? visible : "");
  for (std::string one; std::getline(in, one, ',');)
    if (!one.empty()) units.push_back("gpu:" + one);
  return units;
}

int worker(const WorkerOptions& options) {
  const auto grace_given = base::parse_duration(options.grace).or_throw();
  auto refuse = [](const std::string& why) { throw Exception({Errc::invalid_argument, why}); };
  if (options.slots == 0) refuse("--slots must be at least 1");
  const auto grace = options.parent != 0 ? 0ms : grace_given;
  StopOnSignals signals(std::chrono::ceil<std::chrono::seconds>(grace) + 60s);
  // Grid Engine's signals before it ends or suspends a job.
  for (int notice : {SIGUSR1, SIGUSR2}) std::signal(notice, [](int) { std::raise(SIGTERM); });
  std::stop_source stop;
  std::stop_callback on_signal(signals.token(), [&] { stop.request_stop(); });
  // A worker that its coordinator has started ends with it.
  std::jthread parent;
  if (options.parent != 0)
    parent = std::jthread([&stop, pid = options.parent](const std::stop_token& over) {
      while (!over.stop_requested() && ::getppid() == pid) std::this_thread::sleep_for(200ms);
      stop.request_stop();
    });
  runtime::WorkerProgram program;
  program.join = fs::absolute(options.join);
  program.name = options.name;
  program.slots = options.slots;
  program.resources = options.resources.empty() ? visible_gpus() : options.resources;
  if (options.idle != "never") program.idle = base::parse_duration(options.idle).or_throw();
  program.grace = grace;
  program.stop = stop.get_token();
  program.launcher = [join = program.join](const link::Welcome& welcome, const study::Worker& as) {
    return runtime::run_commands_here(welcome, as, join);
  };
  auto left = runtime::run_worker(program).or_throw();
  switch (left) {
    case runtime::Left::finished: std::cout << "the study has ended\n"; break;
    case runtime::Left::idle: std::cout << "there was no work for a while; leaving\n"; break;
    case runtime::Left::asked:
    case runtime::Left::alone:
    case runtime::Left::changed: break;
  }
  return signals.exit_code();
}

}  // namespace

void add_worker(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<WorkerOptions>();
  auto* command =
      add_command(app, invocation, "worker", "Run trials of a study that is coordinated elsewhere",
                  "sherpa worker --join output/digits/join --slots 2 --resource gpu:0 gpu:1",
                  [options] { return worker(*options); });
  command
      ->add_option("--join", options->join,
                   "the file that sherpa run wrote into its output directory")
      ->required();
  command->add_option("--slots", options->slots, "the maximum number of concurrent trials")
      ->capture_default_str();
  command->add_option(
      "--resource", options->resources,
      "resource units to offer, such as gpu:0; default: those of CUDA_VISIBLE_DEVICES");
  command->add_option("--name", options->name,
                      "the worker's name, unique in the study; default: host and process");
  command
      ->add_option("--grace", options->grace,
                   "after a request to stop, the time for running trials to end; no new ones "
                   "start")
      ->capture_default_str();
  command
      ->add_option("--idle", options->idle,
                   "leave after this time without work, such as 10m; or never")
      ->capture_default_str();
  command->add_option("--parent", options->parent)->group("");  // for sherpa run
}

}  // namespace sherpa::cli
