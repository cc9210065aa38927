#pragma once

#include "runtime/contract/rehearsal.hpp"

#include <sherpa/algorithms.hpp>

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// Spaces, objectives and studies for Bayesian optimization.
namespace sherpa::testing_support::bayesian {

inline std::vector<Parameter> mixed() {
  return {Continuous{"lr", {1e-4, 1e-1}, Scale::log}, Discrete{"units", {1, 500}, Scale::log},
          Ordinal{"batch", {16, 32, 64}}, Choice{"act", {"relu", "tanh", "elu"}}};
}
inline std::vector<Parameter> square() {
  return {Continuous{"x", {-5, 10}}, Continuous{"y", {0, 15}}};
}

inline double branin(const Configuration& c) {
  double x = c.get<double>("x"), y = c.get<double>("y");
  double a = y - 5.1 / (4 * M_PI * M_PI) * x * x + 5 / M_PI * x - 6;
  return a * a + 10 * (1 - 1 / (8 * M_PI)) * std::cos(x) + 10;
}

/// The lower the nearer lr is to 0.01 with many units and tanh.
inline double mixed_objective(const Configuration& c) {
  double lr = std::log10(c.get<double>("lr")) + 2, units = std::log(c.get<double>("units") / 200);
  return lr * lr + 0.1 * units * units + (c.get<std::string>("act") == "tanh" ? 0 : 0.5) +
         c.get<double>("batch") / 1000;
}

inline StudySetup setup(BayesianOptimization options, std::vector<Parameter> parameters,
                        bool lower_is_better = true) {
  return {.parameters = std::move(parameters),
          .algorithm = std::move(options),
          .lower_is_better = lower_is_better,
          .random_seed = 5};
}

using Function = std::function<double(const Configuration&)>;

/// One trial after the other; returns what was tried.
inline std::vector<Configuration> run(runtime::Rehearsal& study, std::size_t most,
                                      const Function& objective) {
  std::vector<Configuration> seen;
  while (seen.size() < most) {
    auto next = study.take();
    auto* trial = std::get_if<runtime::Rehearsal::Started>(&next);
    if (!trial) break;
    seen.push_back(trial->parameters);
    study.observe(*trial, objective(trial->parameters));
    study.finalize(*trial);
  }
  return seen;
}

}  // namespace sherpa::testing_support::bayesian
