#include "tests/simulation/checker.hpp"

#include "study/text.hpp"
#include "study/wire.hpp"

#include <sherpa/random.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace sherpa::simulation {

namespace fact = study::fact;
using study::Entry;
using study::to_text;

double objective_of(const Scenario& scenario, const Configuration& configuration, std::int64_t iteration) {
  std::uint64_t hash = std::hash<std::string>()(to_text(configuration));
  Random random(hash, static_cast<std::uint64_t>(iteration) + 100 * scenario.seed);
  if (random.chance(scenario.nan)) return random.chance(0.5) ? std::nan("") : random.chance(0.5) ? INFINITY : -INFINITY;
  return Random(hash).uniform() + 1.0 / static_cast<double>(iteration + 1) + 0.2 * random.uniform();
}

bool fails(const Scenario& scenario, const Configuration& configuration) {
  return Random(std::hash<std::string>()(to_text(configuration)), scenario.seed).chance(scenario.attempt_fails);
}

void Checker::violated(const std::string& what) const {
  throw Violation(what + " (after fact " + std::to_string(facts_.size()) + ")");
}

bool Checker::open(TrialId trial, AttemptId attempt) const {
  auto at = trials_.find(trial);
  return at != trials_.end() && at->second.running && at->second.attempts == attempt;
}

void Checker::applied(const Entry& entry) {
  require(entry.seq == facts_.size() + 1, "facts are numbered without gaps");
  note(entry);
  facts_.push_back(entry);
}

