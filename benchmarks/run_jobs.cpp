// Trivial jobs under `sherpa run`: this program is the trial, too, and reports once through the
// trial API.
//
//   run_jobs SHERPA [TRIALS [SLOTS]]        1000 2
//
// From a job's end, its last instruction, to the first instruction of the next one on that slot
// lie: the reported end, the attempt's and the trial's end and the next start committed, a shim and
// a program started.

#include <sherpa/client.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double now() {
  return std::chrono::duration<double, std::milli>(Clock::now().time_since_epoch()).count();
}

/// A line of its own, also when several processes write.
void note(const char* file, char what, double when) {
  char line[64];
  int size = std::snprintf(line, sizeof line, "%c %.6f\n", what, when);
  int out = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (write(out, line, static_cast<std::size_t>(size)) != size) std::abort();
  close(out);
}

int trial(const char* file) {
  note(file, 's', now());
  sherpa::Client::from_environment().report({.objective = 0.5});
  note(file, 'e', now());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::string(argv[1]) == "--trial") return trial(argv[2]);
  if (argc < 2) return std::fprintf(stderr, "run_jobs SHERPA [TRIALS [SLOTS]]\n"), 2;
  const std::string trials = argc > 2 ? argv[2] : "1000", slots = argc > 3 ? argv[3] : "2";
  const auto directory =
      std::filesystem::temp_directory_path() / ("sherpa-run-jobs-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const auto file = directory / "study.yaml", notes = directory / "notes";
  std::ofstream(file) << "sherpa: 1\nlower_is_better: true\nparameters: [{name: x, type: "
                         "continuous, range: [0, 1]}]\n"
                      << "algorithm: {name: RandomSearch, max_num_trials: " << trials
                      << "}\nrun:\n  command: ["
                      << std::filesystem::canonical("/proc/self/exe").string() << ", --trial, "
                      << notes.string() << "]\n  max_concurrent: " << slots
                      << "\noutput_dir: " << (directory / "out").string() << "\n";
  auto began = Clock::now();
  pid_t pid = fork();
  if (pid == 0) {
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    execl(argv[1], argv[1], "run", file.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  const double took = std::chrono::duration<double>(Clock::now() - began).count();
  std::vector<double> starts, ends;
  std::ifstream in(notes);
  char what = 0;
  for (double when = 0; in >> what >> when;) (what == 's' ? starts : ends).push_back(when);
  std::filesystem::remove_all(directory);
  const auto n = static_cast<std::size_t>(std::stoul(slots));
  if (status != 0 || ends.size() <= n || std::to_string(ends.size()) != trials)
    return std::fprintf(stderr, "sherpa run failed\n"), 1;
  std::sort(starts.begin(), starts.end());
  std::sort(ends.begin(), ends.end());
  std::vector<double> gaps;  // the k-th end frees the slot of the start that is as many trials
                             // later as there are slots
  for (std::size_t k = 0; k + n < starts.size(); ++k) gaps.push_back(starts[k + n] - ends[k]);
  std::sort(gaps.begin(), gaps.end());
  std::printf(
      "%zu jobs on %zu slots: %.0f jobs/s in all; job end to next job started: median %.2f ms, p90 "
      "%.2f ms, p99 %.2f ms\n",
      ends.size(), n, static_cast<double>(ends.size()) / took, gaps[gaps.size() / 2],
      gaps[gaps.size() * 9 / 10], gaps[gaps.size() * 99 / 100]);
}
