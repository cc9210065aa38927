#include "core/study/engine_state.hpp"

#include "core/base/assert.hpp"
#include "core/base/overloaded.hpp"
#include "core/base/text.hpp"
#include "core/study/lineage.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>
#include <utility>

// Applying facts, which is all that a restart does, and queries of the resulting state.
namespace sherpa::study {

bool is_failure(End end) { return end == End::failed || end == End::timeout; }

std::string signature_of(const fact::AttemptEnded& ended) {
  const Detail& d = ended.detail;
  std::string out(base::name_of(ended.end));
  if (d.exit_code) out += " exit " + std::to_string(*d.exit_code);
  if (d.signal) out += " signal " + std::to_string(*d.signal);
  if (!d.message.empty()) out += ": " + d.message.substr(0, d.message.find('\n'));
  return out;
}

bool EngineState::follows(const Fact& fact) const {
  auto running = [&](const auto& f) {
    const OpenTrial* o = find_open(f.trial);
    return o && o->running && o->attempt == f.attempt;
  };
  return created != std::holds_alternative<fact::StudyCreated>(fact) &&
         std::visit(base::Overloaded{
                        [&](const fact::TrialIssued& f) { return f.trial == ledger->trials() + 1; },
                        [&](const fact::AttemptStarted& f) {
                          const OpenTrial* o = find_open(f.trial);
                          return o && !o->running && f.attempt == o->attempt + 1;
                        },
                        [&](const fact::Observation& f) { return running(f); },
                        [&](const fact::AttemptEnded& f) { return running(f); },
                        [&](const fact::TrialEnded& f) {
                          const OpenTrial* o = find_open(f.trial);
                          return o && !o->running && f.status != TrialStatus::intermediate;
                        },
                        [&](const fact::StopRequested& f) { return ledger->known(f.trial); },
                        [&](const fact::CheckpointPublished& f) { return ledger->known(f.trial); },
                        [](const auto&) { return true; }},
                    fact);
}

void EngineState::apply(Entry& entry) {
  // Invariant 1: facts are numbered without gaps. (A store that lost some opens with a prefix.)
  SHERPA_ASSERT(entry.seq == seq + 1, entry.seq, seq);
  SHERPA_ASSERT(follows(entry.fact), entry.seq, fact_names[entry.fact.index()]);
  seq = entry.seq;
  count_time(entry);
  std::visit(base::Overloaded{[&](const fact::Observation& f) { entry.withdrawn_from = apply(f); },
                              [&](const auto& f) { apply(f); }},
             entry.fact);
}

/// The time since the last fact was used, unless nobody ran the study: after its end, and before a
/// run began.
void EngineState::count_time(const Entry& entry) {
  const auto* steered = std::get_if<fact::Steered>(&entry.fact);
  const bool run_begins = std::holds_alternative<fact::StudyCreated>(entry.fact) ||
                          std::holds_alternative<fact::StudyChanged>(entry.fact) ||
                          (steered && steered->action == Steering::begun);
  if (!run_begins && !ended && entry.at > last_at_) time_used += entry.at - last_at_;
  last_at_ = entry.at;
}

void EngineState::apply(const fact::StudyCreated& fact) {
  study = fact;
  created = true;
  ledger->begin(fact.lower_is_better, fact.limits.group_size);
}

void EngineState::apply(const fact::StudyChanged& fact) {
  if (study.limits.max_concurrent != fact.limits.max_concurrent) steered_limit.reset();
  study.algorithm = fact.algorithm;
  study.stopping_rule = fact.stopping_rule;
  study.limits = fact.limits;
  study.command = fact.command;
  done = false;
  ended.reset();
  if (fact.new_algorithm) issued_before_algorithm = issued_by_algorithm;
  ledger->regroup(fact.limits.group_size, issued_before_algorithm);
}

void EngineState::apply(const fact::TrialIssued& fact) {
  if (fact.origin.by_algorithm()) {
    ++issued_by_algorithm;
  } else if (!enqueued.empty()) {
    if (enqueued.front().retries != 0) retries.insert(fact.trial);
    enqueued.pop_front();
  }
  ledger->issue(fact);
  open.try_emplace(fact.trial);
  idle.push_back(fact.trial);
}

void EngineState::apply(const fact::AttemptStarted& fact) {
  OpenTrial& trial = open.at(fact.trial);
  // Invariant 2: at most one current attempt.
  SHERPA_ASSERT(!trial.running && fact.attempt == trial.attempt + 1, fact.trial, fact.attempt,
                trial.attempt);
  idle.erase(std::find(idle.begin(), idle.end(), fact.trial));
  trial.attempt = fact.attempt;
  trial.running = true;
  trial.token_hash = fact.token_hash;
  trial.worker = fact.worker;
  trial.incarnation = fact.incarnation;
  trial.slots = fact.slots;
  trial.resources = fact.resources;
  trial.last_batch = 0;
  trial.highest = -1;
  trial.reported.reset();
  trial.timed_out = false;
  ++running;
  if (auto worker = workers.find(fact.worker); worker != workers.end())
    worker->second.room.take(fact.slots, fact.resources);
  ledger->start_attempt(fact.trial);
}

std::int64_t EngineState::apply(const fact::Observation& fact) {
  OpenTrial& trial = open.at(fact.trial);
  // Invariant 2: only the current attempt observes.
  SHERPA_ASSERT(trial.running && trial.attempt == fact.attempt, fact.trial, fact.attempt);
  if (trial.reported) {
    trial.reported->insert(fact.iteration);
  } else if (fact.iteration <= trial.highest) {
    auto so_far = ledger->attempt_iterations(fact.trial);
    trial.reported =
        std::make_unique<std::unordered_set<std::int64_t>>(so_far.begin(), so_far.end());
    trial.reported->insert(fact.iteration);
  }
  trial.highest = std::max(trial.highest, fact.iteration);
  trial.last_batch = std::max(trial.last_batch, fact.batch);
  return ledger->observe(fact);
}

void EngineState::apply(const fact::StopRequested& fact) {
  // A stop may be stored after the end that overtook it.
  if (OpenTrial* trial = find_open(fact.trial)) trial->stop_pending = true;
}

void EngineState::apply(const fact::AttemptEnded& fact) {
  OpenTrial& trial = open.at(fact.trial);
  // Invariant 4: an attempt ends once.
  SHERPA_ASSERT(trial.running && trial.attempt == fact.attempt && running > 0, fact.trial,
                fact.attempt, running);
  trial.running = false;
  trial.last_end = fact.end;
  trial.reported.reset();
  ++trial.ends[static_cast<std::size_t>(fact.end)];
  --running;
  idle.push_back(fact.trial);
  if (auto worker = workers.find(trial.worker);
      worker != workers.end() && worker->second.worker.incarnation == trial.incarnation)
    worker->second.room.give_back(trial.slots, trial.resources);
  if (is_failure(fact.end) || fact.end == End::lost)
    last_failure = {fact.trial, fact.attempt, signature_of(fact)};
  watch_failures(trial, fact);
}

/// Counts, for every worker, its consecutive equal failures, and notes whether another worker had a
/// different outcome meanwhile.
void EngineState::watch_failures(const OpenTrial& trial, const fact::AttemptEnded& fact) {
  bool failure = is_failure(fact.end);
  if (!failure && fact.end != End::completed && fact.end != End::stopped)
    return;  // says nothing about the worker
  auto signature = failure ? signature_of(fact) : std::string();
  for (auto& [name, state] : workers) {
    if (name == trial.worker) {
      bool same = failure && state.signature == signature && state.failures > 0;
      if (!same) state.elsewhere_differs = false;
      state.failures = !failure ? 0 : same ? state.failures + 1 : 1;
      state.signature = signature;
    } else if (state.failures > 0 && state.signature != signature) {
      state.elsewhere_differs = true;
    }
  }
}

void EngineState::apply(const fact::TrialEnded& fact) {
  // Invariant 4: a trial ends once, and not while an attempt runs.
  SHERPA_ASSERT(open.contains(fact.trial) && !open.at(fact.trial).running, fact.trial);
  ledger->end(fact);
  bool better = !best_ended || (study.lower_is_better ? fact.objective < best_ended->first
                                                      : fact.objective > best_ended->first);
  if (std::isfinite(fact.objective) && better) best_ended = {fact.objective, fact.trial};
  SHERPA_ASSERT(!best_ended || std::isfinite(best_ended->first));  // invariant 8
  ++ended_with[static_cast<std::size_t>(fact.status)];
  // Almost always the most recent one.
  for (auto at = idle.rbegin(); at != idle.rend(); ++at)
    if (*at == fact.trial) {
      idle.erase(std::next(at).base());
      break;
    }
  open.erase(fact.trial);
}

void EngineState::apply(const fact::CheckpointPublished& fact) { checkpoints[fact.trial] = fact; }

void EngineState::apply(const fact::AlgorithmDone&) { done = true; }

void EngineState::apply(const fact::WorkerJoined& fact) {
  auto& state = workers[fact.worker.name];
  state = {};
  state.worker = fact.worker;
  state.room = FreeCapacity(fact.worker);
  // Attempts that began before a damaged store lost the worker's earlier arrival are not counted
  // twice.
}

void EngineState::apply(const fact::WorkerLeft& fact) {
  workers.erase(fact.name);
  if (fact.barred) barred.emplace(fact.name, fact.incarnation);
}

void EngineState::apply(const fact::Steered& fact) {
  switch (fact.action) {
    case Steering::paused: paused = true; break;
    case Steering::resumed: paused = false; break;
    case Steering::limited: steered_limit = fact.max_concurrent; break;
    case Steering::enqueued:
      enqueued.push_back({fact.configuration, fact.retries});
      if (fact.retries != 0) retried.insert(fact.retries);
      if (ended) ended.reset();
      break;
    case Steering::reopened: ended.reset(); break;
    case Steering::begun: break;
  }
}

void EngineState::apply(const fact::StudyEnded& fact) { ended = fact; }

const OpenTrial* EngineState::find_open(TrialId trial) const {
  auto at = open.find(trial);
  return at == open.end() ? nullptr : &at->second;
}

OpenTrial* EngineState::find_open(TrialId trial) {
  auto at = open.find(trial);
  return at == open.end() ? nullptr : &at->second;
}

OpenTrial* EngineState::current(TrialId trial, AttemptId attempt, const std::string& token_hash) {
  OpenTrial* found = find_open(trial);
  if (!found || !found->running || found->attempt != attempt) return nullptr;
  return found->token_hash == token_hash ? found : nullptr;
}

bool EngineState::reported(TrialId trial, const OpenTrial& current, std::int64_t iteration) const {
  if (iteration > current.highest) return false;
  return current.reported ? current.reported->contains(iteration)
                          : ledger->attempt_reported(trial, iteration);
}

std::uint32_t EngineState::max_concurrent() const {
  return steered_limit.value_or(study.limits.max_concurrent);
}

bool EngineState::exhausted(std::size_t prepared) const {
  return done || (study.limits.budget && issued_by_algorithm + prepared >= *study.limits.budget);
}

bool EngineState::retriable(const OpenTrial& trial) const {
  const RetryLimits& limits = study.limits.retry;
  std::optional<std::uint32_t> limit;
  switch (trial.last_end) {
    case End::completed:
    case End::stopped: return false;
    case End::failed: limit = limits.failed; break;
    case End::timeout: limit = limits.timeout; break;
    case End::lost: limit = limits.lost; break;
    case End::preempted: limit = limits.preempted; break;
    case End::interrupted: limit = limits.interrupted; break;
  }
  return !limit || trial.ends[static_cast<std::size_t>(trial.last_end)] <= *limit;
}

std::optional<std::uint64_t> EngineState::total(std::optional<std::uint64_t> planned) const {
  std::uint64_t by_users = ledger->trials() - issued_by_algorithm + enqueued.size();
  if (done) return issued_by_algorithm + by_users;
  if (study.limits.budget) return std::max(*study.limits.budget, issued_by_algorithm) + by_users;
  if (planned) return issued_before_algorithm + *planned + by_users;
  return std::nullopt;
}

std::vector<std::pair<TrialId, AttemptId>> EngineState::open_trials() const {
  std::vector<std::pair<TrialId, AttemptId>> out;
  for (const auto& [id, trial] : open) out.emplace_back(id, trial.running ? trial.attempt : 0);
  return out;
}

std::vector<JoinedWorker> EngineState::joined_workers() const {
  std::vector<JoinedWorker> out;
  std::map<std::string, std::size_t> at;
  for (const auto& [name, state] : workers) {
    at[name] = out.size();
    out.push_back({state.worker,
                   state.room.free_slots(),
                   state.present,
                   state.draining,
                   state.last_life,
                   {}});
  }
  for (const auto& [id, trial] : open) {
    auto worker = trial.running ? at.find(trial.worker) : at.end();
    if (worker != at.end()) out[worker->second].trials.push_back(id);
  }
  return out;
}

std::uint64_t EngineState::ended_trials() const {
  return std::accumulate(ended_with.begin(), ended_with.end(), std::uint64_t{0});
}

bool EngineState::stop_pending(TrialId trial) const {
  auto at = open.find(trial);
  return at != open.end() && at->second.stop_pending;
}

std::optional<std::string> EngineState::checkpoint(TrialId trial) const {
  auto at = checkpoints.find(trial);
  if (at == checkpoints.end()) return std::nullopt;
  return at->second.directory;
}

std::optional<std::string> EngineState::loads(TrialId trial) const {
  if (auto own = checkpoint(trial)) return own;
  if (!ledger->origin(trial).by_algorithm() && !retries.contains(trial)) return std::nullopt;
  auto parent = parent_of(ledger->configuration(trial));
  return parent && *parent < trial ? checkpoint(*parent) : std::nullopt;
}

std::string EngineState::describe() const {
  std::ostringstream out;
  out << "seq " << seq << " trials " << ledger->trials() << " by algorithm " << issued_by_algorithm
      << " of them before it " << issued_before_algorithm << " rows " << ledger->rows()
      << " withdrawn " << ledger->withdrawn_rows(ledger->withdrawals());
  for (std::size_t i = 0; i < ended_with.size(); ++i) out << ' ' << ended_with[i];
  out << (done ? " done" : "") << (paused ? " paused" : "") << " used " << time_used;
  if (steered_limit) out << " limit " << *steered_limit;
  if (ended) out << " ended " << base::name_of(ended->why) << ' ' << ended->message;
  if (created)
    out << "\nstudy " << study.algorithm << ' ' << study.stopping_rule << ' '
        << study.limits.budget.value_or(0);
  for (const auto& [id, trial] : open) {
    out << "\ntrial " << id << " attempt " << trial.attempt << (trial.running ? " running" : "")
        << (trial.stop_pending ? " stop" : "") << " on " << trial.worker << ' ' << trial.incarnation
        << " token " << trial.token_hash << " batch " << trial.last_batch << " highest "
        << trial.highest << " last end " << base::name_of(trial.last_end) << " ends";
    for (auto n : trial.ends) out << ' ' << n;
    for (const auto& [unit, share] : trial.resources) out << ' ' << unit << '=' << share;
  }
  out << "\nidle";
  for (TrialId id : idle) out << ' ' << id;
  out << "\nenqueued";
  for (const auto& one : enqueued) out << " (" << one.configuration << ") for " << one.retries;
  out << "\nretried";
  for (TrialId id : retried) out << ' ' << id;
  out << " by";
  for (TrialId id : retries) out << ' ' << id;
  for (const auto& [name, state] : workers)
    out << "\nworker " << name << ' ' << state.worker.incarnation << " free "
        << state.room.free_slots() << " failures " << state.failures << ' ' << state.signature
        << (state.elsewhere_differs ? " not elsewhere" : "");
  for (const auto& [name, incarnation] : barred) out << "\nbarred " << name << ' ' << incarnation;
  for (const auto& [id, checkpoint] : checkpoints)
    out << "\ncheckpoint " << id << ' ' << checkpoint.attempt << ' ' << checkpoint.directory;
  if (auto best = ledger->best()) out << "\nbest " << *best;
  return out.str();
}

}  // namespace sherpa::study
