#include "player.hpp"

#include "algorithms/registry.hpp"
#include "core/space/specification.hpp"
#include "core/study/hosts.hpp"
#include "core/study/ledger.hpp"

#include <time.h>
#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

namespace quality {

using namespace sherpa;

namespace {

/// Milliseconds of this thread: what a core of its own would take, however busy the machine is.
double processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

/// A study without engine and store: an algorithm suggests, and learns the results.
class Table {
 public:
  Table(const Problem& problem, algorithms::AlgorithmPtr algorithm, std::uint64_t seed)
      : problem_(problem),
        host_("played", std::move(algorithm), *space::SearchSpace::make(problem.parameters),
              problem.lower_is_better, seed, 0, ledger_) {
    ledger_->begin(problem.lower_is_better, 1);
  }

  /// The next configuration; empty when the algorithm waits.
  std::optional<Configuration> ask(std::vector<double>& milliseconds) {
    double began = processor_time();
    auto suggested = host_.suggest({.k = k_ + 1, .horizon = seq_});
    milliseconds.push_back(processor_time() - began);
    if (auto* error = std::get_if<Error>(&suggested.answer))
      throw std::runtime_error(error->message);
    if (auto* chosen = std::get_if<study::Chosen>(&suggested.answer)) return chosen->configuration;
    return std::nullopt;
  }

  TrialId begin(const Configuration& configuration, bool by_algorithm = true) {
    study::fact::TrialIssued issued{++trials_, configuration, {}};
    if (by_algorithm) issued.origin = {.k = ++k_, .horizon = seq_, .path = {}};
    ledger_->issue(issued);
    ledger_->start_attempt(trials_);
    tell(std::move(issued));
    return trials_;
  }

  double end(TrialId trial, const Configuration& configuration) {
    double objective = problem_.objective(configuration);
    study::fact::Observation seen{
        .trial = trial, .attempt = 1, .iteration = 1, .objective = objective, .context = {}};
    ledger_->observe(seen);
    tell(std::move(seen));
    auto summary = ledger_->summarise(trial, TrialStatus::completed);
    ledger_->end(summary);
    tell(std::move(summary));
    return objective;
  }

 private:
  void tell(study::Fact fact) { host_.learn({.seq = ++seq_, .fact = std::move(fact)}); }

  const Problem& problem_;
  std::shared_ptr<study::Ledger> ledger_ = std::make_shared<study::Ledger>();
  study::AlgorithmHost host_;
  study::Seq seq_ = 0;
  std::uint64_t k_ = 0;
  TrialId trials_ = 0;
};

}  // namespace

algorithms::AlgorithmPtr build(const std::string& algorithm, const Problem& problem) {
  auto space = *space::SearchSpace::make(problem.parameters);
  auto specification = space::algorithm_from_json(
      algorithm.front() == '{' ? algorithm : "{\"name\": \"" + algorithm + "\"}");
  if (!specification) throw std::runtime_error(specification.error().message);
  auto made = algorithms::build(*specification, space, problem.lower_is_better, {});
  if (!made) throw std::runtime_error(made.error().message);
  return *std::move(made);
}

Played play(const Problem& problem, algorithms::AlgorithmPtr algorithm, std::uint64_t seed,
            std::size_t trials, std::size_t concurrent) {
  Table table(problem, std::move(algorithm), seed);
  Random durations(seed, 0xd0);
  std::multimap<double, std::pair<TrialId, Configuration>> running;
  double now = 0, best = std::numeric_limits<double>::infinity();
  Played played;
  std::size_t begun = 0;
  while (played.regrets.size() < trials) {
    while (running.size() < concurrent && begun < trials) {
      auto configuration = table.ask(played.milliseconds);
      if (!configuration) break;
      auto trial = table.begin(*configuration);
      running.emplace(now + 1 + durations.uniform(-0.1, 0.1), std::pair(trial, *configuration));
      ++begun;
    }
    if (running.empty()) break;
    now = running.begin()->first;
    auto [trial, configuration] = running.begin()->second;
    running.erase(running.begin());
    double regret = problem.regret(table.end(trial, configuration));
    if (regret < best) best = regret;
    played.regrets.push_back(best);
  }
  played.regrets.resize(trials, best);  // a study that is done has found what it found
  return played;
}

std::vector<double> time_suggestions(const Problem& problem, algorithms::AlgorithmPtr algorithm,
                                     std::uint64_t completed, std::size_t suggestions) {
  Table table(problem, std::move(algorithm), 1);
  Random random(1, 0xc0);
  auto space = *space::SearchSpace::make(problem.parameters);
  for (std::uint64_t i = 0; i < completed; ++i) {
    auto configuration = space.sample(random);
    table.end(table.begin(configuration), configuration);
  }
  std::vector<double> milliseconds;
  while (milliseconds.size() < suggestions) {
    auto configuration = table.ask(milliseconds);
    if (!configuration) break;
    table.end(table.begin(*configuration), *configuration);
  }
  return milliseconds;
}

}  // namespace quality
