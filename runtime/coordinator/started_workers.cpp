#include "runtime/coordinator/started_workers.hpp"

#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"
#include "core/base/spawn.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

namespace sherpa::runtime {

namespace {

using namespace std::chrono_literals;

constexpr auto shortest_delay = 1s,
               longest_delay = 60s;  // before one that crashed is started again

Result<pid_t> start_program(const StartedWorkers::Program& program) {
  base::Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  base::Descriptor output(
      ::open(program.output.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0644));
  base::SpawnOptions options;
  options.words = program.words;
  options.descriptors = {
      {nothing.get(), STDIN_FILENO}, {output.get(), STDOUT_FILENO}, {output.get(), STDERR_FILENO}};
  options.ignore_as_we = true;
  const pid_t pid = nothing && output ? base::spawn(options) : -1;
  if (pid < 0)
    return Error{Errc::internal,
                 "cannot start " + program.words.front() + ": " + std::strerror(errno)};
  return pid;
}

}  // namespace

Result<std::unique_ptr<StartedWorkers>> StartedWorkers::start(std::vector<Program> programs) {
  std::unique_ptr<StartedWorkers> self(new StartedWorkers);
  for (auto& program : programs) {
    auto pid = start_program(program);
    if (!pid) return pid.error();
    self->all_.push_back({std::move(program), *pid});
  }
  for (auto& one : self->all_)
    self->keepers_.push_back(base::quiet_thread([&one, self = self.get()] { self->keep(one); }));
  return self;
}

void StartedWorkers::keep(One& one) {
  auto delay = std::chrono::duration_cast<std::chrono::seconds>(shortest_delay);
  std::unique_lock lock(mutex_);
  while (one.pid != 0) {
    const auto pid = static_cast<id_t>(one.pid);
    const auto began = std::chrono::steady_clock::now();
    lock.unlock();
    siginfo_t info{};
    while (::waitid(P_PID, pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {}
    lock.lock();
    // From here on its process id may belong to another process.
    ::waitpid(std::exchange(one.pid, 0), nullptr, 0);
    if (ending_) return;
    const bool crashed = info.si_code != CLD_EXITED;
    const auto how = (crashed ? " was ended by signal " : " left with exit code ") +
                     std::to_string(info.si_status);
    if (!crashed)
      return base::log(info.si_status == 0 ? LogLevel::info : LogLevel::warning,
                       one.program.name + how + "; see " + one.program.output.string());
    if (std::chrono::steady_clock::now() - began > longest_delay) delay = shortest_delay;
    base::log(LogLevel::warning, one.program.name + how + ", and is started again; see " +
                                     one.program.output.string());
    if (changed_.wait_for(lock, delay, [this] { return ending_; })) return;
    delay = std::min(delay * 2, std::chrono::seconds(longest_delay));
    auto again = start_program(one.program);
    if (!again) return base::log(LogLevel::error, again.error().message);
    one.pid = *again;
  }
}

StartedWorkers::~StartedWorkers() {
  {
    std::scoped_lock lock(mutex_);
    ending_ = true;
    for (const auto& one : all_)
      if (one.pid != 0) ::kill(one.pid, SIGTERM);
  }
  changed_.notify_all();
  if (!keepers_.empty()) return;  // they wait for them
  for (const auto& one : all_)    // others could not be started
    while (::waitpid(one.pid, nullptr, 0) < 0 && errno == EINTR) {}
}

}  // namespace sherpa::runtime
