// A study that is to be killed. Says on standard output, a line each, what it knows to be
// stored ("stored 3", after finalize or before the next trial starts); everything in it follows
// from its arguments, so that a resumed one ends as an uninterrupted one.
//
//   victim DIRECTORY (loop | optimize) ALGORITHM [--kill-after K] [--observations N]
//   victim DIRECTORY (patient | deaf) ALGORITHM [--grace SECONDS]     stops on signals; "deaf": its
//   trials do not

#include <sherpa/sherpa.hpp>

#include <unistd.h>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace {

using namespace sherpa;

/// Leans on all results: any difference after a resume would show in what comes next.
class Leaning final : public Algorithm {
 public:
  Suggestion get_suggestion(const std::vector<Parameter>& parameters, const Results& results, bool,
                            Random random) override {
    if (results.with_status(TrialStatus::completed).size() +
            results.with_status(TrialStatus::failed).size() >=
        9)
      return Done{};
    double lean = random.uniform();
    for (const auto& row : results) lean += row.objective() * static_cast<double>(row.iteration());
    Random one(static_cast<std::uint64_t>((lean - std::floor(lean)) * 1e9));
    Configuration next;
    for (const auto& parameter : parameters) next.set(parameter.name(), parameter.sample(one));
    return next;
  }
};

const std::map<std::string, AlgorithmSpecification>& algorithms() {
  static const auto leaning = own("leaning", [] { return std::make_unique<Leaning>(); });
  static const std::map<std::string, AlgorithmSpecification> all{
      {"random", RandomSearch{.max_num_trials = 9}},
      {"random_repeat", RandomSearch{.max_num_trials = 3, .repeat = 3}},
      {"tpe", TPE{.max_num_trials = 9, .num_startup_trials = 4}},
      {"cma_es", CMAES{.max_num_trials = 9, .population_size = 3}},
      {"genetic", Genetic{.max_num_trials = 13}},
      {"local_search",
       LocalSearch{.seed_configuration = {{"x", 0.5}, {"c", 1}}, .max_num_trials = 9}},
      {"grid", GridSearch{.num_grid_points = 3}},
      {"grid_ends", GridSearch{.num_grid_points = 3, .points = GridPoints::end_points}},
      {"iterate", Iterate{{{{"x", 0.1}, {"c", 1}},
                           {{"x", 0.5}, {"c", 2}},
                           {{"x", 0.9}, {"c", 1}},
                           {{"x", 0.2}, {"c", 2}}}}},
      {"repeat", Repeat{.algorithm = RandomSearch{.max_num_trials = 3}, .num_times = 3}},
      {"repeat_agg",
       Repeat{.algorithm = leaning, .num_times = 2, .wait_for_completion = true, .agg = true}},
      {"chain",
       Chain{{GridSearch{}, Repeat{.algorithm = RandomSearch{.max_num_trials = 2}, .num_times = 2},
              RandomSearch{.max_num_trials = 2}}}},
      {"own", leaning},
  };
  return all;
}

void say(const std::string& line) {
  auto text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0) std::abort();
}

double objective(const Trial& trial, int i) {
  return trial.get<double>("x") * trial.get<int>("c") + 1.0 / i;
}
Observation observation(const Trial& trial, int i) {
  return {
      .objective = objective(trial, i), .iteration = i, .context = {{"i", static_cast<double>(i)}}};
}

/// The drivers; `ends` is called when the end of another trial is stored.
void loop(const StudySetup& setup, int observations, const std::function<void()>& ends) {
  Study study(setup);
  for (Trial& trial : study) {
    auto status = TrialStatus::completed;
    for (int i = 1; i <= observations; ++i) {
      study.add_observation(trial, observation(trial, i));
      if (study.should_trial_stop(trial)) {
        status = TrialStatus::stopped;
        break;
      }
    }
    study.finalize(trial, status);
    say("stored " + std::to_string(trial.id()));
    ends();
  }
  study.save();
  say("saved");
}

/// On one slot, a trial begins only after the end of the one before is stored.
void optimize_one_by_one(const StudySetup& setup, int observations,
                         const std::function<void()>& ends) {
  TrialId before = 0;
  optimize(setup, [&](Trial& trial) {
    if (before != 0) {
      say("stored " + std::to_string(before));
      ends();
    }
    for (int i = 1; i <= observations && !trial.should_stop(); ++i)
      trial.report(observation(trial, i));
    before = trial.id();
  });
  if (before != 0) say("stored " + std::to_string(before));
  say("saved");
}

/// Two trials at once run until they are told to stop; deaf ones, until they are killed.
int wait_for_signals(const StudySetup& setup, bool deaf, std::chrono::seconds grace) {
  StopOnSignals signals(grace);
  optimize(setup,
           [&](Trial& trial) {
             trial.report({.objective = objective(trial, 1)});
             trial.save_dir();
             trial.publish();  // returns when everything before it is stored
             say("running " + std::to_string(trial.id()));
             while (deaf) pause();
             while (!trial.should_stop()) std::this_thread::yield();
           },
           {.max_concurrent = 2, .stop = signals.token(), .progress = live_view()});
  return signals.exit_code();
}

}  // namespace

int main(int argc, char** argv) try {
  std::string directory = argv[1], driver = argv[2], algorithm = argv[3];
  std::uint64_t kill_after = 0;
  int observations = 3;
  std::chrono::seconds grace{3600};
  for (int i = 4; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--kill-after")
      kill_after = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::string(argv[i]) == "--observations") observations = std::atoi(argv[i + 1]);
    if (std::string(argv[i]) == "--grace") grace = std::chrono::seconds(std::atoi(argv[i + 1]));
  }
  StudySetup setup{.parameters = {Continuous{"x", {0.05, 1}, Scale::log}, Choice{"c", {1, 2}}},
                   .algorithm = algorithms().at(algorithm),
                   .lower_is_better = true,
                   .stopping_rule = MedianStoppingRule{.min_iterations = 2, .min_trials = 3},
                   .output_dir = directory,
                   .random_seed = 7};
  std::uint64_t ended = 0;
  auto ends = [&] {
    if (++ended == kill_after) kill(getpid(), SIGKILL);
  };
  if (driver == "loop") {
    loop(setup, observations, ends);
  } else if (driver == "optimize") {
    optimize_one_by_one(setup, observations, ends);
  } else {
    return wait_for_signals(setup, driver == "deaf", grace);
  }
  return 0;
} catch (const sherpa::Exception& e) {
  std::cerr << e.what() << '\n';
  return sherpa::exit_code(e.code());
}