void Checker::note(const Entry& entry) {
  const study::Fact& any = entry.fact;
  auto id = [](TrialId trial) { return " of trial " + std::to_string(trial); };
  if (auto* f = std::get_if<fact::StudyCreated>(&any)) {
    budget_ = f->limits.budget;
    limit_ = f->limits.max_concurrent;
  } else if (auto* f = std::get_if<fact::StudyChanged>(&any)) {
    budget_ = f->limits.budget;
    limit_ = f->limits.max_concurrent;
    ended_ = false;
  } else if (auto* f = std::get_if<fact::TrialIssued>(&any)) {
    require(f->trial == trials_.size() + 1, "4: trials are numbered without gaps");
    require(!ended_, "3: nothing is issued after the end");
    require(!paused_, "a pause holds new trials");
    if (f->origin.by_algorithm()) {
      require(f->origin.k == ++issued_, "suggestions become trials in their order");
      require(f->origin.horizon < entry.seq, "a suggestion rests on earlier facts");
      require(!budget_ || issued_ <= *budget_, "3: more trials than the budget");
    }
    trials_[f->trial] = Book{.configuration = f->configuration, .origin = f->origin};
  } else if (auto* f = std::get_if<fact::AttemptStarted>(&any)) {
    Book& trial = trials_.at(f->trial);
    require(!trial.running, "2: two attempts" + id(f->trial));
    require(!trial.ended, "4: an attempt after the end" + id(f->trial));
    require(!trial.stop_requested, "a trial with a pending stop is tried again");
    require(!paused_, "a pause holds retries");
    require(f->attempt == trial.attempts + 1, "attempts are numbered without gaps" + id(f->trial));
    std::size_t running = 0;
    for (const auto& [other, book] : trials_) running += book.running ? 1 : 0;
    require(limit_ == 0 || running < limit_, "more attempts at once than max_concurrent");
    busy_[f->worker + '#' + f->incarnation] += f->slots;
    require(busy_[f->worker + '#' + f->incarnation] <= slots_[f->worker + '#' + f->incarnation],
            "more attempts than slots on " + f->worker);
    require(scenario_->local || !f->token_hash.empty(), "an attempt outside the process without a token");
    trial.running = true;
    trial.attempts = f->attempt;
    trial.token_hash = f->token_hash;
    trial.last_batch = 0;
  } else if (auto* f = std::get_if<fact::Observation>(&any)) {
    Book& trial = trials_.at(f->trial);
    require(trial.running && f->attempt == trial.attempts, "2: an observation of an attempt that is not current" + id(f->trial));
    auto expected = objective_of(*scenario_, trial.configuration, f->iteration);
    require(f->objective == expected || (std::isnan(f->objective) && std::isnan(expected)),
            "an observation nobody made" + id(f->trial));
    for (auto& point : trial.points) {
      require(point.attempt != f->attempt || point.iteration != f->iteration, "5: an iteration counted twice" + id(f->trial));
      if (point.attempt < f->attempt && point.iteration >= f->iteration) point.withdrawn = true;
    }
    trial.points.push_back({f->attempt, f->iteration, f->objective});
  } else if (auto* f = std::get_if<fact::StopRequested>(&any)) {
    require(!trials_.at(f->trial).ended, "a stop after the end" + id(f->trial));
    trials_.at(f->trial).stop_requested = true;
  } else if (auto* f = std::get_if<fact::AttemptEnded>(&any)) {
    Book& trial = trials_.at(f->trial);
    require(trial.running && f->attempt == trial.attempts, "2: the end of an attempt that is not current" + id(f->trial));
    trial.running = false;
    for (auto at = facts_.rbegin(); at != facts_.rend(); ++at)
      if (auto* started = std::get_if<fact::AttemptStarted>(&at->fact); started && started->trial == f->trial) {
        busy_[started->worker + '#' + started->incarnation] -= started->slots;
        break;
      }
  } else if (auto* f = std::get_if<fact::TrialEnded>(&any)) {
    Book& trial = trials_.at(f->trial);
    require(!trial.ended, "4: a second end" + id(f->trial));
    require(!trial.running, "4: an end while an attempt runs" + id(f->trial));
    trial.ended = f->status;
    std::int64_t last = 0;
    for (const auto& point : trial.points)
      if (!point.withdrawn) last = std::max(last, point.iteration);
    require(f->iteration == last, "the summary's iteration" + id(f->trial));
    if (trial.stop_requested) require(f->status == TrialStatus::stopped, "a stopped trial ends STOPPED" + id(f->trial));
    if (f->status == TrialStatus::completed) {
      std::set<std::int64_t> curve;
      for (const auto& point : trial.points)
        if (!point.withdrawn)
          require(curve.insert(point.iteration).second, "5: two observations of an iteration survive" + id(f->trial));
      require(static_cast<std::int64_t>(curve.size()) == scenario_->iterations,
              "1: a completed trial without its whole curve" + id(f->trial));
    }
  } else if (auto* f = std::get_if<fact::WorkerJoined>(&any)) {
    slots_[f->worker.name + '#' + f->worker.incarnation] = f->worker.slots;
  } else if (auto* f = std::get_if<fact::WorkerLeft>(&any)) {
    require(busy_[f->name + '#' + f->incarnation] == 0, "a worker left, and attempts run on it");
  } else if (auto* f = std::get_if<fact::Steered>(&any)) {
    if (f->action == study::Steering::paused) paused_ = true;
    if (f->action == study::Steering::resumed) paused_ = false;
    if (f->action == study::Steering::limited) limit_ = f->max_concurrent;
    if (f->action == study::Steering::reopened || f->action == study::Steering::enqueued) ended_ = false;
  } else if (auto* f = std::get_if<fact::StudyEnded>(&any)) {
    ended_ = true;
    if (f->why == study::EndOfStudy::budget)
      require(budget_ && issued_ == *budget_, "3: ended by its budget with another number of trials");
    if (f->why == study::EndOfStudy::budget || f->why == study::EndOfStudy::exhausted)
      for (const auto& [trial, book] : trials_)
        require(book.ended.has_value(), "4: the study ended before trial " + std::to_string(trial));
  }
}

void Checker::rolled_back_to(const study::MemoryStore& store) {
  std::vector<Entry> kept;
  for (const auto& group : store.groups()) kept.insert(kept.end(), group->begin(), group->end());
  require(kept.size() <= facts_.size(), "the store holds what nobody applied");
  for (std::size_t i = 0; i < kept.size(); ++i)
    require(kept[i].seq == facts_[i].seq && kept[i].fact.index() == facts_[i].fact.index(), "the store holds something else");
  *this = Checker(*scenario_);
  for (const auto& entry : kept) applied(entry);
}

