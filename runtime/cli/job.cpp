#include "core/base/duration.hpp"
#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/worker/local_command_launcher.hpp"
#include "runtime/worker/program.hpp"

#include <pthread.h>
#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace sherpa::cli {

namespace fs = std::filesystem;

namespace {

struct JobOptions {
  fs::path join{}, ticket{};
  std::string alone = "30s";  ///< without a coordinator, before it gives up
  std::string timeout{};      ///< empty: none
};

constexpr auto without_work = std::chrono::seconds(60);

/// The signals that batch systems send before a kill: at a cancellation, preemption or time limit.
constexpr std::array notices{SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};

/// The secret alone, without the line break after it.
Result<std::string> read_ticket(const fs::path& file) {
  auto text = base::read_file(file);
  if (!text)
    return Error{Errc::refused, "cannot read " + file.string() +
                                    ": this attempt has ended, or the file system is not shared"};
  auto ticket = text->substr(0, text->find('\n'));
  if (ticket.empty())
    return Error{Errc::refused, file.string() + " is empty; this attempt has ended"};
  return ticket;
}

/// Removes the files beside a ticket by which a coordinator finds a local job again: no coordinator
/// looks for one that ran here.
void tidy(fs::path ticket) {
  std::error_code ignored;
  for (const char* ending : {".json", ".lock", ".token", ".parameters", ".end"})
    fs::remove(ticket.replace_extension(ending), ignored);
}

/// Runs one attempt of a trial, for a batch system. Returns 0 when how the attempt ended is stored,
/// however it ended: batch systems interpret exit codes in their own ways.
int job(const JobOptions& options) {
  sigset_t set;
  sigemptyset(&set);
  for (int one : notices) sigaddset(&set, one);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);  // before there are threads, which inherit it
  auto ticket = read_ticket(options.ticket).or_throw();
  runtime::WorkerProgram program;
  program.alone = base::parse_duration(options.alone).or_throw();
  if (!options.timeout.empty()) program.timeout = base::parse_duration(options.timeout).or_throw();

  std::stop_source stop;
  auto watch = base::quiet_thread([&] {
    int number = 0;
    if (sigwait(&set, &number) != 0 || stop.stop_requested()) return;
    base::log(LogLevel::warning, std::string("signal ") + std::to_string(number) +
                                     ": the batch system wants this job to end");
    stop.request_stop();
  });
  program.join = fs::absolute(options.join);
  program.idle = without_work;
  program.stop = stop.get_token();
  program.token = std::move(ticket);
  bool welcome_here = false;
  program.launcher = [&, join = program.join](const link::Welcome& welcome,
                                              const study::Worker& as) {
    welcome_here = true;
    return runtime::run_commands_here(welcome, as, join);
  };
  auto left = runtime::run_worker(program);
  stop.request_stop();
  pthread_kill(watch.native_handle(), SIGUSR1);
  watch.join();
  if (welcome_here) tidy(options.ticket);
  if (std::move(left).or_throw() != runtime::Left::alone) return 0;
  throw Exception({Errc::internal, "the coordinator was gone for longer than " +
                                       std::to_string(program.alone->count()) +
                                       " ms; see run.orphan_grace"});
}

}  // namespace

void add_job(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<JobOptions>();
  auto* command = add_command(
      app, invocation, "job", "Run one attempt of a trial, as a job that Sherpa has submitted",
      "sherpa job --join FILE --ticket FILE", [options] { return job(*options); });
  command->group("");  // hidden: the batch system runs it
  command->add_option("--join", options->join, "the study's join file")->required();
  command->add_option("--ticket", options->ticket, "the file with the attempt's secret")
      ->required();
  command->add_option("--alone", options->alone, "give up after this time without a coordinator");
  command->add_option("--timeout", options->timeout, "stop the attempt after this time");
}

}  // namespace sherpa::cli
