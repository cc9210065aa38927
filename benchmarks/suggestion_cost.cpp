// What a suggestion costs after so many completed trials (Hartmann 6-D), fitting that falls due
// included.
//
//   suggestion_cost [--algorithm NAME or JSON] [--at N,N,…] [--suggestions N]

#include "quality/player.hpp"
#include "quality/problems.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

int main(int argc, char** argv) {
  std::string algorithm = "BayesianOptimization", at = "100,500,1000";
  std::size_t suggestions = 60;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string_view option = argv[i];
    if (option == "--algorithm") algorithm = argv[i + 1];
    if (option == "--at") at = argv[i + 1];
    if (option == "--suggestions") suggestions = std::strtoull(argv[i + 1], nullptr, 10);
  }
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
