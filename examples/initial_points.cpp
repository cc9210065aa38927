// Bayesian optimization that begins with known configurations, and a local search around its
// result.
//
// Tunes the three gains of an oven's controller; a trial is a run with a noisy thermometer. Two
// sets of gains are known from the old oven. Run it again to resume both studies.

#include <sherpa/sherpa.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>

namespace {

/// Mean distance from the set temperature, in degrees, over the twenty minutes from a cold start.
double distance(const sherpa::Configuration& gains, std::uint64_t run) {
  constexpr double wanted = 200, room = 20, step = 1;
  constexpr int steps = 1200;
  const double proportional = gains.get<double>("proportional"),
               integral = gains.get<double>("integral"),
               derivative = gains.get<double>("derivative");
  sherpa::Random noise(run);
  double air = room, wall = room, heat = 0, sum = 0, before = wanted - room, distances = 0;
  for (int i = 0; i < steps; ++i) {
    const double error = wanted - air + noise.normal();
    sum = std::clamp(sum + error * step, -5000.0, 5000.0);
    const double wish =
        proportional * error + integral * sum + derivative * (error - before) / step;
    before = error;
    heat += 0.05 * (std::clamp(wish, 0.0, 1.0) - heat) * step;  // the heater is slow
    air += (6 * heat - 0.05 * (air - wall)) * step;
    wall += (0.02 * (air - wall) - 0.01 * (wall - room)) * step;
    distances += std::abs(wanted - air) / steps;
  }
  return distances;
}

void tune(sherpa::Trial& trial) {
  trial.report({.objective = distance(trial.parameters(), trial.id())});
}

}  // namespace

int main() try {
  const std::vector<sherpa::Parameter> parameters{
      sherpa::Continuous{"proportional", {1e-3, 1}, sherpa::Scale::log},
      sherpa::Continuous{"integral", {1e-6, 1e-2}, sherpa::Scale::log},
      sherpa::Continuous{"derivative", {1e-3, 10}, sherpa::Scale::log}};
  const sherpa::BayesianOptimization bayesian{
      .initial_data_points = {{{"proportional", 0.05}, {"integral", 1e-4}, {"derivative", 0.5}},
                              {{"proportional", 0.2}, {"integral", 1e-5}, {"derivative", 0.1}}},
      .max_num_trials = 40};
  sherpa::StopOnSignals signals;
  auto best = sherpa::optimize(
      {.parameters = parameters,
       .algorithm = bayesian,
       .lower_is_better = true,
       .output_dir = "runs/initial_points"},
      tune, {.max_concurrent = 2, .stop = signals.token(), .progress = sherpa::live_view()});
  if (!best || signals.exit_code() != 0) return signals.exit_code();
  std::cout << "best seen:   " << *best << '\n';
  // The best of many noisy runs was also lucky: the configuration that the model predicts to be
  // best is the better answer.
  auto predicted =
      bayesian.get_best_pred(parameters, sherpa::load_results("runs/initial_points"), true);
  std::cout << "predicted best: " << *predicted << '\n';

  best = sherpa::optimize(
      {.parameters = parameters,
       .algorithm =
           sherpa::LocalSearch{
               .seed_configuration = *predicted, .repeat_trials = 2, .max_num_trials = 30},
       .lower_is_better = true,
       .output_dir = "runs/local_search"},
      tune, {.max_concurrent = 2, .stop = signals.token(), .progress = sherpa::live_view()});
  if (best) std::cout << "after a local search: " << *best << '\n';
  return signals.exit_code();
} catch (const sherpa::Exception& e) {
  std::cerr << "initial_points: " << e.what() << '\n';
  return sherpa::exit_code(e.code());
}
