// The study loop at scale: trials × observations with the median rule, in memory and with the
// store; then a resume.
//
//   direct_loop [TRIALS [OBSERVATIONS [CONTEXT VALUES [memory]]]]        100000 10 0; `memory`:
//   only that

#include <sherpa/sherpa.hpp>

#include <malloc.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace sherpa;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

StudySetup setup(std::uint64_t trials, const std::filesystem::path& directory,
                 Durability durability) {
  return {
      .parameters = {Continuous{"learning_rate", {1e-5, 1}, Scale::log},
                     Continuous{"momentum", {0, 1}}, Continuous{"dropout", {0, 0.5}},
                     Ordinal{"batch", {16, 32, 64, 128}}, Discrete{"units", {16, 512}, Scale::log},
                     Choice{"activation", {"relu", "tanh"}}},
      .algorithm = RandomSearch{.max_num_trials = trials},
      .lower_is_better = true,
      .stopping_rule = MedianStoppingRule{.min_iterations = 3, .min_trials = 5},
      .output_dir = directory,
      .random_seed = 1,
      .durability = durability};
}

void loop(const char* what, std::uint64_t trials, int observations, int values,
          const std::filesystem::path& directory, Durability durability) {
  malloc_trim(0);
  double memory_before = resident_bytes();
  auto study = std::make_unique<Study>(setup(trials, directory, durability));
  Metrics context;
  for (int v = 0; v < values; ++v) context["metric" + std::to_string(v)] = 0.5;
  std::vector<double> per_thousand;
  auto began = Clock::now(), mark = began;
  std::uint64_t n = 0, observed = 0;
  for (Trial& trial : *study) {
    // Every trial runs to its end, so that the rule is asked as often as it can be.
    double level = trial.get<double>("learning_rate");
    for (int i = 1; i <= observations; ++i) {
      study->add_observation(trial,
                             {.objective = level + 1.0 / i, .iteration = i, .context = context});
      (void)study->should_trial_stop(trial);
      ++observed;
    }
    study->finalize(trial);
    if (++n % 1000 == 0) {
      per_thousand.push_back(seconds_since(mark) / 1000 / observations * 1e6);
      mark = Clock::now();
    }
  }
  double took = seconds_since(began);
  malloc_trim(0);
  double memory = resident_bytes() - memory_before;
  auto window = [&](std::size_t from, std::size_t to) {
    std::vector<double> part(per_thousand.begin() + static_cast<std::ptrdiff_t>(from),
                             per_thousand.begin() + static_cast<std::ptrdiff_t>(to));
    std::nth_element(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(part.size() / 2),
                     part.end());
    return part[part.size() / 2];
  };
  auto tenth = std::max<std::size_t>(1, per_thousand.size() / 10);
  std::printf(
      "%-28s %8.0f obs/s  %6.2f us/obs; first thousand %5.2f, first tenth %5.2f, last tenth %5.2f; "
      "%6.0f B per trial\n",
      what, static_cast<double>(observed) / took, took / static_cast<double>(observed) * 1e6,
      per_thousand.front(), window(0, tenth),
      window(per_thousand.size() - tenth, per_thousand.size()), memory / static_cast<double>(n));
  std::fflush(stdout);
}

void resume(std::uint64_t trials, const std::filesystem::path& directory) {
  for (int i = 0; i < 3; ++i) {
    auto began = Clock::now();
    Study study(setup(trials, directory, Durability::process));
    std::printf("%-28s %8.2f s\n", "resume", seconds_since(began));
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t trials = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100000;
  int observations = argc > 2 ? std::atoi(argv[2]) : 10, values = argc > 3 ? std::atoi(argv[3]) : 0;
  std::printf(
      "%llu trials x %d observations with %d context values each, 6 parameters, median rule asked "
      "after each; budget %d B per "
      "trial\n",
      static_cast<unsigned long long>(trials), observations, values,
      1024 + observations * (32 + 8 * values));
  auto directory =
      std::filesystem::temp_directory_path() / ("sherpa-benchmark-" + std::to_string(getpid()));
  loop("in memory", trials, observations, values, "", Durability::process);
  if (argc > 4) return 0;
  loop("stored (process)", trials, observations, values, directory, Durability::process);
  resume(trials, directory);
  std::filesystem::remove_all(directory);
  std::uint64_t few = std::max<std::uint64_t>(1000, trials / 100);
  std::printf("%llu trials of the same:\n", static_cast<unsigned long long>(few));
  loop("stored (power)", few, observations, values, directory, Durability::power);
  std::filesystem::remove_all(directory);
}
