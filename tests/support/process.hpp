#pragma once

#include "tests/support/scratch.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace sherpa::testing_support {

/// How a program ended, and what it said.
struct Outcome {
  int status = 0;
  std::string out{}, err{};

  bool killed() const { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }
  /// -1 when a signal ended it.
  int exit_code() const { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
};

/// A program of its own, without a terminal.
class Process {
 public:
  /// `environment` (NAME=value) wins over what is inherited; `first` runs in the new process before
  /// the program.
  explicit Process(std::vector<std::string> command, std::vector<std::string> environment = {},
                   const std::function<void()>& first = {}) {
    std::vector<char*> argv, envp;
    for (auto& part : command) argv.push_back(part.data());
    argv.push_back(nullptr);
    for (auto& part : environment) envp.push_back(part.data());
    for (char** e = environ; *e; ++e) envp.push_back(*e);
    envp.push_back(nullptr);
    auto err_file = (scratch_ / "err").string();
    std::array<int, 2> out{};
    if (pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      if (first) first();
      int err = open(err_file.c_str(), O_CREAT | O_WRONLY, 0600), in = open("/dev/null", O_RDONLY);
      dup2(in, STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      dup2(err, STDERR_FILENO);
      execve(argv[0], argv.data(), envp.data());
      _exit(127);
    }
    close(out[1]);
    out_ = out[0];
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    wait();
  }

  /// Returns when the program has said this, or ended.
  bool says(const std::string& text) {
    while (outcome_.out.find(text) == std::string::npos)
      if (!read_more()) return false;
    return true;
  }
  void signal(int number) const { kill(pid_, number); }
  pid_t pid() const { return pid_; }

  /// Whether it has; its end is still to be waited for.
  bool has_ended() const {
    siginfo_t info{};
    return pid_ == 0 ||
           (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            info.si_pid == pid_);
  }

  const Outcome& wait() {
    if (pid_ == 0) return outcome_;
    while (read_more()) {}
    waitpid(pid_, &outcome_.status, 0);
    close(out_);
    pid_ = 0;
    outcome_.err = read_file(scratch_ / "err");
    return outcome_;
  }

 private:
  bool read_more() {
    std::array<char, 4096> more{};
    auto size = read(out_, more.data(), more.size());
    if (size > 0) outcome_.out.append(more.data(), static_cast<std::size_t>(size));
    return size > 0 || (size < 0 && errno == EINTR);
  }

  Scratch scratch_;
  pid_t pid_ = 0;
  int out_ = -1;
  Outcome outcome_;
};

/// Returns once it is so. Of other processes there is nothing to wait for but what they leave
/// behind, which has to be looked for.
template <class F>
void wait_until(F is) {
  while (!is()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

}  // namespace sherpa::testing_support
