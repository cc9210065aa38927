#include "runtime/coordinator/started_workers.hpp"

#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"

#include <fcntl.h>
#include <spawn.h>
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

Result<pid_t> spawn(const StartedWorkers::Program& program) {
  auto words = program.words;
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, program.output.c_str(),
                                     O_CREAT | O_APPEND | O_WRONLY, 0644);
  ::posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, argv.front(), &files, &attributes, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0)
    return Error{Errc::internal, "cannot start " + words.front() + ": " + std::strerror(failed)};
  return pid;
}

}  // namespace

Result<std::unique_ptr<StartedWorkers>> StartedWorkers::start(std::vector<Program> programs) {
  std::unique_ptr<StartedWorkers> self(new StartedWorkers);
  for (auto& program : programs) {
    auto pid = spawn(program);
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
    // From here on its number may be another process's.
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
    auto again = spawn(one.program);
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
