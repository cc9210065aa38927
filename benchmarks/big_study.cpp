// Makes a large study to look at: TRIALS trials of ITERATIONS observations over 12 parameters, in
// DIRECTORY.

#include <sherpa/sherpa.hpp>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: big_study DIRECTORY TRIALS ITERATIONS\n";
    return 2;
  }
  const std::uint64_t trials = std::stoull(argv[2]);
  const int iterations = std::stoi(argv[3]);
  using sherpa::Scale;
  sherpa::Study study(
      {.parameters = {sherpa::Continuous{"learning_rate", {1e-5, 1e-1}, Scale::log},
                      sherpa::Continuous{"weight_decay", {1e-7, 1e-2}, Scale::log},
                      sherpa::Continuous{"momentum", {0, 0.99}},
                      sherpa::Continuous{"dropout", {0, 0.6}},
                      sherpa::Continuous{"label_smoothing", {0, 0.3}},
                      sherpa::Discrete{"units", {16, 1024}, Scale::log},
                      sherpa::Discrete{"layers", {1, 8}}, sherpa::Discrete{"warmup", {0, 500}},
                      sherpa::Ordinal{"batch", {16, 32, 64, 128, 256}},
                      sherpa::Choice{"activation", {"relu", "gelu", "tanh"}},
                      sherpa::Choice{"optimizer", {"sgd", "adam", "lamb"}}},
       .algorithm = sherpa::RandomSearch{.max_num_trials = trials},
       .lower_is_better = true,
       .output_dir = argv[1],
       .random_seed = 7});
  for (sherpa::Trial& trial : study) {
    const double lr = std::log10(trial.get<double>("learning_rate"));
    const double badness = 0.15 * std::pow(lr + 2.7, 2) + trial.get<double>("dropout") * 0.4 +
                           0.1 * std::abs(std::log2(trial.get<int>("units") / 256.0)) +
                           (trial.get<std::string>("optimizer") == "sgd" ? 0.25 : 0.0);
    double noise = 0;
    for (int i = 1; i <= iterations; ++i) {
      noise = 0.9 * noise + 0.01 * std::sin(static_cast<double>(trial.id()) * 12.9898 + i * 78.233);
      const double loss = badness + 2.2 * std::exp(-i / (8 + 3 * badness * 10)) + noise;
      study.add_observation(
          trial, {.objective = loss, .iteration = i, .context = {{"accuracy", std::exp(-loss)}}});
    }
    study.finalize(
        trial, trial.id() % 37 == 0 ? sherpa::TrialStatus::failed : sherpa::TrialStatus::completed);
  }
} catch (const std::exception& e) {
  std::cerr << "big_study: " << e.what() << '\n';
  return 1;
}
