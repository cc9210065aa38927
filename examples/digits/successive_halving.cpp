// Asynchronous successive halving (ASHA) on the handwritten digits: many networks train for one
// epoch, the best third of them for three, the best third of those for nine … Each resumes from the
// checkpoint of the trial that was promoted. The same command resumes the study.
//
//   digits_halving [DIRECTORY [FINISHED]]     defaults: runs/digits_halving 10; FINISHED: the
//   number
//                                             of networks to train to the end

#include "data.hpp"
#include "network.hpp"

#include <sherpa/sherpa.hpp>

#include <cstdlib>
#include <iostream>
#include <thread>

int main(int argc, char** argv) try {
  const std::filesystem::path directory = argc > 1 ? argv[1] : "runs/digits_halving";
  const auto finished = static_cast<std::uint64_t>(argc > 2 ? std::atoi(argv[2]) : 10);
  const auto data = digits::load(DIGITS_DATA);
  sherpa::StopOnSignals signals;

  using sherpa::Scale;
  auto best = sherpa::optimize(
      {.parameters = {sherpa::Continuous{"learning_rate", {1e-3, 1}, Scale::log},
                      sherpa::Continuous{"momentum", {0, 0.95}},
                      sherpa::Continuous{"dropout", {0, 0.5}},
                      sherpa::Ordinal{"batch", {8, 16, 32, 64, 128}},
                      sherpa::Discrete{"units", {16, 512}, Scale::log},
                      sherpa::Choice{"activation", {"relu", "tanh", "sigmoid"}}},
       .algorithm =
           sherpa::SuccessiveHalving{.r = 1, .R = 27, .eta = 3, .max_finished_configs = finished},
       .lower_is_better = false,
       .output_dir = directory,
       .prune_checkpoints = true},
      [&](sherpa::Trial& trial) {
        digits::Network network({.learning_rate = trial.get<double>("learning_rate"),
                                 .momentum = trial.get<double>("momentum"),
                                 .dropout = trial.get<double>("dropout"),
                                 .batch = trial.get<int>("batch"),
                                 .units = trial.get<int>("units"),
                                 .activation = trial.get<std::string>("activation")},
                                1);
        if (auto checkpoint = trial.load_dir()) network.load(*checkpoint / "network.bin");
        while (network.epochs() < trial.get<int>("resource") && !trial.should_stop()) {
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
    std::cout << "\nbest validation accuracy " << best->objective << " after " << best->iteration
              << " epochs: " << *best << '\n';
  return signals.exit_code();
} catch (const sherpa::Exception& e) {
  std::cerr << "digits_halving: " << e.what() << '\n';
  return sherpa::exit_code(e.code());
}
