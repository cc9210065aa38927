// Trials on a worker of another process, over mutual TLS, under `sherpa run` with its store. This
// program is the worker.
//
//   workers SHERPA [turnaround [TRIALS [SLOTS]]]          2000 1     each reports once
//   workers SHERPA observations [TRIALS [SLOTS [EACH]]]   8 2 200000 each reports so many
//   workers SHERPA sleep [TRIALS [SLOTS [MS]]]            1600 16 1000 each sleeps so long, and
//   reports once workers SHERPA steady [WORKERS [SECONDS]]             200 60      so many
//   processes, of which each reports once a second

#include <sherpa/study.hpp>
#include <sherpa/worker.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

/// When the function began and ended.
struct Times {
  std::mutex mutex;
  std::vector<Clock::time_point> begins, ends;

  void add(std::vector<Clock::time_point>& to) {
    std::scoped_lock lock(mutex);
    to.push_back(Clock::now());
  }
};

std::string argument(int argc, char** argv, int i, const char* otherwise) {
  return argc > i ? argv[i] : otherwise;
}

/// Returns when workers can join, or it has ended.
pid_t start_coordinator(const char* sherpa, const std::filesystem::path& file,
                        const std::filesystem::path& out) {
  pid_t pid = fork();
  if (pid == 0) {
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    execl(sherpa, sherpa, "run", file.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  while (!std::filesystem::exists(out / "join") && waitpid(pid, nullptr, WNOHANG) == 0)
    std::this_thread::sleep_for(
        std::chrono::milliseconds(1));  // polled, because no event reports it
  return pid;
}

/// When a trial began and ended, on the clock that all processes of a machine share.
struct Span {
  Clock::time_point begin, end;
};

/// Each worker is a process of its own, and runs one trial.
int steady(const char* sherpa, const std::filesystem::path& file, const std::filesystem::path& out,
           std::size_t workers, long seconds) {
  int spans[2];
  if (pipe(spans) != 0) return 1;
  const pid_t coordinator = start_coordinator(sherpa, file, out);
  for (std::size_t i = 0; i < workers; ++i) {
    if (fork() != 0) continue;
    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    sherpa::Worker worker({.join = out / "join", .name = "w" + std::to_string(i)});
    int left = worker.run("train", [&](sherpa::Trial& trial) {
      Span span{Clock::now(), {}};
      for (long second = 1; second <= seconds; ++second) {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        trial.report({.objective = trial.get<double>("x"), .iteration = second});
      }
      span.end = Clock::now();
      [[maybe_unused]] auto ignored = write(spans[1], &span, sizeof span);
    });
    _exit(left);
  }
  close(spans[1]);
  int status = 0;
  waitpid(coordinator, &status, 0);
  const auto over = Clock::now();
  std::vector<double> took;
  auto first = Clock::time_point::max(), last = Clock::time_point::min();
  for (Span span; read(spans[0], &span, sizeof span) == sizeof span;) {
    took.push_back(Milliseconds(span.end - span.begin).count() / 1000);
    first = std::min(first, span.begin);
    last = std::max(last, span.end);
  }
  while (wait(nullptr) > 0) {}
  if (status != 0 || took.size() != workers) return std::fprintf(stderr, "the study failed\n"), 1;
  std::sort(took.begin(), took.end());
  auto in_all = [&](Clock::time_point end) { return Milliseconds(end - first).count() / 1000; };
  std::printf(
      "%zu workers, one observation a second for %ld s: a trial took %.3f s (median), %.3f s "
      "(most); all of them %.2f s, %.2f %% "
      "above %ld s; with %zu rows stored and the study's end %.2f s\n",
      workers, seconds, took[took.size() / 2], took.back(), in_all(last),
      100 * (in_all(last) / static_cast<double>(seconds) - 1), seconds,
      sherpa::load_results(out).size(), in_all(over));
  return 0;
}

void print(Times& times, std::uint32_t slots, bool observations, bool sleeps, long each,
           std::uintmax_t stored) {
  auto& [mutex, begins, ends] = times;
  std::sort(begins.begin(), begins.end());
  std::sort(ends.begin(), ends.end());
  const double took = Milliseconds(ends.back() - begins.front()).count() / 1000;
  std::vector<double> gaps;  // end k frees the slot of start k + slots
  for (std::size_t k = 0; k + slots < begins.size(); ++k)
    gaps.push_back(Milliseconds(begins[k + slots] - ends[k]).count());
  std::sort(gaps.begin(), gaps.end());
  std::printf("%zu trials on %u slots in %.2f s", ends.size(), slots, took);
  if (observations)
    std::printf(
        ": %.0f observations/s, %.0f bytes each in the store",
        static_cast<double>(ends.size()) * static_cast<double>(each) / took,
        static_cast<double>(stored) / static_cast<double>(ends.size()) / static_cast<double>(each));
  if (sleeps) {
    const double ideal =
        static_cast<double>((ends.size() + slots - 1) / slots) * static_cast<double>(each) / 1000;
    std::printf(": %.2f %% above the ideal %.2f s", 100 * (took / ideal - 1), ideal);
  }
  std::printf(
      "; from the end of a trial to the start of the next: median %.2f ms, p90 %.2f ms, p99 %.2f "
      "ms\n",
      gaps[gaps.size() / 2], gaps[gaps.size() * 9 / 10], gaps[gaps.size() * 99 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    return std::fprintf(stderr, "workers SHERPA [turnaround|observations|sleep|steady …]\n"), 2;
  const auto what = argument(argc, argv, 2, "turnaround");
  const bool observations = what == "observations", sleeps = what == "sleep";
  const auto trials = argument(argc, argv, 3,
                               observations       ? "8"
                               : sleeps           ? "1600"
                               : what == "steady" ? "200"
                                                  : "2000");
  const auto slots = static_cast<std::uint32_t>(std::stoul(argument(argc, argv, 4,
                                                                    observations ? "2"
                                                                    : sleeps     ? "16"
                                                                                 : "1")));
  const auto each = std::stol(argument(argc, argv, 5, observations ? "200000" : "1000"));
  const auto directory =
      std::filesystem::temp_directory_path() / ("sherpa-workers-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const auto file = directory / "study.yaml", out = directory / "out";
  std::ofstream(file)
      << "sherpa: 1\nlower_is_better: true\nparameters: [{name: x, type: continuous, range: [0, "
         "1]}]\n"
      << "algorithm: {name: RandomSearch, max_num_trials: " << trials
      << "}\nrun: {function: train}\nworkers: {launch: none, listen: 127.0.0.1}\noutput_dir: "
      << out.string() << "\n";
  if (what == "steady") {
    const int failed =
        steady(argv[1], file, out, std::stoul(trials), std::stol(argument(argc, argv, 4, "60")));
    std::filesystem::remove_all(directory);
    return failed;
  }
  const pid_t pid = start_coordinator(argv[1], file, out);
  Times times;
  sherpa::Worker worker({.join = out / "join", .slots = slots});
  int left = worker.run("train", [&](sherpa::Trial& trial) {
    times.add(times.begins);
    if (sleeps) std::this_thread::sleep_for(std::chrono::milliseconds(each));
    for (long i = 1; i <= (observations ? each : 1); ++i)
      trial.report({.objective = trial.get<double>("x"), .iteration = i});
    times.add(times.ends);
  });
  int status = 0;
  waitpid(pid, &status, 0);
  std::uintmax_t stored = 0;
  for (const auto& entry : std::filesystem::directory_iterator(out))
    if (entry.path().filename().string().starts_with("study.db")) stored += entry.file_size();
  std::filesystem::remove_all(directory);
  if (left != 0 || status != 0 || times.ends.size() <= slots)
    return std::fprintf(stderr, "the study failed\n"), 1;
  print(times, slots, observations, sleeps, each, stored);
}
