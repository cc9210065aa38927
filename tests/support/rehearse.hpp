#pragma once

#include "runtime/contract/rehearsal.hpp"

#include <sherpa/algorithms.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// Studies that run in a Rehearsal, one trial after the other.
namespace sherpa::testing_support {

using Objective = std::function<double(const Configuration&)>;

inline StudySetup study_with(AlgorithmSpecification algorithm, std::vector<Parameter> parameters,
                             std::uint64_t seed = 1) {
  return {.parameters = std::move(parameters),
          .algorithm = std::move(algorithm),
          .lower_is_better = true,
          .random_seed = seed};
}

/// Runs trials until the algorithm is done, at most `most`; returns their configurations.
inline std::vector<Configuration> run(
    runtime::Rehearsal& study, std::size_t most,
    const Objective& objective = [](const Configuration&) { return 1.0; }) {
  std::vector<Configuration> seen;
  while (seen.size() < most) {
    auto next = study.take();
    auto* trial = std::get_if<runtime::Rehearsal::Started>(&next);
    if (!trial) {
      EXPECT_TRUE(std::holds_alternative<Done>(next)) << "it waits although nothing runs";
      break;
    }
    seen.push_back(trial->parameters);
    study.observe(*trial, objective(trial->parameters));
    study.finalize(*trial);
  }
  return seen;
}

inline std::vector<Configuration> run(
    const StudySetup& setup, std::size_t most,
    const Objective& objective = [](const Configuration&) { return 1.0; }, double* best = nullptr) {
  runtime::Rehearsal study(setup);
  auto seen = run(study, most, objective);
  if (best && study.best()) *best = study.best()->objective;
  return seen;
}

/// Continuous parameters x0, x1, … on [0, 1].
inline std::vector<Parameter> cube(int dimensions) {
  std::vector<Parameter> parameters;
  for (int i = 0; i < dimensions; ++i)
    parameters.push_back(Continuous{"x" + std::to_string(i), {0, 1}});
  return parameters;
}

/// A convex function of the parameters, with its minimum within the cube.
inline double bowl(const Configuration& c) {
  double sum = 0;
  int i = 0;
  for (auto [name, value] : c) sum += std::pow(value.real() - 0.2 - 0.1 * (++i % 6), 2);
  return sum;
}

/// One parameter of each kind.
inline std::vector<Parameter> mixed_space() {
  return {Continuous{"lr", {1e-4, 1e-1}, Scale::log}, Discrete{"units", {1, 64}, Scale::log},
          Ordinal{"batch", {16, 32, 64}}, Choice{"act", {"relu", "tanh", list(1, 2)}}};
}
inline Configuration mixed_configuration(int units) {
  return {{"lr", 0.01}, {"units", units}, {"batch", 32}, {"act", "tanh"}};
}

}  // namespace sherpa::testing_support
