#include "runtime/cli/commands.hpp"
#include "runtime/cli/local_command_launcher.hpp"
#include "runtime/worker/program.hpp"

#include <sherpa/terminal.hpp>

#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <thread>

namespace sherpa::cli {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

/// `0,2` in CUDA_VISIBLE_DEVICES: gpu:0, gpu:2.
std::vector<std::string> visible_gpus() {
  std::vector<std::string> units;
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  std::istringstream in(visible ? visible : "");
  for (std::string one; std::getline(in, one, ',');)
    if (!one.empty()) units.push_back("gpu:" + one);
  return units;
}

}  // namespace

int worker(const WorkerArguments& arguments) {
  auto refuse = [](const std::string& why) { throw Exception({Errc::invalid_argument, why}); };
  if (arguments.slots == 0) refuse("--slots must be at least 1");
  const auto grace = arguments.parent != 0 ? 0ms : arguments.grace;
  StopOnSignals signals(std::chrono::ceil<std::chrono::seconds>(grace) + 60s);
  // What Grid Engine sends before it ends or suspends a job.
  for (int notice : {SIGUSR1, SIGUSR2}) std::signal(notice, [](int) { std::raise(SIGTERM); });
  std::stop_source stop;
  std::stop_callback on_signal(signals.token(), [&] { stop.request_stop(); });
  // A worker that its coordinator has started goes with it.
  std::jthread parent;
  if (arguments.parent != 0)
    parent = std::jthread([&stop, pid = arguments.parent](const std::stop_token& over) {
      while (!over.stop_requested() && ::getppid() == pid) std::this_thread::sleep_for(200ms);
      stop.request_stop();
    });
  runtime::WorkerProgram program;
  program.join = fs::absolute(arguments.join);
  program.name = arguments.name;
  program.slots = arguments.slots;
  program.resources = arguments.resources.empty() ? visible_gpus() : arguments.resources;
  program.idle = arguments.idle;
  program.grace = grace;
  program.stop = stop.get_token();
  program.launcher = [join = program.join](const link::Welcome& welcome, const study::Worker& as) {
    return run_commands_here(welcome, as, join);
  };
  auto left = runtime::run_worker(program).or_throw();
  switch (left) {
    case runtime::Left::finished: std::cout << "the study has ended\n"; break;
    case runtime::Left::idle: std::cout << "there was no work for a while; leaving\n"; break;
    case runtime::Left::told:
    case runtime::Left::alone:
    case runtime::Left::changed: break;
  }
  return signals.exit_code();
}

}  // namespace sherpa::cli
