// Population based training on the handwritten digits: in every generation all networks train for
// some epochs, then copies of good ones with other rates replace the worst. The learning rate so
// becomes a schedule. The same command resumes the study.
//
//   digits_population [DIRECTORY [GENERATIONS [POPULATION]]]        runs/digits_population 15 20

#include "data.hpp"
#include "network.hpp"

#include <sherpa/sherpa.hpp>

#include <cstdlib>
#include <iostream>
#include <thread>

int main(int argc, char** argv) try {
  const std::filesystem::path directory = argc > 1 ? argv[1] : "runs/digits_population";
  const auto generations = static_cast<std::uint64_t>(argc > 2 ? std::atoi(argv[2]) : 15);
  const auto population = static_cast<std::uint64_t>(argc > 3 ? std::atoi(argv[3]) : 20);
  constexpr int epochs = 3;  // per generation
  const auto data = digits::load(DIGITS_DATA);
  sherpa::StopOnSignals signals;

  auto best = sherpa::optimize(
      // Only parameters that can change while a network trains; its shape cannot.
      {.parameters = {sherpa::Continuous{"learning_rate", {1e-3, 1}, sherpa::Scale::log},
                      sherpa::Continuous{"momentum", {0, 0.95}},
                      sherpa::Continuous{"dropout", {0, 0.5}},
                      sherpa::Ordinal{"batch", {8, 16, 32, 64, 128}}},
       .algorithm = sherpa::PopulationBasedTraining{.num_generations = generations,
                                                    .population_size = population},
       .lower_is_better = false,
       .output_dir = directory,
       .prune_checkpoints = true},
      [&](sherpa::Trial& trial) {
        digits::Network network(
            {.learning_rate = trial.get<double>("learning_rate"),
             .momentum = trial.get<double>("momentum"),
             .dropout = trial.get<double>("dropout"),
             .batch = trial.get<int>("batch")},
            trial.id());  // without a checkpoint every network begins with other weights
        if (auto checkpoint = trial.load_dir()) network.load(*checkpoint / "network.bin");
        const int last = epochs * trial.get<int>("generation");
        while (network.epochs() < last && !trial.should_stop()) {
          double loss = network.train(data.training);
          trial.report({.objective = network.accuracy(data.validation),
                        .iteration = network.epochs(),
                        .context = {{"loss", loss}}});
        }
        network.save(trial.save_dir() / "network.bin");  // published when this returns
      },
      {.max_concurrent = std::max(2u, std::thread::hardware_concurrency()),
       .stop = signals.token(),
       .progress = sherpa::live_view()});

  if (best)
    std::cout << "\nbest validation accuracy " << best->objective << ", generation "
              << best->parameters.get<int>("generation") << ", which came from trials "
              << best->parameters.get<std::string>("lineage") << '\n';
  return signals.exit_code();
} catch (const sherpa::Exception& e) {
  std::cerr << "digits_population: " << e.what() << '\n';
  return sherpa::exit_code(e.code());
}
