#include <sherpa/contract.hpp>

#include "core/base/text.hpp"
#include "runtime/contract/rehearsal.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <utility>

namespace sherpa {

namespace {

using runtime::Rehearsal;

constexpr double inf = std::numeric_limits<double>::infinity();

/// Collects what is wrong; a scenario that throws is one line.
class Findings {
 public:
  void add(const std::string& scenario, const std::string& what) {
    lines_.push_back(scenario + ": " + what);
  }
  /// `hopeless`: an algorithm may end the study with an error, by itself.
  void run(const std::string& scenario, const std::function<void()>& play, bool hopeless = false) {
    try {
      play();
    } catch (const Exception& e) {
      if (!hopeless || e.code() != Errc::study_failed) add(scenario, e.what());
    } catch (const std::exception& e) {
      add(scenario, e.what());
    }
  }
  std::vector<std::string> take() {
    std::sort(lines_.begin(), lines_.end());
    lines_.erase(std::unique(lines_.begin(), lines_.end()), lines_.end());
    return std::move(lines_);
  }

 private:
  std::vector<std::string> lines_;
};

/// A smooth objective over any space, with a little structure: the distance from a point in the
/// unit cube.
double bowl(const space::SearchSpace& space, const Configuration& configuration) {
  double sum = 0;
  auto point = space.to_unit(configuration);
  for (std::size_t i = 0; i < point.size(); ++i) {
    double d = point[i] - 0.3 - 0.4 * static_cast<double>(i % 2);
    sum += d * d;
  }
  return sum;
}

/// What a trial reports, by its configuration and number.
using Objective = std::function<double(TrialId, const Configuration&)>;

struct Play {
  StudySetup setup;
  std::uint64_t trials;
  Objective objective;
  std::function<TrialStatus(TrialId)> ends = [](TrialId) { return TrialStatus::completed; };
  std::uint64_t restart_every = 0;  // 0: never
};

/// Runs trials one at a time; returns the table.
std::string play(const Play& p, Findings& findings, const std::string& scenario) {
  Rehearsal study(p.setup);
  std::uint64_t waits = 0;
  for (std::uint64_t n = 0; n < p.trials;) {
    auto next = study.take();
    if (std::holds_alternative<Done>(next)) {
      if (!std::holds_alternative<Done>(study.take()))
        findings.add(scenario, "it continued after it was done");
      break;
    }
    if (std::holds_alternative<Wait>(next)) {
      if (++waits == 1) findings.add(scenario, "it waits although no trial is running");
      break;
    }
    ++n;
    auto trial = std::get<Rehearsal::Started>(next);
    if (trial.id != n)
      findings.add(scenario,
                   "trial " + std::to_string(n) + " came as trial " + std::to_string(trial.id));
    TrialStatus status = p.ends(trial.id);
    if (status != TrialStatus::failed) {
      study.observe(trial, p.objective(trial.id, trial.parameters), 1);
      study.observe(trial, p.objective(trial.id, trial.parameters) * 0.5, 2);
    }
    study.finalize(trial, status);
    if (p.restart_every > 0 && n % p.restart_every == 0) study.restart();
  }
  if (auto best = study.best(); best && !std::isfinite(best->objective))
    findings.add(scenario, "the best result is not finite");
  return study.csv();
}

/// The algorithm, and what every scenario needs besides.
struct Subject {
  const AlgorithmSpecification& algorithm;
  const std::vector<Parameter>& parameters;
  const ContractOptions& options;
  const space::SearchSpace& space;

