#include "schedulers/local/job_shim.hpp"

#include "core/base/text.hpp"
#include "schedulers/local/processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sherpa::schedulers {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Orders {
  std::string name;  ///< of the job's files
  milliseconds grace{}, orphan_grace{};
  const char* directory = nullptr;
  char** command = nullptr;  ///< ends with a null pointer
};

/// What kept a command from starting, said by the new process before it becomes the command.
struct Trouble {
  bool directory = false;
  int number = 0;
};

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
      out += escaped.data();
    } else {
      out += c;
    }
  }
  return out + "\"";
}

class Shim {
 public:
  explicit Shim(Orders orders) : orders_(std::move(orders)) {}

  int run() {
    for (int fd : {shim_fd::control, shim_fd::lock, shim_fd::listener})
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    // Whatever the command leaves behind becomes our child: it can be found, and stopped.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t ours;
    sigemptyset(&ours);
    for (int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&ours, number);
    sigprocmask(SIG_BLOCK, &ours, &mask_);
    signals_ = ::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals_ < 0) return refuse(std::string("cannot watch it: ") + std::strerror(errno));
    if (auto trouble = start()) return refuse(*trouble);
    while (!reap()) {
      watch_time();
      if (killing_) kill_children();
      wait();
    }
    return write_end(reason_, message_);
  }

 private:
  /// Why the command could not be started, if so.
  std::optional<std::string> start() {
    std::array<int, 2> report{};
    if (::pipe2(report.data(), O_CLOEXEC) != 0)
      return std::string("cannot start it: ") + std::strerror(errno);
    const pid_t shim = ::getpid();
    command_ = ::fork();
    if (command_ < 0)
      return "cannot start " + base::quote(orders_.command[0]) + ": " + std::strerror(errno) +
             "; there may be too many processes";
    if (command_ == 0) become_command(shim, report[1]);
    ::setpgid(command_, command_);  // in parent and child, since either may run first
    ::close(report[1]);
    Trouble trouble;
    ssize_t size = 0;
    do {
      size = ::read(report[0], &trouble, sizeof trouble);
    } while (size < 0 && errno == EINTR);
    ::close(report[0]);
    if (size != sizeof trouble) return {};
    ::waitpid(command_, nullptr, 0);
    if (trouble.directory)
      return "cannot enter the directory " + base::quote(orders_.directory) + ": " +
             std::strerror(trouble.number) + "; check run.directory";
    return "cannot start " + base::quote(orders_.command[0]) + ": " +
           std::strerror(trouble.number) + "; check run.command, and PATH";
  }

  [[noreturn]] void become_command(pid_t shim, int report) const {
    // Should the shim be killed, its command goes, too. The shim has one thread, so this is about
    // its process.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != shim) ::_exit(127);
    ::setpgid(0, 0);
    int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(nothing, STDIN_FILENO);
    sigprocmask(SIG_SETMASK, &mask_, nullptr);
    Trouble trouble;
    if (::chdir(orders_.directory) != 0) {
      trouble = {true, errno};
    } else {
      ::execvp(orders_.command[0], orders_.command);
      trouble = {false, errno};
    }
    [[maybe_unused]] auto written = ::write(report, &trouble, sizeof trouble);
    ::_exit(127);
  }

  /// Takes the children that have ended; true when there are no more.
  bool reap() {
    while (true) {
      int status = 0;
      pid_t pid = ::waitpid(-1, &status, WNOHANG);
      if (pid < 0 && errno == EINTR) continue;
      if (pid < 0) return true;
      if (pid == 0) break;
      if (pid == command_) {
        command_ = 0;
        status_ = status;
      }
    }
    if (command_ == 0) end();  // what it left behind ends with it
    return false;
  }

  void watch_time() {
    auto now = Clock::now();
    if (orphan_at_ && now >= *orphan_at_) {
      orphan_at_.reset();
      stop("orphaned", "the coordinator was gone for longer than " +
                           std::to_string(orders_.orphan_grace.count()) + " ms");
    }
    if (kill_at_ && now >= *kill_at_) {
      kill_at_.reset();
      killing_ = true;
    }
  }

  void wait() {
    std::array<pollfd, 3> fds{
        {{signals_, POLLIN, 0}, {listener_, POLLIN, 0}, {control_, POLLIN, 0}}};
    auto next = kill_at_;
    if (orphan_at_ && (!next || *orphan_at_ < *next)) next = orphan_at_;
    int timeout = -1;
    if (next) {
      auto left = std::chrono::ceil<milliseconds>(*next - Clock::now()).count();
      timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
    }
    if (::poll(fds.data(), fds.size(), timeout) <= 0) return;
    if (fds[0].revents != 0) take_signals();
    if (fds[2].revents != 0) take_word();
    if (fds[1].revents != 0) take_visitor();
  }

  void take_signals() {
    signalfd_siginfo info{};
    while (::read(signals_, &info, sizeof info) == sizeof info)
      if (info.ssi_signo != SIGCHLD) {
        auto number = static_cast<int>(info.ssi_signo);
        stop("terminated",
             "signal " + std::to_string(number) + " (" + strsignal(number) + ") came to its shim");
      }
  }

  void take_word() {
    std::array<char, 32> text{};
    auto size = ::recv(control_, text.data(), text.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (size <= 0) {
      ::close(control_);
      control_ = -1;
      if (!ending_) orphan_at_ = Clock::now() + orders_.orphan_grace;
      return;
    }
    std::string why(text.data(), static_cast<std::size_t>(size));
    if (!std::all_of(why.begin(), why.end(), [](char c) { return c >= 'a' && c <= 'z'; })) return;
    if (stop(why == "timeout" ? "timeout" : "stopped", "")) why_ = why;
  }

  /// Takes the connection of a restarted coordinator. All users can see the socket's name, so only
  /// this user is accepted.
  void take_visitor() {
    int visitor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (visitor < 0) {
      if (errno == EBADF || errno == ENOTSOCK || errno == EINVAL) listener_ = -1;
      return;
    }
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(visitor, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 ||
        (who.uid != ::geteuid() && who.uid != 0)) {
      ::close(visitor);
      return;
    }
    if (control_ >= 0) {
      say(control_, "taken");
      ::close(control_);
    }
    control_ = visitor;
    orphan_at_.reset();
    say(control_, "pid " + std::to_string(::getpid()));
  }

  static void say(int to, std::string_view word) {
    ::send(to, word.data(), word.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  /// Makes the command end. The first reason counts; none does when it has ended by itself.
  bool stop(const char* reason, std::string message) {
    if (command_ == 0 || ending_) return false;
    reason_ = reason;
    message_ = std::move(message);
    end();
    return true;
  }

  /// Whatever runs ends now, or is killed.
  void end() {
    if (ending_) return;
    ending_ = true;
    orphan_at_.reset();
    kill_at_ = Clock::now() + orders_.grace;
    if (orders_.grace <= milliseconds(0)) return;
    const auto below = descendants(processes(), ::getpid());
    // The group at once, so that no process that it is just starting is missed; no process gets the
    // signal twice.
    if (command_ > 0) ::kill(-command_, SIGTERM);
    for (const auto& one : below)
      if (command_ == 0 || one.group != command_) ::kill(one.pid, SIGTERM);
  }

  /// The children of who is killed become ours, and their turn comes with the news of his death.
  void kill_children() const {
    if (command_ > 0) ::kill(-command_, SIGKILL);
    for (const auto& one : processes())
      if (one.parent == ::getpid()) ::kill(one.pid, SIGKILL);
  }

  int refuse(const std::string& message) { return write_end("could_not_start", message); }

  int write_end(std::string_view reason, const std::string& message) const {
    std::string text = "{\"reason\":" + json_text(reason);
    if (!why_.empty()) text += ",\"why\":" + json_text(why_);
    if (status_ && WIFEXITED(*status_))
      text += ",\"exit_code\":" + std::to_string(WEXITSTATUS(*status_));
    if (status_ && WIFSIGNALED(*status_))
      text += ",\"signal\":" + std::to_string(WTERMSIG(*status_));
    text += ",\"message\":" + json_text(message) + "}\n";
    const auto file = orders_.name + ".end", fresh = file + ".new";
    int out = ::open(fresh.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    bool written =
        out >= 0 && ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (out >= 0) written = ::close(out) == 0 && written;
    if (written && ::rename(fresh.c_str(), file.c_str()) == 0) return 0;
    std::fprintf(stderr, "sherpa: cannot write jobs/%s: %s\n", file.c_str(), std::strerror(errno));
    return 4;
  }

  Orders orders_;
  sigset_t mask_{};  // as we found it: the command's
  int signals_ = -1;
  int control_ = shim_fd::control, listener_ = shim_fd::listener;
  pid_t command_ = 0;  // 0: it has ended
  std::optional<int> status_;
  std::string reason_ = "exited", why_, message_;
  bool ending_ = false, killing_ = false;
  std::optional<Clock::time_point> kill_at_, orphan_at_;
};

template <class T>
bool number(std::string_view text, T& x) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

int run_job_shim(int argc, char** argv) {
  int at = 1;
  for (int i = 1; i < argc && i < 3; ++i)
    if (std::string_view(argv[i]) == "--local") at = i + 1;
  std::uint64_t trial = 0, attempt = 0;
  std::int64_t grace = 0, orphan_grace = 0;
  if (argc - at < 6 || !number(argv[at], trial) || !number(argv[at + 1], attempt) ||
      !number(argv[at + 2], grace) || !number(argv[at + 3], orphan_grace) || grace < 0 ||
      orphan_grace < 0) {
    std::fprintf(
        stderr,
        "sherpa: 'job --local' is what a coordinator starts its jobs with, and not for people\n");
    return 2;
  }
  return Shim({"trial_" + std::to_string(trial) + "." + std::to_string(attempt),
               milliseconds(grace), milliseconds(orphan_grace), argv[at + 4], argv + at + 5})
      .run();
}

}  // namespace sherpa::schedulers
