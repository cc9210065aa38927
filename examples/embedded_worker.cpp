// A worker inside your own program: its function runs the trials of a study that another process
// coordinates, on this host or another one.
//
//   sherpa run study.yaml                  # has run: {function: train}, workers: {launch: none}
//   embedded_worker output/study/join 2    # on each host; 2 trials at once
//
// Fits a parabola by gradient descent, with the study's parameter `lr`. The program does other work
// beside the worker.

#include <sherpa/sherpa.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>

namespace {

void train(sherpa::Trial& trial) {
  const double rate = trial.get<double>("lr");
  double x = 3;
  for (int step = 1; step <= 20 && !trial.should_stop(); ++step) {
    x -= rate * 2 * (x - 1);
    trial.report({.objective = (x - 1) * (x - 1), .iteration = step, .context = {{"x", x}}});
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::cerr << "usage: embedded_worker JOIN_FILE [SLOTS]\n";
    return 2;
  }
  const auto slots = argc > 2 ? static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10)) : 1;
  sherpa::Worker worker({.join = argv[1], .slots = slots});
  return worker.run("train", train);
} catch (const std::exception& e) {
  std::cerr << "embedded_worker: " << e.what() << '\n';
  return 1;
}
