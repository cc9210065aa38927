#include "core/base/overloaded.hpp"
#include "core/base/text.hpp"
#include "core/study/engine.hpp"
#include "core/study/engine_step.hpp"
#include "core/study/lineage.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

// What facts mean: all that a restart runs, and what can be read off the result.
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

Engine::Engine(Options options) : options_(std::move(options)) {}

bool Engine::follows(const Fact& fact) const {
  auto open = [&](TrialId trial) {
    auto at = open_.find(trial);
    return at == open_.end() ? nullptr : &at->second;
  };
  auto running = [&](const auto& f) {
    const OpenTrial* o = open(f.trial);
    return o && o->running && o->attempt == f.attempt;
  };
  return study_.has_value() != std::holds_alternative<fact::StudyCreated>(fact) &&
         std::visit(
             base::Overloaded{
                 [&](const fact::TrialIssued& f) { return f.trial == ledger_->trials() + 1; },
                 [&](const fact::AttemptStarted& f) {
                   const OpenTrial* o = open(f.trial);
                   return o && !o->running && f.attempt == o->attempt + 1;
                 },
                 [&](const fact::Observation& f) { return running(f); },
                 [&](const fact::AttemptEnded& f) { return running(f); },
                 [&](const fact::TrialEnded& f) {
                   const OpenTrial* o = open(f.trial);
                   return o && !o->running && f.status != TrialStatus::intermediate;
                 },
                 [&](const fact::StopRequested& f) { return ledger_->known(f.trial); },
                 [&](const fact::CheckpointPublished& f) { return ledger_->known(f.trial); },
                 [](const auto&) { return true; }},
             fact);
}

void Engine::apply(Entry& entry) {
  seq_ = entry.seq;
  std::visit(base::Overloaded{[&](const fact::Observation& f) { entry.withdrawn_from = apply(f); },
                              [&](const auto& f) { apply(f); }},
             entry.fact);
}

void Engine::apply(const fact::StudyCreated& fact) {
  study_ = fact;
  ledger_->begin(fact.lower_is_better, fact.limits.group_size);
}

void Engine::apply(const fact::StudyChanged& fact) {
  if (study_->limits.max_concurrent != fact.limits.max_concurrent) steered_limit_.reset();
  study_->algorithm = fact.algorithm;
  study_->stopping_rule = fact.stopping_rule;
  study_->limits = fact.limits;
  study_->command = fact.command;
  done_ = false;
  ended_.reset();
  if (fact.new_algorithm) issued_before_algorithm_ = issued_by_algorithm_;
  ledger_->regroup(fact.limits.group_size, issued_before_algorithm_);
}

void Engine::apply(const fact::TrialIssued& fact) {
  if (fact.origin.by_algorithm()) {
    ++issued_by_algorithm_;
  } else if (!enqueued_.empty()) {
    enqueued_.pop_front();
  }
  ledger_->issue(fact);
  open_.try_emplace(fact.trial);
  idle_.push_back(fact.trial);
}

void Engine::apply(const fact::AttemptStarted& fact) {
  auto at = open_.find(fact.trial);
  if (at == open_.end()) return;
  OpenTrial& open = at->second;
  idle_.erase(std::find(idle_.begin(), idle_.end(), fact.trial));
  open.attempt = fact.attempt;
  open.running = true;
  open.token_hash = fact.token_hash;
  open.worker = fact.worker;
  open.incarnation = fact.incarnation;
  open.slots = fact.slots;
  open.resources = fact.resources;
  open.last_batch = 0;
  open.highest = -1;
  open.reported.reset();
  open.timed_out = false;
  ++running_;
  if (auto worker = workers_.find(fact.worker); worker != workers_.end())
    worker->second.room.take(fact.slots, fact.resources);
  ledger_->start_attempt(fact.trial);
}

std::int64_t Engine::apply(const fact::Observation& fact) {
  OpenTrial& open = open_.find(fact.trial)->second;
  if (open.reported) {
    open.reported->insert(fact.iteration);
  } else if (fact.iteration <= open.highest) {
    auto so_far = ledger_->attempt_iterations(fact.trial);
    open.reported =
        std::make_unique<std::unordered_set<std::int64_t>>(so_far.begin(), so_far.end());
    open.reported->insert(fact.iteration);
  }
  observed_ = true;
  open.highest = std::max(open.highest, fact.iteration);
  open.last_batch = std::max(open.last_batch, fact.batch);
  return ledger_->observe(fact);
}

void Engine::apply(const fact::StopRequested& fact) {
  if (auto at = open_.find(fact.trial); at != open_.end()) at->second.stop_pending = true;
}

