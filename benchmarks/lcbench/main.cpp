// The comparison of SHERPA's manual, on learning curves of real networks: random search, Bayesian
// optimisation, population based training, successive halving and Hyperband with the budget of 100
// models for 26 epochs, 20 in parallel.
//
//   lcbench DIR [--task 189908] [--repetitions 5] [--epochs 2600] [--workers 20] [--jobs 1]
//   [--methods ASHA,PBT] [--svg FILE]
//
// DIR is what convert.py wrote; without that directory, it says so and exits with 0. Time is
// virtual: an epoch takes as long as any other.

#include "plot.hpp"
#include "surrogate.hpp"

#include "core/space/specification.hpp"

#include <sherpa/sherpa.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <queue>
#include <thread>

namespace {

using namespace sherpa;
using lcbench::Surrogate;

constexpr int last_epoch = 52;         // of the surrogate's curves
constexpr int epochs_of_a_model = 26;  // of methods that train every model to the same end

struct Arguments {
  std::filesystem::path data;
  std::string task = "189908";
  int repetitions = 5, epochs = 2600, workers = 20, jobs = 1;
  std::string methods;
  std::filesystem::path svg;
};

Arguments parse(int argc, char** argv) {
  Arguments a;
  for (int i = 1; i < argc; ++i) {
    std::string arg = argv[i];
    if (!arg.starts_with("--") && a.data.empty()) {
      a.data = arg;
      continue;
    }
    if (i + 1 == argc) throw std::invalid_argument(arg + " needs a value");
    std::string value = argv[++i];
    std::map<std::string, int*> numbers{{"--repetitions", &a.repetitions},
                                        {"--epochs", &a.epochs},
                                        {"--workers", &a.workers},
                                        {"--jobs", &a.jobs}};
    if (auto number = numbers.find(arg); number != numbers.end()) {
      *number->second = std::atoi(value.c_str());
      if (*number->second < 1)
        throw std::invalid_argument(arg + " needs a whole number from 1, not " + value);
    } else if (arg == "--task") {
      a.task = value;
    } else if (arg == "--methods") {
      a.methods = value;
    } else if (arg == "--svg") {
      a.svg = value;
    } else {
      throw std::invalid_argument("unknown option " + arg);
    }
  }
  if (a.data.empty()) throw std::invalid_argument("it needs the directory that convert.py wrote");
  return a;
}

std::vector<Parameter> parameters() {
  return {Discrete{"batch_size", {16, 512}, Scale::log},
          Continuous{"learning_rate", {1e-4, 1e-1}, Scale::log},
          Continuous{"momentum", {0.1, 0.99}},
          Continuous{"weight_decay", {1e-5, 0.1}},
          Discrete{"num_layers", {1, 5}},
          Discrete{"max_units", {64, 1024}, Scale::log},
          Continuous{"max_dropout", {0, 1}}};
}

/// A way to choose models; the defaults of its algorithm, but for what the budget asks.
struct Method {
  std::string name;
  std::string algorithm;  // as in a study file
};

const std::vector<Method> methods{
    {"random search", R"({"name": "RandomSearch"})"},
    {"Bayesian optimisation", R"({"name": "BayesianOptimization"})"},
    {"PBT", R"({"name": "PopulationBasedTraining", "num_generations": 1000})"},
    {"PBT, SHERPA's rule",
     R"({"name": "PopulationBasedTraining", "num_generations": 1000, "resample_probability": 0})"},
    {"ASHA, r = 1",
     R"({"name": "SuccessiveHalving", "r": 1, "R": 27, "max_finished_configs": 1000000})"},
    {"ASHA, r = 3",
     R"({"name": "SuccessiveHalving", "r": 3, "R": 27, "max_finished_configs": 1000000})"},
    {"Hyperband", R"({"name": "Hyperband", "r": 1, "R": 27, "max_finished_configs": 1000000})"}};

/// A model that trains.
struct Training {
  Trial trial;
  int epoch, last;           // the next one, and the one to stop after
  Eigen::VectorXd accuracy;  // of the epochs from `epoch` on
  int first;
};

/// Which epochs a trial trains: all of them, or from which one it resumes, and for how long.
std::pair<int, int> epochs_of(const Configuration& c) {
  if (auto* generation = c.find("generation"))
    return {generation->as<int>(), generation->as<int>()};
  if (!c.contains("rung")) return {1, epochs_of_a_model};
  const int to = c.get<int>("resource");
  return {c.get<int>("rung") > 0 ? to / 3 + 1 : 1, to};
}

Training begin(const Surrogate& surrogate, int task, Trial trial) {
  const auto& c = trial.parameters();
  auto [from, to] = epochs_of(c);
  Surrogate::Inputs rows(to - from + 1, static_cast<Eigen::Index>(Surrogate::inputs));
  for (int e = from; e <= to; ++e)
    // Past the end of the surrogate's curves their last value stands.
    rows.row(e - from) << std::min(e, last_epoch), c.get<double>("batch_size"),
        c.get<double>("learning_rate"), c.get<double>("momentum"), c.get<double>("weight_decay"),
        c.get<double>("num_layers"), c.get<double>("max_units"), c.get<double>("max_dropout");
  Eigen::VectorXd accuracy = surrogate.evaluate(task, rows).col(1);
  return {std::move(trial), from, to, std::move(accuracy), from};
}

struct Outcome {
  std::vector<double> best;  // after every epoch spent
  int models = 0, trials = 0;
};

Outcome play(const Surrogate& surrogate, const Arguments& a,
             const AlgorithmSpecification& algorithm, std::uint64_t seed) {
  Study study({.parameters = parameters(),
               .algorithm = algorithm,
               .lower_is_better = false,
               .random_seed = seed});
  const int task = surrogate.task(a.task);
  Outcome out;
  std::map<std::pair<int, int>, Training> running;  // by when its next epoch ends, and its number
  int now = 0;
  while (static_cast<int>(out.best.size()) < a.epochs) {
    while (static_cast<int>(running.size()) < a.workers) {
      auto next = study.get_suggestion();
      auto* trial = std::get_if<Trial>(&next);
      if (!trial) break;
      auto training = begin(surrogate, task, std::move(*trial));
      out.models += training.first == 1;
      running.emplace(std::pair(now + 1, ++out.trials), std::move(training));
    }
    if (running.empty()) break;
    auto node = running.extract(running.begin());
    now = node.key().first;
    Training& training = node.mapped();
    const double accuracy = training.accuracy[training.epoch - training.first];
    out.best.push_back(std::max(accuracy, out.best.empty() ? 0 : out.best.back()));
    study.add_observation(training.trial, {.objective = accuracy, .iteration = training.epoch});
    if (training.epoch++ == training.last) {
      study.finalize(training.trial);
    } else {
      ++node.key().first;
      running.insert(std::move(node));
    }
  }
  for (auto& [when, training] : running) study.finalize(training.trial, TrialStatus::stopped);
  return out;
}

struct Statistics {
  double mean, deviation;
};

Statistics at(const std::vector<Outcome>& outcomes, std::size_t epoch) {
  double sum = 0, squares = 0;
  for (const auto& one : outcomes) {
    double y = one.best[std::min(epoch, one.best.size()) - 1];
    sum += y;
    squares += y * y;
  }
  const auto n = static_cast<double>(outcomes.size());
  return {sum / n, n > 1 ? std::sqrt(std::max(0.0, (squares - sum * sum / n) / (n - 1))) : 0};
}

int run(const Arguments& a) {
  const Surrogate surrogate(a.data);
  auto [time, others] = lcbench::differences(surrogate, a.data);
  std::printf("largest difference from reference.json: time %.1e, the others %.1e\n", time, others);
  if (time > 2e-3 || others > 1e-5) return std::fprintf(stderr, "lcbench: that is too much\n"), 1;

  std::printf(
      "task %s, %d epochs, %d at once, %d repetitions: best validation accuracy, mean ± standard "
      "deviation\n\n",
      a.task.c_str(), a.epochs, a.workers, a.repetitions);
  std::printf("| | @%d | @%d | @%d | models | trials |\n|---|---|---|---|---|---|\n", a.epochs / 4,
              a.epochs / 2, a.epochs);
  std::vector<lcbench::Line> lines;
  for (const auto& method : methods) {
    if (!a.methods.empty() && a.methods.find(method.name) == std::string::npos) continue;
    auto algorithm = space::algorithm_from_json(method.algorithm);
    if (!algorithm) {
      std::printf("| %s | %s |\n", method.name.c_str(), algorithm.error().message.c_str());
      continue;
    }
    std::vector<Outcome> outcomes(static_cast<std::size_t>(a.repetitions));
    std::atomic<std::size_t> next = 0;
    {
      std::vector<std::jthread> threads;
      for (int j = 0; j < a.jobs; ++j)
        threads.emplace_back([&] {
          for (auto i = next++; i < outcomes.size(); i = next++)
            outcomes[i] = play(surrogate, a, *algorithm, i + 1);
        });
    }
    double models = 0, trials = 0;
    for (const auto& one : outcomes) models += one.models, trials += one.trials;
    std::printf("| %s |", method.name.c_str());
    for (int part : {4, 2, 1}) {
      auto [mean, deviation] = at(outcomes, static_cast<std::size_t>(a.epochs / part));
      std::printf(" %.2f ± %.2f |", mean, deviation);
    }
    std::printf(" %.0f | %.0f |\n", models / a.repetitions, trials / a.repetitions);
    std::fflush(stdout);
    lcbench::Line line{method.name, {}, {}, {}};
    for (int epoch = 20; epoch <= a.epochs; epoch += 20) {
      auto [mean, deviation] = at(outcomes, static_cast<std::size_t>(epoch));
      line.epochs.push_back(epoch);
      line.mean.push_back(mean);
      line.deviation.push_back(deviation);
    }
    lines.push_back(std::move(line));
  }
  if (!a.svg.empty())
    lcbench::plot(a.svg,
                  "Task " + a.task + ", " + std::to_string(a.repetitions) +
                      " repetitions, ± two standard deviations",
                  lines);
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  const auto arguments = parse(argc, argv);
  if (!std::filesystem::exists(arguments.data / "lcbench.json")) {
    std::cout << "lcbench: skipped: there is no " << (arguments.data / "lcbench.json").string()
              << "; convert.py writes it\n";
    return 0;
  }
  return run(arguments);
} catch (const std::invalid_argument& e) {
  std::cerr << "lcbench: " << e.what() << '\n';
  return 2;
} catch (const std::exception& e) {
  std::cerr << "lcbench: " << e.what() << '\n';
  return 1;
}
