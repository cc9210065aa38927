// How good the configurations are that an algorithm finds, beside the best that other optimizers
// reached. `quality --help` lists the options.

#include "benchmarks/options.hpp"
#include "player.hpp"
#include "problems.hpp"

#include <sherpa/random.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace quality;

namespace {

/// The best regret of other optimizers by problem, from peers.csv, which says how it was measured:
/// with that many concurrent trials, after 100 trials.
std::map<std::string, double, std::less<>> best_peers(std::size_t concurrent) {
  std::map<std::string, double, std::less<>> out;
  std::ifstream file(QUALITY_PEERS);
  if (!file)
    std::fprintf(stderr, "quality: %s cannot be read; no peers are shown\n", QUALITY_PEERS);
  for (std::string line; std::getline(file, line);) {
    std::istringstream cells(line);
    std::string problem, at_once, regret;
    for (auto* cell : {&problem, &at_once, &regret}) std::getline(cells, *cell, ',');
    if (at_once == std::to_string(concurrent)) out[problem] = std::strtod(regret.c_str(), nullptr);
  }
  return out;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto n = values.size();
  return n % 2 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

/// A 95 % bootstrap interval of a statistic.
template <class Statistic>
std::pair<double, double> interval(const std::vector<double>& values, Statistic statistic) {
  sherpa::Random random(1);
  std::vector<double> statistics, drawn(values.size());
  for (int i = 0; i < 2000; ++i) {
    for (double& one : drawn) one = values[random.below(values.size())];
    statistics.push_back(statistic(drawn));
  }
  std::sort(statistics.begin(), statistics.end());
  return {statistics[50], statistics[1949]};
}

/// Whether a comma-separated list names it.
bool named(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    auto comma = list.find(',');
    if (list.substr(0, comma) == name) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

/// Each seed's regrets half way and at the end, by problem and seed.
using Regrets = std::map<std::pair<std::string, std::uint64_t>, std::array<double, 2>>;

Regrets read(const std::string& csv) {
  Regrets out;
  std::ifstream file(csv);
  for (std::string line; std::getline(file, line);) {
    std::istringstream cells(line);
    std::string problem, seed, half, end;
    for (auto* cell : {&problem, &seed, &half, &end}) std::getline(cells, *cell, ',');
    out[{problem, std::strtoull(seed.c_str(), nullptr, 10)}] = {std::strtod(half.c_str(), nullptr),
                                                                std::strtod(end.c_str(), nullptr)};
  }
  return out;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The logarithms, to base ten, of the ratios of regrets; less than 1e-7 is as good as nothing.
void compare(const Regrets& ours, const Regrets& theirs) {
  for (std::size_t part = 0; part < 2; ++part) {
    std::vector<double> ratios;
    for (const auto& [key, regrets] : ours)
      if (auto other = theirs.find(key); other != theirs.end())
        ratios.push_back(std::log10((std::max(regrets[part], 0.0) + 1e-7) /
                                    (std::max(other->second[part], 0.0) + 1e-7)));
    if (ratios.empty()) continue;
    auto better = std::count_if(ratios.begin(), ratios.end(), [](double r) { return r < -0.05; });
    auto worse = std::count_if(ratios.begin(), ratios.end(), [](double r) { return r > 0.05; });
    auto [low, high] = interval(ratios, median);
    auto [mean_low, mean_high] = interval(ratios, mean);
    std::printf(
        "log10 of the ratio, %s: median %+.2f [%+.2f %+.2f], mean %+.2f [%+.2f %+.2f], better %td, "
        "worse %td of %zu\n",
        part ? "at end" : "half way", median(ratios), low, high, mean(ratios), mean_low, mean_high,
        better, worse, ratios.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string algorithm = "BayesianOptimization", only, data, csv, against;
  std::size_t seeds = 20, first = 1, trials = 100, concurrent = 1, first_drawn = 0, many_drawn = 0,
              many_mixed = 0;
  CLI::App app("How good the configurations are that an algorithm finds", "quality");
  app.add_option("--algorithm", algorithm, "Its name, or JSON with its options");
  app.add_option("--problems", only, "Names separated by commas; default: all");
  app.add_option("--data", data, "A directory of tables");
  app.add_option("--csv", csv, "Where to write each seed's regrets half way and at the end");
  app.add_option("--against", against, "A file of --csv to compare with");
  app.add_option("--seeds", seeds, "How many seeds");
  app.add_option("--first", first, "The first seed");
  app.add_option("--trials", trials, "Trials of each run")->check(CLI::Range(2, 1'000'000));
  app.add_option("--concurrent", concurrent, "Trials that run at once")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--drawn", many_drawn,
                 "The number of random functions, instead of the named ones");
  app.add_option("--mixed", many_mixed,
                 "The number of random functions over parameters of all kinds");
  app.add_option("--from", first_drawn, "The number of the first random function");
  benchmarks::parse(app, argc, argv);
  auto problems = many_drawn + many_mixed > 0 ? drawn(first_drawn, many_drawn, false) : functions();
  for (auto& one : drawn(first_drawn, many_mixed, true)) problems.push_back(std::move(one));
  for (auto& table : tables(data)) problems.push_back(std::move(table));
  const auto peers = best_peers(concurrent);
  std::printf("%s, %zu at once, %zu seeds\n%-34s %9s %9s [95 %% of the median ] %9s %7s\n",
              algorithm.c_str(), concurrent, seeds, "regret: median", "half way", "at end",
              "best peer", "ms");
  std::ofstream each(csv);
  Regrets all;
  for (const auto& problem : problems) {
    if (!only.empty() && !named(only, problem.name)) continue;
    std::vector<double> half, end;
    double milliseconds = 0;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
      auto played = play(problem, build(algorithm, problem), seed, trials, concurrent);
      half.push_back(played.regrets[trials / 2 - 1]);
      end.push_back(played.regrets[trials - 1]);
      each << problem.name << ',' << seed << ',' << half.back() << ',' << end.back() << '\n';
      all[{problem.name, seed}] = {half.back(), end.back()};
      for (double ms : played.milliseconds)
        milliseconds += ms / static_cast<double>(trials * seeds);
    }
    auto [low, high] = interval(end, median);
    std::printf("%-34s %9.2e %9.2e [%9.2e %9.2e] ", problem.name.c_str(), median(half), median(end),
                low, high);
    auto peer = trials == 100 ? peers.find(problem.name) : peers.end();
    if (peer == peers.end()) {
      std::printf("%9s", "");
    } else {
      std::printf("%9.2e", peer->second);
    }
    std::printf(" %7.2f\n", milliseconds);
    std::fflush(stdout);
  }
  if (!against.empty()) compare(all, read(against));
}