void Checker::leaves(const study::Effect& effect, const study::MemoryStore& store) {
  study::Seq committed = store.groups().empty() ? 0 : store.groups().back()->back().seq;
  auto is_committed = [&](auto matches) {
    for (std::size_t i = facts_.size(); i-- > 0;)
      if (matches(facts_[i].fact)) return facts_[i].seq <= committed;
    return false;
  };
  if (auto* e = std::get_if<study::effect::Acknowledge>(&effect)) {
    bool any = false;
    for (const auto& entry : facts_)
      if (auto* f = std::get_if<fact::Observation>(&entry.fact);
          f && f->trial == e->trial && f->attempt == e->attempt && f->batch == e->batch) {
        require(entry.seq <= committed, "1: acknowledged before the commit");
        any = true;
      }
    require(any, "1: acknowledged what is not there");
  } else if (auto* e = std::get_if<study::effect::Start>(&effect)) {
    require(is_committed([&](const study::Fact& any) {
              auto* f = std::get_if<fact::AttemptStarted>(&any);
              return f && f->trial == e->trial && f->attempt == e->attempt;
            }),
            "started before the commit");
  } else if (auto* e = std::get_if<study::effect::Stop>(&effect)) {
    if (e->why == study::StopWhy::rule || e->why == study::StopWhy::person)
      require(is_committed([&](const study::Fact& any) {
                auto* f = std::get_if<fact::StopRequested>(&any);
                return f && f->trial == e->trial;
              }),
              "told to stop before the commit");
  } else if (auto* e = std::get_if<study::effect::Ended>(&effect)) {
    require(is_committed([&](const study::Fact& any) {
              auto* f = std::get_if<fact::AttemptEnded>(&any);
              return f && f->trial == e->trial && f->attempt == e->attempt;
            }),
            "1: an end acknowledged before the commit");
  } else if (std::holds_alternative<study::effect::Finished>(effect)) {
    require(is_committed([](const study::Fact& any) { return std::holds_alternative<fact::StudyEnded>(any); }),
            "finished before the commit");
  }
}

void Checker::compare(const study::Engine& engine) const {
  auto replayed = study::Engine(study::Engine::Options{});
  for (Entry entry : facts_) {
    entry.withdrawn_from = study::nothing_withdrawn;
    require(replayed.follows(entry.fact), "a fact that cannot follow");
    replayed.apply(entry);
  }
  if (replayed.describe() != engine.describe())
    violated("6: a restart is not the same:\n--- living\n" + engine.describe() + "\n--- replayed\n" + replayed.describe());

  // The results, from the book.
  std::map<std::pair<TrialId, std::int64_t>, double> surviving;
  for (const auto& [id, book] : trials_)
    for (const auto& point : book.points)
      if (!point.withdrawn) surviving[{id, point.iteration}] = point.objective;
  Results results(engine.ledger());
  std::size_t rows = 0;
  std::optional<double> best;
  for (const auto& row : results) {
    double y = row.objective();
    if (row.status() == TrialStatus::intermediate) {
      ++rows;
      auto at = surviving.find({row.trial_id(), row.iteration()});
      require(at != surviving.end(), "the results show what was withdrawn");
    }
    if (std::isfinite(y) && (!best || (scenario_->lower_is_better ? y < *best : y > *best))) best = y;
  }
  require(rows == surviving.size(), "1: the results miss an observation");
  auto found = engine.ledger()->best();
  if (engine.study().limits.group_size == 1) {
    require(found.has_value() == best.has_value() && (!best || found->objective == *best), "8: the best result is not the best");
    require(found == results.best(scenario_->lower_is_better), "8: two ways to the best result differ");
  }
  require(!found || std::isfinite(found->objective), "8: the best result is not finite");
}

void Checker::finished(const study::Engine& engine) const {
  compare(engine);
  if (engine.ended()->why == study::EndOfStudy::error) return;
  for (const auto& [id, book] : trials_) require(book.ended.has_value(), "4: trial " + std::to_string(id) + " never ended");
}

std::vector<std::string> Checker::table() const {
  std::map<std::uint64_t, std::string> by_k;
  for (const auto& [id, book] : trials_) {
    if (!book.origin.by_algorithm()) continue;
    std::map<std::int64_t, double> curve;
    for (const auto& point : book.points)
      if (!point.withdrawn) curve[point.iteration] = point.objective;
    std::ostringstream line;
    line << book.origin.k << ' ' << book.configuration << ' ' << (book.ended ? show(*book.ended) : "open");
    for (auto [i, y] : curve) line << ' ' << i << ':' << show(y);
    by_k[book.origin.k] = line.str();
  }
  std::vector<std::string> lines;
  for (auto& [k, line] : by_k) lines.push_back(std::move(line));
  return lines;
}

}  // namespace sherpa::simulation
