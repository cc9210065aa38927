// Trials in parallel: `optimize` calls a function for each trial, on several threads.
//
// Tunes an annealing schedule for a travelling salesman with 60 cities: start temperature, cooling
// and moves per temperature. Ctrl-C stops it; run the same command again to resume.

#include <sherpa/sherpa.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>
#include <vector>

namespace {

struct City {
  double x, y;
};

double length(const std::vector<City>& cities, const std::vector<std::size_t>& tour) {
  double sum = 0;
  for (std::size_t i = 0; i < tour.size(); ++i) {
    const City &a = cities[tour[i]], &b = cities[tour[(i + 1) % tour.size()]];
    sum += std::hypot(a.x - b.x, a.y - b.y);
  }
  return sum;
}

void anneal(sherpa::Trial& trial) {
  sherpa::Random map(2018);  // the same cities for every trial
  std::vector<City> cities(60);
  for (auto& city : cities) city = {map.uniform(), map.uniform()};
  std::vector<std::size_t> tour(cities.size());
  std::iota(tour.begin(), tour.end(), std::size_t{0});

  sherpa::Random random(trial.id());
  double temperature = trial.get<double>("temperature");
  const auto moves = trial.get<int>("moves");
  double now = length(cities, tour), best = now;
  for (int round = 1; round <= 50 && !trial.should_stop(); ++round) {
    for (int move = 0; move < moves; ++move) {
      auto i = random.below(tour.size()), j = random.below(tour.size());
      if (i > j) std::swap(i, j);
      auto reverse = [&] {
        std::reverse(tour.begin() + static_cast<std::ptrdiff_t>(i),
                     tour.begin() + static_cast<std::ptrdiff_t>(j) + 1);
      };
      reverse();
      double then = length(cities, tour);
      if (then < now || random.chance(std::exp((now - then) / temperature))) {
        now = then;
      } else {
        reverse();
      }
      best = std::min(best, now);
    }
    temperature *= trial.get<double>("cooling");
    trial.report(
        {.objective = best, .iteration = round, .context = {{"temperature", temperature}}});
  }
}

}  // namespace

int main() try {
  sherpa::StopOnSignals signals;
  auto best = sherpa::optimize(
      {.parameters = {sherpa::Continuous{"temperature", {1e-3, 10}, sherpa::Scale::log},
                      sherpa::Continuous{"cooling", {0.5, 0.999}},
                      sherpa::Discrete{"moves", {100, 3000}, sherpa::Scale::log}},
       .algorithm = sherpa::RandomSearch{.max_num_trials = 60},
       .lower_is_better = true,
       .stopping_rule = sherpa::MedianStoppingRule{.min_iterations = 10, .min_trials = 5},
       .output_dir = "runs/parallel"},
      anneal, {.max_concurrent = 4, .stop = signals.token(), .progress = sherpa::live_view()});
  if (best) std::cout << *best << '\n';
  return signals.exit_code();
} catch (const sherpa::Exception& e) {
  std::cerr << "parallel: " << e.what() << '\n';
  return sherpa::exit_code(e.code());
}
