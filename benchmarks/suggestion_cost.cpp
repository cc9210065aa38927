// What a suggestion costs after N completed trials (Hartmann 6-D), including the fits that fall
// due. `suggestion_cost --help` lists the options.

#include "benchmarks/options.hpp"
#include "quality/player.hpp"
#include "quality/problems.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::string algorithm = "BayesianOptimization", at = "100,500,1000";
  std::size_t suggestions = 60;
  CLI::App app("What a suggestion costs after N completed trials", "suggestion_cost");
  app.add_option("--algorithm", algorithm, "Its name, or JSON with its options");
  app.add_option("--at", at, "Numbers of completed trials, separated by commas");
  app.add_option("--suggestions", suggestions, "Suggestions to time at each of them");
  benchmarks::parse(app, argc, argv);
  auto problems = quality::functions();
  const auto& problem = *std::find_if(problems.begin(), problems.end(),
                                      [](const auto& one) { return one.name == "hartmann6"; });
  std::printf("%s\n%9s %9s %9s %9s %9s %9s\n", algorithm.c_str(), "trials", "first", "median",
              "p90", "most", "mean, ms");
  for (char* rest = at.data(); *rest != 0;) {
    auto n = std::strtoull(rest, &rest, 10);
    if (*rest == ',') ++rest;
    auto took =
        quality::time_suggestions(problem, quality::build(algorithm, problem), n, suggestions);
    double first = took.front();
    took.erase(took.begin());
    std::sort(took.begin(), took.end());
    auto quantile = [&](double q) {
      return took[static_cast<std::size_t>(q * static_cast<double>(took.size() - 1))];
    };
    std::printf("%9llu %9.2f %9.3f %9.3f %9.3f %9.3f\n", n, first, quantile(0.5), quantile(0.9),
                quantile(1),
                std::accumulate(took.begin(), took.end(), 0.0) / static_cast<double>(took.size()));
    std::fflush(stdout);
  }
}
