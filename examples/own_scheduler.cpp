// A scheduler of your own. Here jobs are processes of this host, each in its own process group. For
// a batch system, a queue of your site or rented machines, write the same three functions.
//
//   own_scheduler study.yaml [SHERPA]     SHERPA: path of the command, if it is not installed

#include <sherpa/sherpa.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstring>
#include <exception>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

class Processes final : public sherpa::Scheduler {
 public:
  std::string submit_job(const sherpa::Job& job) override {
    // Everything that allocates memory comes before the fork.
    std::vector<std::string> words = job.command, environment;
    for (const auto& [name, value] : job.environment) environment.push_back(name + "=" + value);
    for (char** at = environ; *at; ++at) environment.emplace_back(*at);
    auto argv = pointers(words), envp = pointers(environment);
    const int output = ::open(job.output.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0644);
    if (output < 0)
      throw std::runtime_error("cannot write " + job.output.string() + ": " + std::strerror(errno));
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::setpgid(0, 0);  // Ctrl-C then reaches this program only
      ::dup2(output, STDOUT_FILENO);
      ::dup2(output, STDERR_FILENO);
      sigset_t none;
      sigemptyset(&none);
      ::sigprocmask(SIG_SETMASK, &none, nullptr);
      if (::chdir(job.directory.c_str()) == 0) ::execve(argv.front(), argv.data(), envp.data());
      ::_exit(127);
    }
    ::close(output);
    if (pid < 0) throw std::runtime_error(std::string("cannot start it: ") + std::strerror(errno));
    return std::to_string(pid);
  }

  sherpa::JobStatus get_status(const std::string& id) override {
    if (auto ended = ended_.find(id); ended != ended_.end()) return ended->second;
    const auto pid = static_cast<pid_t>(std::stol(id));
    int status = 0;
    switch (::waitpid(pid, &status, WNOHANG)) {
      case 0: return sherpa::JobStatus::running;
      case -1:  // started by an earlier run of this program
        return ::kill(pid, 0) == 0 ? sherpa::JobStatus::running : sherpa::JobStatus::failed;
      default: break;
    }
    const bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return ended_[id] = well                  ? sherpa::JobStatus::finished
                        : WIFSIGNALED(status) ? sherpa::JobStatus::killed
                                              : sherpa::JobStatus::failed;
  }

  void kill_job(const std::string& id) override {
    ::kill(-static_cast<pid_t>(std::stol(id)), SIGTERM);
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  }

  std::map<std::string, sherpa::JobStatus> ended_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::cerr << "usage: own_scheduler study.yaml [SHERPA]\n";
    return 2;
  }
  sherpa::StopOnSignals signals;
  Processes scheduler;
  auto best = sherpa::run_study(argv[1], scheduler,
                                {.stop = signals.token(),
                                 .progress = sherpa::live_view(),
                                 .sherpa = argc > 2 ? argv[2] : ""});
  if (best) std::cout << *best << '\n';
  return signals.exit_code();
} catch (const std::exception& e) {
  std::cerr << "own_scheduler: " << e.what() << '\n';
  return 1;
}
