// Commands as trials: what lies between the end of one and the start of the next, behind shim and
// launcher, without a study.
//
//   local_jobs SHIM [JOBS [SLOTS]]        500 2

#include "schedulers/local/command_launcher.hpp"
#include "tests/support/recording_channel.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace {

using namespace sherpa;
using Clock = std::chrono::steady_clock;

double ms(Clock::duration took) { return std::chrono::duration<double, std::milli>(took).count(); }

/// How long a program takes to start and to end.
double cost_of(const std::string& program, int times) {
  auto began = Clock::now();
  for (int i = 0; i < times; ++i) {
    pid_t pid = vfork();
    if (pid == 0) {
      close(STDERR_FILENO);  // a shim alone says that it is not for people
      execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    waitpid(pid, nullptr, 0);
  }
  return ms(Clock::now() - began) / times;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "local_jobs SHIM [JOBS [SLOTS]]\n"), 2;
  const int jobs = argc > 2 ? std::atoi(argv[2]) : 500, slots = argc > 3 ? std::atoi(argv[3]) : 2;
  auto directory =
      std::filesystem::temp_directory_path() / ("sherpa-benchmark-" + std::to_string(getpid()));
  schedulers::CommandOptions options;
  options.output_dir = directory;
  options.directory = "/";
  options.shim = {argv[1], "job", "--local"};
  options.slots = static_cast<std::uint32_t>(slots);
  options.command = [](const Configuration&) { return std::vector<std::string>{"/bin/true"}; };
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Clock::time_point> free(static_cast<std::size_t>(slots), Clock::now());
  std::vector<double> launching, running;
  auto began = Clock::now();
  {
    auto launcher = schedulers::make_command_launcher(options).or_throw();
    for (int job = 1; job <= jobs; ++job) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return !free.empty(); });
      free.pop_back();
      lock.unlock();
      study::effect::Start start;
      start.trial = static_cast<TrialId>(job);
      start.attempt = 1;
      start.token = "secret " + std::to_string(job);
      start.worker = "benchmark";
      auto from = Clock::now();
      launcher->launch(start, std::make_shared<testing_support::RecordingChannel>(
                                  [&, from, trial = start.trial](const auto&) {
                                    auto now = Clock::now();
                                    launcher->settled(trial, 1);
                                    std::scoped_lock guard(mutex);
                                    running.push_back(ms(now - from));
                                    free.push_back(now);
                                    changed.notify_one();
                                  }));
      launching.push_back(ms(Clock::now() - from));
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return free.size() == static_cast<std::size_t>(slots); });
  }
  double took = ms(Clock::now() - began) / 1000;
  std::filesystem::remove_all(directory);
  auto median = [](std::vector<double>& of) {
    std::sort(of.begin(), of.end());
    return of[of.size() / 2];
  };
  std::printf(
      "%d jobs of /bin/true on %d slots: %.0f jobs/s; launch() %.2f ms, launch to reported end "
      "%.2f "
      "ms (medians)\n",
      jobs, slots, jobs / took, median(launching), median(running));
  std::printf("alone: shim %.2f ms, /bin/true %.2f ms to start and end\n", cost_of(argv[1], 100),
              cost_of("/bin/true", 100));
}
