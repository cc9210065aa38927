// The study loop: the program runs the trials itself, one after the other.
//
// Tunes gradient descent with momentum on Rosenbrock's valley: which learning rate and momentum get
// furthest in 200 steps? Run it twice: the second run finds the study complete and prints its
// result. Delete runs/loop to begin a new study.

#include <sherpa/sherpa.hpp>

#include <cmath>
#include <iostream>

namespace {

/// A ball rolling down f(x, y) = (1 − x)² + 100 (y − x²)².
class Descent {
 public:
  Descent(double rate, double momentum) : rate_(rate), momentum_(momentum) {}

  /// Ten steps; returns how high the ball is.
  double roll() {
    for (int step = 0; step < 10; ++step) {
      double dx = -2 * (1 - x_) - 400 * x_ * (y_ - x_ * x_), dy = 200 * (y_ - x_ * x_);
      vx_ = momentum_ * vx_ - rate_ * dx;
      vy_ = momentum_ * vy_ - rate_ * dy;
      x_ += vx_;
      y_ += vy_;
    }
    return (1 - x_) * (1 - x_) + 100 * (y_ - x_ * x_) * (y_ - x_ * x_);
  }
  double x() const { return x_; }

 private:
  double rate_, momentum_;
  double x_ = -1.2, y_ = 1, vx_ = 0, vy_ = 0;
};

}  // namespace

int main() try {
  sherpa::Study study({.parameters = {sherpa::Continuous{"rate", {1e-5, 1e-1}, sherpa::Scale::log},
                                      sherpa::Continuous{"momentum", {0, 0.99}}},
                       .algorithm = sherpa::RandomSearch{.max_num_trials = 100},
                       .lower_is_better = true,
                       .stopping_rule = sherpa::MedianStoppingRule{.min_iterations = 3},
                       .output_dir = "runs/loop"});
  for (sherpa::Trial& trial : study) {
    Descent descent(trial.get<double>("rate"), trial.get<double>("momentum"));
    auto status = sherpa::TrialStatus::completed;
    for (int iteration = 1; iteration <= 20; ++iteration) {
      // Too high a rate gives infinity and NaN, which are stored and never best.
      study.add_observation(
          trial,
          {.objective = descent.roll(), .iteration = iteration, .context = {{"x", descent.x()}}});
      if (study.should_trial_stop(trial)) {
        status = sherpa::TrialStatus::stopped;
        break;
      }
    }
    study.finalize(trial, status);
  }
  if (auto best = study.get_best_result()) std::cout << *best << '\n';
  return 0;
} catch (const sherpa::Exception& e) {
  std::cerr << "loop: " << e.what() << '\n';
  return sherpa::exit_code(e.code());
}