void Engine::apply(const fact::AttemptEnded& fact) {
  auto at = open_.find(fact.trial);
  if (at == open_.end()) return;
  OpenTrial& open = at->second;
  open.running = false;
  open.last_end = fact.end;
  open.reported.reset();
  ++open.ends[static_cast<std::size_t>(fact.end)];
  --running_;
  idle_.push_back(fact.trial);
  if (auto worker = workers_.find(open.worker);
      worker != workers_.end() && worker->second.worker.incarnation == open.incarnation)
    worker->second.room.give_back(open.slots, open.resources);
  if (is_failure(fact.end) && !observed_) ++early_failures_;
  watch_failures(open, fact);
}

/// Keeps, for every worker, its row of equal failures and whether another worker did otherwise
/// meanwhile.
void Engine::watch_failures(const OpenTrial& trial, const fact::AttemptEnded& fact) {
  bool failure = is_failure(fact.end);
  if (!failure && fact.end != End::completed && fact.end != End::stopped)
    return;  // says nothing about the worker
  auto signature = failure ? signature_of(fact) : std::string();
  for (auto& [name, state] : workers_) {
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

void Engine::apply(const fact::TrialEnded& fact) {
  ledger_->end(fact);
  bool better = !best_ended_ || (study_->lower_is_better ? fact.objective < best_ended_->first
                                                         : fact.objective > best_ended_->first);
  if (std::isfinite(fact.objective) && better) best_ended_ = {fact.objective, fact.trial};
  ++ended_with_[static_cast<std::size_t>(fact.status)];
  // Almost always the one that came last.
  for (auto at = idle_.rbegin(); at != idle_.rend(); ++at)
    if (*at == fact.trial) {
      idle_.erase(std::next(at).base());
      break;
    }
  open_.erase(fact.trial);
}

void Engine::apply(const fact::CheckpointPublished& fact) { checkpoints_[fact.trial] = fact; }

void Engine::apply(const fact::AlgorithmDone&) { done_ = true; }

void Engine::apply(const fact::WorkerJoined& fact) {
  auto& state = workers_[fact.worker.name];
  state = {};
  state.worker = fact.worker;
  state.room = FreeCapacity(fact.worker);
  // Attempts that began before a damaged store lost the worker's earlier arrival are not counted
  // twice.
}

void Engine::apply(const fact::WorkerLeft& fact) {
  workers_.erase(fact.name);
  if (fact.barred) barred_.emplace(fact.name, fact.incarnation);
}

void Engine::apply(const fact::Steered& fact) {
  switch (fact.action) {
    case Steering::paused: paused_ = true; break;
    case Steering::resumed: paused_ = false; break;
    case Steering::limited: steered_limit_ = fact.max_concurrent; break;
    case Steering::enqueued:
      enqueued_.push_back(fact.configuration);
      if (ended_) ended_.reset();
      break;
    case Steering::reopened:
      ended_.reset();
      early_failures_ = 0;
      break;
  }
}

void Engine::apply(const fact::StudyEnded& fact) { ended_ = fact; }

Engine::OpenTrial* Engine::find_open(TrialId trial) {
  auto at = open_.find(trial);
  return at == open_.end() ? nullptr : &at->second;
}

Engine::OpenTrial* Engine::current(TrialId trial, AttemptId attempt,
                                   const std::string& token_hash) {
  OpenTrial* open = find_open(trial);
  if (!open || !open->running || open->attempt != attempt) return nullptr;
  return open->token_hash == token_hash ? open : nullptr;
}

bool Engine::reported(TrialId trial, const OpenTrial& open, std::int64_t iteration) const {
  if (iteration > open.highest) return false;
  return open.reported ? open.reported->contains(iteration)
                       : ledger_->attempt_reported(trial, iteration);
}

std::uint32_t Engine::max_concurrent() const {
  return steered_limit_.value_or(study_->limits.max_concurrent);
}

bool Engine::exhausted(std::size_t prepared) const {
  return done_ ||
         (study_->limits.budget && issued_by_algorithm_ + prepared >= *study_->limits.budget);
}

bool Engine::retriable(const OpenTrial& open) const {
  const RetryLimits& limits = study_->limits.retry;
  std::optional<std::uint32_t> limit;
  switch (open.last_end) {
    case End::completed:
    case End::stopped: return false;
    case End::failed: limit = limits.failed; break;
    case End::timeout: limit = limits.timeout; break;
    case End::lost: limit = limits.lost; break;
    case End::preempted: limit = limits.preempted; break;
    case End::interrupted: limit = limits.interrupted; break;
  }
  return !limit || open.ends[static_cast<std::size_t>(open.last_end)] <= *limit;
}

/// Where the next attempt could run now.
std::optional<Engine::Placed> Engine::place() const {
  if (options_.direct) {
    if (demand_ == 0) return std::nullopt;
    return Placed{};
  }
  if (auto most = max_concurrent(); most > 0 && running_ >= most) return std::nullopt;
  const Needs& needs = study_->limits.needs;
  std::optional<Placed> best;
  std::uint32_t best_free = 0;
  for (const auto& [name, state] : workers_) {
    if (!state.present || state.draining || state.room.free_slots() <= best_free) continue;
    if (auto units = state.room.find(needs)) {
      best_free = state.room.free_slots();
      best = Placed{name, state.worker.incarnation, needs.slots, *std::move(units)};
    }
  }
  return best;
}

std::optional<std::uint64_t> Engine::total(std::optional<std::uint64_t> planned) const {
  std::uint64_t by_users = ledger_->trials() - issued_by_algorithm_ + enqueued_.size();
  if (done_) return issued_by_algorithm_ + by_users;
  if (study_->limits.budget)
    return std::max(*study_->limits.budget, issued_by_algorithm_) + by_users;
  if (planned) return issued_before_algorithm_ + *planned + by_users;
  return std::nullopt;
}

std::vector<std::pair<TrialId, AttemptId>> Engine::open_trials() const {
  std::vector<std::pair<TrialId, AttemptId>> out;
  for (const auto& [id, open] : open_) out.emplace_back(id, open.running ? open.attempt : 0);
  return out;
}

std::vector<JoinedWorker> Engine::workers() const {
  std::vector<JoinedWorker> out;
  std::map<std::string, std::size_t> at;
  for (const auto& [name, state] : workers_) {
    at[name] = out.size();
    out.push_back({state.worker,
                   state.room.free_slots(),
                   state.present,
                   state.draining,
                   state.last_life,
                   {}});
  }
  for (const auto& [id, open] : open_) {
    auto worker = open.running ? at.find(open.worker) : at.end();
    if (worker != at.end()) out[worker->second].trials.push_back(id);
  }
  return out;
}

bool Engine::stop_pending(TrialId trial) const {
  auto at = open_.find(trial);
  return at != open_.end() && at->second.stop_pending;
}

std::optional<std::string> Engine::checkpoint(TrialId trial) const {
  auto at = checkpoints_.find(trial);
  if (at == checkpoints_.end()) return std::nullopt;
  return at->second.directory;
}

std::optional<std::string> Engine::loads(TrialId trial) const {
  if (auto own = checkpoint(trial)) return own;
  if (!ledger_->origin(trial).by_algorithm()) return std::nullopt;
  auto parent = parent_of(ledger_->configuration(trial));
  return parent && *parent < trial ? checkpoint(*parent) : std::nullopt;
}

void Engine::poison(Error error) {
  if (!poison_) poison_ = std::move(error);
}

std::string Engine::describe() const {
  std::ostringstream out;
  out << "seq " << seq_ << " trials " << ledger_->trials() << " by algorithm "
      << issued_by_algorithm_ << " of them before it " << issued_before_algorithm_ << " rows "
      << ledger_->rows() << " withdrawn " << ledger_->withdrawn_rows(ledger_->withdrawals());
  for (std::size_t i = 0; i < ended_with_.size(); ++i) out << ' ' << ended_with_[i];
  out << (done_ ? " done" : "") << (paused_ ? " paused" : "") << (observed_ ? " observed" : "")
      << " early failures " << early_failures_;
  if (steered_limit_) out << " limit " << *steered_limit_;
  if (ended_) out << " ended " << base::name_of(ended_->why) << ' ' << ended_->message;
  if (study_)
    out << "\nstudy " << study_->algorithm << ' ' << study_->stopping_rule << ' '
        << study_->limits.budget.value_or(0);
  for (const auto& [id, open] : open_) {
    out << "\ntrial " << id << " attempt " << open.attempt << (open.running ? " running" : "")
        << (open.stop_pending ? " stop" : "") << " on " << open.worker << ' ' << open.incarnation
        << " token " << open.token_hash << " batch " << open.last_batch << " highest "
        << open.highest << " last end " << base::name_of(open.last_end) << " ends";
    for (auto n : open.ends) out << ' ' << n;
    for (const auto& [unit, share] : open.resources) out << ' ' << unit << '=' << share;
  }
  out << "\nidle";
  for (TrialId id : idle_) out << ' ' << id;
  out << "\nenqueued";
  for (const auto& configuration : enqueued_) out << " (" << configuration << ')';
  for (const auto& [name, state] : workers_)
    out << "\nworker " << name << ' ' << state.worker.incarnation << " free "
        << state.room.free_slots() << " failures " << state.failures << ' ' << state.signature
        << (state.elsewhere_differs ? " not elsewhere" : "");
  for (const auto& [name, incarnation] : barred_) out << "\nbarred " << name << ' ' << incarnation;
  for (const auto& [id, checkpoint] : checkpoints_)
    out << "\ncheckpoint " << id << ' ' << checkpoint.attempt << ' ' << checkpoint.directory;
  if (auto best = ledger_->best()) out << "\nbest " << *best;
  return out.str();
}

}  // namespace sherpa::study
