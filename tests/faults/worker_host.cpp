#include <sherpa/worker.hpp>

#include <cstdlib>

// A program with a function compiled in.
int main(int argc, char** argv) {
  if (argc < 3) return 2;
  sherpa::Worker worker({.join = argv[1], .slots = static_cast<std::uint32_t>(std::atoi(argv[2]))});
  return worker.run("train", [](sherpa::Trial& trial) {
    for (int i = 1; i <= 5 && !trial.should_stop(); ++i)
      trial.report({.objective = trial.get<double>("x") / i,
                    .iteration = i,
                    .context = {{"i", static_cast<double>(i)}}});
  });
}
