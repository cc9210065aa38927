// An algorithm and a stopping rule of your own: the genetic algorithm of SHERPA's manual, and a
// rule that stops a trial on a plateau.
//
// The library's contract suite checks both before they are used.

#include <sherpa/sherpa.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <vector>

namespace {

/// Takes each value from one of two parents among the best third of the trials, or draws it at
/// random.
class Genetic final : public sherpa::Algorithm {
 public:
  explicit Genetic(double mutation_rate) : mutation_rate_(mutation_rate) {}

  sherpa::Suggestion get_suggestion(const std::vector<sherpa::Parameter>& parameters,
                                    const sherpa::Results& results, bool lower_is_better,
                                    sherpa::Random random) override {
    auto parents = results.with_status(sherpa::TrialStatus::completed);
    std::erase_if(parents, [](const auto& row) { return !std::isfinite(row.objective()); });
    std::stable_sort(parents.begin(), parents.end(), [&](const auto& a, const auto& b) {
      return lower_is_better ? a.objective() < b.objective() : a.objective() > b.objective();
    });
    const auto best_third = parents.size() / 3;

    sherpa::Configuration child;
    for (const auto& parameter : parameters) {
      if (best_third < 2 || random.chance(mutation_rate_)) {
        child.set(parameter.name(), parameter.sample(random));
      } else {
        child.set(parameter.name(),
                  parents[random.below(best_third)].parameters().at(parameter.name()));
      }
    }
    return child;
  }

 private:
  double mutation_rate_;
};

/// Stops a trial whose last five observations are no better than those before.
class Plateau final : public sherpa::StoppingRule {
 public:
  bool should_trial_stop(const sherpa::Trial& trial, const sherpa::Results& results,
                         bool lower_is_better) override {
    auto curve = results.of_trial(trial.id());
    if (curve.size() <= 5) return false;
    auto better = [&](const auto& a, const auto& b) {
      return lower_is_better ? a.objective() < b.objective() : a.objective() > b.objective();
    };
    auto recent = curve.end() - 5;
    return !better(*std::min_element(recent, curve.end(), better),
                   *std::min_element(curve.begin(), recent, better));
  }
};

}  // namespace

int main() try {
  const std::vector<sherpa::Parameter> parameters{sherpa::Continuous{"x", {-5, 10}},
                                                  sherpa::Continuous{"y", {0, 15}},
                                                  sherpa::Choice{"solver", {"slow", "fast"}}};
  auto genetic = sherpa::own("genetic", [] { return std::make_unique<Genetic>(0.1); });
  auto plateau = sherpa::own("plateau", [] { return std::make_unique<Plateau>(); });
  for (const auto& violations :
       {sherpa::contract_violations(genetic, parameters), sherpa::contract_violations(plateau)})
    for (const auto& violation : violations) {
      std::cerr << violation << '\n';
      return 1;
    }

  sherpa::Study study({.parameters = parameters,
                       .algorithm = genetic,
                       .lower_is_better = true,
                       .stopping_rule = plateau,
                       .random_seed = 7});
  for (sherpa::Trial& trial : study) {
    // Branin's function, with an offset that vanishes over the iterations; its minimum is 0.397887.
    double x = trial.get<double>("x"), y = trial.get<double>("y"), pi = std::acos(-1.0);
    double branin = std::pow(y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6, 2) +
                    10 * (1 - 1 / (8 * pi)) * std::cos(x) + 10;
    double speed = trial.get<std::string>("solver") == "fast" ? 0.5 : 0.9;
    auto status = sherpa::TrialStatus::completed;
    for (int iteration = 1; iteration <= 30; ++iteration) {
      study.add_observation(
          trial, {.objective = branin + std::pow(speed, iteration), .iteration = iteration});
      if (study.should_trial_stop(trial)) {
        status = sherpa::TrialStatus::stopped;
        break;
      }
    }
    study.finalize(trial, status);
    if (trial.id() == 200) break;
  }
  std::cout << *study.get_best_result() << '\n';
  return 0;
} catch (const sherpa::Exception& e) {
  std::cerr << "own_algorithm: " << e.what() << '\n';
  return sherpa::exit_code(e.code());
}
