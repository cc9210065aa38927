#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/local_command_launcher.hpp"
#include "runtime/worker/program.hpp"

#include <pthread.h>
#include <array>
#include <csignal>
#include <string>
#include <system_error>
#include <utility>

namespace sherpa::cli {

namespace fs = std::filesystem;

namespace {

constexpr auto without_work = std::chrono::seconds(60);

/// What batch systems send before they kill: to end, to be preempted, to be out of time soon.
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

/// What is kept beside a ticket so that a coordinator finds a local job again: nobody comes back to
/// one that ran here.
void tidy(fs::path ticket) {
  std::error_code ignored;
  for (const char* ending : {".json", ".lock", ".token", ".parameters", ".end"})
    fs::remove(ticket.replace_extension(ending), ignored);
}

}  // namespace

int job(const JobArguments& arguments) {
  sigset_t set;
  sigemptyset(&set);
  for (int one : notices) sigaddset(&set, one);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);  // before there are threads, which inherit it
  auto ticket = read_ticket(arguments.ticket).or_throw();

  std::stop_source stop;
  auto watch = base::quiet_thread([&] {
    int number = 0;
    if (sigwait(&set, &number) != 0 || stop.stop_requested()) return;
    base::log(LogLevel::warning, std::string("signal ") + std::to_string(number) +
                                     ": the batch system wants this job to end");
    stop.request_stop();
  });
  runtime::WorkerProgram program;
  program.join = fs::absolute(arguments.join);
  program.idle = without_work;
  program.stop = stop.get_token();
  program.token = std::move(ticket);
  program.alone = arguments.alone;
  program.timeout = arguments.timeout;
  bool welcome_here = false;
  program.launcher = [&, join = program.join](const link::Welcome& welcome,
                                              const study::Worker& as) {
    welcome_here = true;
    return run_commands_here(welcome, as, join);
  };
  auto left = runtime::run_worker(program);
  stop.request_stop();
  pthread_kill(watch.native_handle(), SIGUSR1);
  watch.join();
  if (welcome_here) tidy(arguments.ticket);
  if (std::move(left).or_throw() != runtime::Left::alone) return 0;
  throw Exception({Errc::internal, "the coordinator was gone for longer than " +
                                       std::to_string(arguments.alone.count()) +
                                       " ms; see run.orphan_grace"});
}

}  // namespace sherpa::cli