  StudySetup setup(bool lower_is_better = true) const {
    return {.parameters = parameters,
            .algorithm = algorithm,
            .lower_is_better = lower_is_better,
            .random_seed = options.seed};
  }
  Objective smooth() const {
    return [this](TrialId, const Configuration& c) { return bowl(space, c); };
  }
};

void repeats_itself(const Subject& subject, Findings& findings) {
  for (bool lower_is_better : {true, false}) {
    const std::string direction = lower_is_better ? " (lower is better)" : " (higher is better)";
    findings.run("one trial at a time" + direction, [&] {
      Play whole{subject.setup(lower_is_better), subject.options.trials, subject.smooth()};
      auto table = play(whole, findings, "one trial at a time" + direction);
      if (table != play(whole, findings, "a second run" + direction))
        findings.add("a second run" + direction, "the same seed and facts gave other suggestions");
      for (std::uint64_t every : {1, 3}) {
        Play broken = whole;
        broken.restart_every = every;
        auto scenario = "restarted after every " + std::to_string(every) + ". trial" + direction;
        if (play(broken, findings, scenario) != table)
          findings.add(scenario, "the suggestions differ from those without a restart");
      }
    });
  }
}

/// `hopeless`: as Findings::run.
void meets_ends(const Subject& subject, Findings& findings, const std::string& scenario,
                const std::function<TrialStatus(TrialId)>& ends, bool hopeless = false) {
  findings.run(
      scenario,
      [&] {
        play({subject.setup(), subject.options.trials, subject.smooth(), ends}, findings, scenario);
      },
      hopeless);
}

void meets_objective(const Subject& subject, Findings& findings, const std::string& scenario,
                     const Objective& objective, bool hopeless = false) {
  findings.run(
      scenario,
      [&] {
        play({subject.setup(), subject.options.trials, objective}, findings, scenario);
      },
      hopeless);
}

void meets_many_at_once(const Subject& subject, Findings& findings) {
  const std::string scenario = "many at once, ending in any order";
  findings.run(scenario, [&] {
    Rehearsal study(subject.setup());
    Random random(subject.options.seed, 99);
    std::vector<Rehearsal::Started> running;
    std::uint64_t begun = 0;
    bool done = false;
    while (true) {
      bool waits = false;
      while (!done && !waits && begun < subject.options.trials && running.size() < 8) {
        auto next = study.take();
        if (auto* trial = std::get_if<Rehearsal::Started>(&next)) {
          running.push_back(*trial);
          ++begun;
        }
        waits = std::holds_alternative<Wait>(next);
        done = std::holds_alternative<Done>(next);
      }
      if (running.empty()) {
        if (waits) findings.add(scenario, "it waits although no trial is running");
        break;
      }
      auto at = running.begin() + static_cast<std::ptrdiff_t>(random.below(running.size()));
      if (random.chance(0.9)) study.observe(*at, bowl(subject.space, at->parameters), 1);
      study.finalize(*at, study.engine().ledger()->observations(at->id) ? TrialStatus::completed
                                                                        : TrialStatus::failed);
      running.erase(at);
    }
  });
}

void meets_enqueued_trials(const Subject& subject, Findings& findings) {
  findings.run("trials of a user's between its own", [&] {
    Rehearsal study(subject.setup());
    Random random(subject.options.seed, 98);
    for (std::uint64_t n = 0; n < subject.options.trials; ++n) {
      if (n % 3 == 0) study.enqueue(subject.space.sample(random));
      auto next = study.take();
      auto* trial = std::get_if<Rehearsal::Started>(&next);
      if (!trial) break;
      study.observe(*trial, bowl(subject.space, trial->parameters));
      study.finalize(*trial);
    }
  });
}

}  // namespace

std::vector<std::string> contract_violations(const AlgorithmSpecification& algorithm,
                                             const std::vector<Parameter>& parameters,
                                             ContractOptions options) {
  auto space = space::SearchSpace::make(parameters);
  if (!space) return {space.error().message};
  const Subject subject{algorithm, parameters, options, *space};
  Findings findings;
  repeats_itself(subject, findings);
  // Without a pattern that an algorithm may share: it would seem that a resource always fails.
  meets_ends(subject, findings, "failed trials", [](TrialId t) {
    return std::popcount(t) % 2 ? TrialStatus::failed : TrialStatus::completed;
  });
  meets_ends(
      subject, findings, "all trials fail", [](TrialId) { return TrialStatus::failed; }, true);
  meets_ends(subject, findings, "stopped trials",
             [](TrialId t) { return t % 3 ? TrialStatus::stopped : TrialStatus::completed; });
  meets_objective(
      subject, findings, "NaN and infinite objectives", [&](TrialId t, const Configuration& c) {
        return t % 4 == 0 ? std::nan("") : t % 4 == 1 ? inf : t % 4 == 2 ? -inf : bowl(*space, c);
      });
  meets_objective(
      subject, findings, "only NaN", [](TrialId, const Configuration&) { return std::nan(""); },
      true);
  meets_objective(subject, findings, "a constant objective",
                  [](TrialId, const Configuration&) { return 1.0; });
  for (double scale : {1e-12, 1e12})
    meets_objective(subject, findings, "objectives around " + show(scale),
                    [&](TrialId, const Configuration& c) { return scale * bowl(*space, c); });
  meets_many_at_once(subject, findings);
  meets_enqueued_trials(subject, findings);
  return findings.take();
}

namespace {

/// One step of a made-up course of events: an observation, or the end of a trial.
struct Event {
  std::size_t trial;
  std::int64_t iteration;  // -1: the trial ends
  double objective;
};

std::vector<Event> course(std::uint64_t seed, std::size_t trials, bool wild) {
  Random random(seed, 7);
  std::vector<std::vector<Event>> lines(trials);
  for (std::size_t t = 0; t < trials; ++t) {
    double level = random.uniform();
    auto length = 1 + random.below(12);
    std::vector<std::int64_t> iterations;
    for (std::uint64_t i = 0; i < length; ++i)
      iterations.push_back(static_cast<std::int64_t>(wild ? random.below(30) : i + 1));
    std::sort(iterations.begin(), iterations.end());
    iterations.erase(std::unique(iterations.begin(), iterations.end()), iterations.end());
    if (wild && random.chance(0.3)) std::reverse(iterations.begin(), iterations.end());
    for (auto i : iterations) {
      double y = level + 1.0 / static_cast<double>(i + 1) + 0.1 * random.normal();
      if (wild && random.chance(0.2))
        y = random.chance(0.5) ? std::nan("") : random.chance(0.5) ? inf : -inf;
      lines[t].push_back({t, i, y});
    }
    lines[t].push_back({t, -1, 0});
  }
  std::vector<Event> events;
  std::vector<std::size_t> at(trials, 0);
  std::size_t first = 0;
  while (first < trials) {  // up to four trials side by side
    auto t = first + random.below(std::min<std::size_t>(4, trials - first));
    if (at[t] < lines[t].size()) events.push_back(lines[t][at[t]++]);
    while (first < trials && at[first] == lines[first].size()) ++first;
  }
  return events;
}

/// The verdict after every observation, as a string of 0 and 1. Verdicts have no consequence here,
/// so that all curves are seen whole.
std::string verdicts(const StudySetup& setup, const std::vector<Event>& events, Findings& findings,
                     const std::string& scenario) {
  Rehearsal study(setup);
  std::vector<Rehearsal::Started> trials;
  std::string out;
  for (std::size_t n = 0; n < events.size(); ++n) {
    const Event& e = events[n];
    while (trials.size() <= e.trial) trials.push_back(std::get<Rehearsal::Started>(study.take()));
    auto& trial = trials[e.trial];
    if (e.iteration < 0) {
      study.finalize(trial, study.engine().ledger()->observations(trial.id) ? TrialStatus::completed
                                                                            : TrialStatus::failed);
      continue;
    }
    study.observe(trial, e.objective, e.iteration);
    bool stop = study.verdict(trial);
    out += stop ? '1' : '0';
    if (n % 7 == 0 && stop != study.verdict_of_a_fresh_rule(trial))
      findings.add(scenario, "after a restart the verdict on the same facts is another one");
  }
  return out;
}

}  // namespace

std::vector<std::string> contract_violations(const StoppingRuleSpecification& rule,
                                             ContractOptions options) {
  Findings findings;
  for (bool lower_is_better : {true, false})
    for (bool wild : {false, true}) {
      std::string scenario =
          std::string(wild ? "gaps, NaN, infinities and any order" : "regular curves") +
          (lower_is_better ? " (lower is better)" : " (higher is better)");
      findings.run(scenario, [&] {
        StudySetup setup{.parameters = {Continuous{"x", {0, 1}}},
                         .algorithm = RandomSearch{},
                         .lower_is_better = lower_is_better,
                         .stopping_rule = rule,
                         .random_seed = options.seed};
        auto events = course(options.seed, options.trials, wild);
        auto once = verdicts(setup, events, findings, scenario);
        if (once != verdicts(setup, events, findings, scenario))
          findings.add(scenario, "the same facts gave other verdicts");
      });
    }
  return findings.take();
}

}  // namespace sherpa
