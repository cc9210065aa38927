// From the moment an objective returns until the next trial runs on its thread: what a study costs
// between trials.
//
//   slot_latency [TRIALS [THREADS]]        5000 2

#include <sherpa/sherpa.hpp>

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

namespace {

using namespace sherpa;
using Clock = std::chrono::steady_clock;

std::size_t count(const char* what) {
  std::size_t n = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string("/proc/self/") + what))
    n += entry.path().empty() ? 0 : 1;
  return n;
}

void measure(const char* what, std::uint64_t trials, std::uint32_t threads,
             const std::filesystem::path& directory) {
  std::mutex mutex;
  std::vector<double> gaps;
  std::size_t most_threads = 0, most_descriptors = 0;
  auto began = Clock::now();
  optimize({.parameters = {Continuous{"x", {0, 1}}},
            .algorithm = RandomSearch{.max_num_trials = trials},
            .lower_is_better = true,
            .output_dir = directory,
            .random_seed = 1},
           [&](Trial& trial) {
             thread_local Clock::time_point left{};
             auto now = Clock::now();
             if (left >= began) {
               std::scoped_lock lock(mutex);
               gaps.push_back(std::chrono::duration<double, std::micro>(now - left).count());
               if (trial.id() % 1000 == 0) {
                 most_threads = std::max(most_threads, count("task"));
                 most_descriptors = std::max(most_descriptors, count("fd"));
               }
             }
             trial.report({.objective = trial.get<double>("x")});
             left = Clock::now();
           },
           {.max_concurrent = threads});
  double took = std::chrono::duration<double>(Clock::now() - began).count();
  std::sort(gaps.begin(), gaps.end());
  auto at = [&](double p) {
    return gaps[static_cast<std::size_t>(p * static_cast<double>(gaps.size() - 1))];
  };
  std::printf(
      "%-20s %u threads: slot freed to next trial p50 %6.0f us, p90 %6.0f us, p99 %6.0f us; %6.0f "
      "trials/s; at most %zu threads, "
      "%zu descriptors\n",
      what, threads, at(0.5), at(0.9), at(0.99), static_cast<double>(trials) / took, most_threads,
      most_descriptors);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t trials = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 5000;
  auto threads = static_cast<std::uint32_t>(argc > 2 ? std::atoi(argv[2]) : 2);
  auto directory =
      std::filesystem::temp_directory_path() / ("sherpa-benchmark-" + std::to_string(getpid()));
  for (std::uint32_t t : {1u, threads}) {
    measure("in memory", trials, t, "");
    measure("stored (process)", trials, t, directory);
    std::filesystem::remove_all(directory);
  }
}
