#include <sherpa/sherpa.hpp>

#include <iostream>

int main() {
  auto square = [](sherpa::Trial& trial) {
    trial.report({.objective = trial.get<double>("x") * trial.get<double>("x")});
  };
  auto best = sherpa::optimize({.parameters = {sherpa::Continuous{"x", {-1, 1}}},
                                .algorithm = sherpa::RandomSearch{.max_num_trials = 20},
                                .lower_is_better = true},
                               square);
  std::cout << best.value() << '\n';
}
