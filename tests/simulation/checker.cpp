#include "tests/simulation/checker.hpp"

#include "core/base/text.hpp"
#include "core/space/specification.hpp"
#include "core/study/fact_codec.hpp"
#include "core/study/wire.hpp"

#include <sherpa/random.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <utility>

namespace sherpa::simulation {

namespace fact = study::fact;
using base::to_text;
using study::Entry;

double objective_of(const Scenario& scenario, const Configuration& configuration,
                    std::int64_t iteration) {
  std::uint64_t hash = std::hash<std::string>()(to_text(configuration));
  Random random(hash, static_cast<std::uint64_t>(iteration) + 100 * scenario.seed);
  if (random.chance(scenario.nan))
    return random.chance(0.5) ? std::nan("") : random.chance(0.5) ? INFINITY : -INFINITY;
  return Random(hash).uniform() + 1.0 / static_cast<double>(iteration + 1) + 0.2 * random.uniform();
}

Metrics context_of(const Scenario& scenario, const Configuration& configuration,
                   std::int64_t iteration) {
  Random random(std::hash<std::string>()(to_text(configuration)) + scenario.seed,
                static_cast<std::uint64_t>(iteration));
  Metrics context;
  for (const char* name : {"accuracy", "loss", "seconds"})
    if (random.chance(0.5)) context[name] = random.uniform();
  return context;
}

bool fails(const Scenario& scenario, const Configuration& configuration) {
  return Random(std::hash<std::string>()(to_text(configuration)), scenario.seed)
      .chance(scenario.attempt_fails);
}

namespace {

/// A number that an algorithm added, 0 where it did not.
std::int64_t field_of(const Configuration& configuration, std::string_view name) {
  const Value* value = configuration.find(name);
  return value ? value->integer() : 0;
}

std::string of(TrialId trial) { return " of trial " + std::to_string(trial); }

bool same_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

void Checker::violated(std::string_view what) const {
  throw Violation(std::string(what) + " (after fact " + std::to_string(facts_.size()) + ")");
}

bool Checker::open(TrialId trial, AttemptId attempt) const {
  auto at = trials_.find(trial);
  return at != trials_.end() && at->second.running && at->second.attempts == attempt;
}

bool Checker::ended(TrialId trial) const {
  auto at = trials_.find(trial);
  return at != trials_.end() && at->second.ended;
}

bool Checker::stop_requested(TrialId trial) const {
  auto at = trials_.find(trial);
  return at != trials_.end() && at->second.stop_requested;
}

std::string Checker::worker_of(TrialId trial) const {
  auto at = trials_.find(trial);
  return at == trials_.end() ? "" : at->second.worker;
}

void Checker::applied(std::span<const Entry> group) {
  for (const auto& entry : group) {
    require(entry.seq == facts_.size() + 1, "facts are numbered without gaps");
    note(entry);
    facts_.push_back(entry);
  }
  group_ends_.insert(facts_.size());
}

void Checker::stores(std::span<const study::Group> groups, const study::MemoryStore& store) const {
  study::Seq last = store.groups().empty() ? 0 : store.groups().back()->back().seq;
  for (const auto& group : groups) {
    require(group_ends_.contains(last) && group_ends_.contains(group->back().seq),
            "a group is stored in parts");
    for (const auto& entry : *group) {
      ++last;
      require(entry.seq == last, "fact " + std::to_string(last) + " is not stored");
    }
  }
  require(last <= facts_.size(), "the store receives what was not applied");
}

/// Whether its last end lets the trial be tried again.
bool Checker::may_run_again(const Book& trial) const {
  if (!trial.last_end || trial.stop_requested) return false;
  auto within = [&](std::optional<std::uint32_t> most) {
    return !most || trial.ends.at(*trial.last_end) <= *most;
  };
  switch (*trial.last_end) {
    case study::End::failed: return within(limits_.retry.failed);
    case study::End::timeout: return within(limits_.retry.timeout);
    case study::End::lost: return within(limits_.retry.lost);
    case study::End::preempted: return within(limits_.retry.preempted);
    case study::End::interrupted: return within(limits_.retry.interrupted);
    default: return false;
  }
}

/// A summary says the best of what survives, with its context.
void Checker::check_summary(const Book& trial, const fact::TrialEnded& ended) const {
  const auto id = " of trial " + std::to_string(ended.trial);
  std::int64_t last = 0;
  const Point* best = nullptr;
  bool said = trial.points.empty();
  for (const auto& point : trial.points) {
    if (point.withdrawn) continue;
    last = std::max(last, point.iteration);
    if (!std::isfinite(point.objective)) continue;
    if (!best || (scenario_->lower_is_better ? point.objective < best->objective
                                             : point.objective > best->objective))
      best = &point;
  }
  for (const auto& point : trial.points)
    said = said || (!point.withdrawn && same_number(point.objective, ended.objective) &&
                    point.context == ended.context);
  require(ended.iteration == last, "the summary's iteration" + id);
  require(best ? ended.objective == best->objective : !std::isfinite(ended.objective),
          "8: the summary's objective" + id);
  require(said, "the summary says what nobody observed" + id);
}

/// Trials that resume from others: from one that there is, that ended well, and that came before;
/// no more of them than are allowed.
void Checker::check_lineage(TrialId id, const Configuration& configuration) {
  const auto& options = space::options_of(scenario_->algorithm);
  if (!std::holds_alternative<SuccessiveHalving>(options) &&
      !std::holds_alternative<Hyperband>(options) &&
      !std::holds_alternative<PopulationBasedTraining>(options))
    return;
  const auto text = " of trial " + std::to_string(id);
  require(configuration.get<std::string>("save_to") == std::to_string(id),
          "7: save_to is not the id" + text);
  const auto from = configuration.get<std::string>("load_from");
  Book* parent = nullptr;
  if (!from.empty()) {
    auto at = trials_.find(std::stoull(from));
    require(at != trials_.end() && at->first < id, "7: there is no load_from" + text);
    parent = &at->second;
    require(parent->origin.by_algorithm() && parent->ended &&
                *parent->ended != TrialStatus::failed && std::isfinite(parent->objective),
            "7: load_from did not end well, or is not the algorithm's" + text);
    for (const char* name : {"x", "c"})
      require(scenario_->algorithm_name == "population" ||
                  parent->configuration.at(name) == configuration.at(name),
              "7: promoted with another configuration" + text);
  }
  if (auto* o = std::get_if<PopulationBasedTraining>(&options)) {
    const auto generation = field_of(configuration, "generation");
    require((generation == 1) == (parent == nullptr), "7: a generation without load_from" + text);
    require(++members_[generation].first <= o->population_size,
            "7: a generation has too many members" + text);
    require(static_cast<std::uint64_t>(generation) <= o->num_generations,
            "7: too many generations" + text);
    auto lineage = parent ? parent->configuration.get<std::string>("lineage") + from + ',' : "";
    require(configuration.get<std::string>("lineage") == lineage,
            "7: the lineage is not that of load_from" + text);
    if (!parent) return;
    require(field_of(parent->configuration, "generation") == generation - 1,
            "7: load_from is not of the last generation" + text);
    require(members_[generation - 1].second == o->population_size,
            "7: a generation begins before the last is complete" + text);
    return;
  }
  const auto rung = field_of(configuration, "rung"), bracket = field_of(configuration, "bracket");
  const auto* one = std::get_if<SuccessiveHalving>(&options);
  const auto eta = one ? one->eta : std::get<Hyperband>(options).eta;
  require((rung == 0) == (parent == nullptr), "7: a rung without load_from" + text);
  if (!parent) return;
  require(field_of(parent->configuration, "rung") == rung - 1 &&
              field_of(parent->configuration, "bracket") == bracket,
          "7: load_from is not of the rung below" + text);
  require(!std::exchange(parent->gone_on_from, true), "7: promoted twice" + text);
  auto& below = rungs_[{bracket, rung - 1}];
  require(++below.sent_up <= below.ended / eta, "7: more promotions than one in eta" + text);
}

/// Whether nobody of a population's last generation can be gone on from.
bool Checker::died_out() const {
  if (scenario_->algorithm_name != "population" || members_.empty()) return false;
  for (const auto& [id, book] : trials_)
    if (book.origin.by_algorithm() &&
        field_of(book.configuration, "generation") == members_.rbegin()->first &&
        (!book.ended || (*book.ended != TrialStatus::failed && std::isfinite(book.objective))))
      return false;
  return true;
}

/// What an attempt loads: the trial's own newest checkpoint, else the newest of the trial that it
/// resumes from.
void Checker::check_load(const study::effect::Start& start) {
  auto newest = [&, before = study::Seq{0}](TrialId trial) mutable -> std::optional<std::string> {
    for (std::size_t i = facts_.size(); i-- > 0;) {
      if (auto* began = std::get_if<fact::AttemptStarted>(&facts_[i].fact);
          began && began->trial == start.trial && began->attempt == start.attempt)
        before = facts_[i].seq;
      if (auto* published = std::get_if<fact::CheckpointPublished>(&facts_[i].fact);
          published && published->trial == trial && facts_[i].seq < before)
        return published->directory;
    }
    return std::nullopt;
  };
  auto expected = newest(start.trial);
  const Value* from = trials_.at(start.trial).configuration.find("load_from");
  if (!expected && from && !from->text().empty()) expected = newest(std::stoull(from->text()));
  require(start.load == expected, "an attempt loads another checkpoint than the newest, of trial " +
                                      std::to_string(start.trial));
  require(!start.load || !deleted_.contains(*start.load),
          "an attempt is to load what was deleted, of trial " + std::to_string(start.trial));
  if (start.load) trials_.at(start.trial).loads = {start.attempt, *start.load};
}

/// Nothing that runs loads what goes, and the best of the trials that ended keeps its own.
void Checker::deletes(const study::effect::CheckpointsUnneeded& unneeded) {
  std::map<std::string, AttemptId> published;
  for (const auto& entry : facts_)
    if (auto* f = std::get_if<fact::CheckpointPublished>(&entry.fact);
        f && f->trial == unneeded.trial)
      published[f->directory] = f->attempt;
  const Book& trial = trials_.at(unneeded.trial);
  require(unneeded.earlier_only || trial.ended, "checkpoints go of a trial that has not ended");
  for (const auto& [directory, attempt] : published) {
    if (directory == unneeded.keep ||
        (unneeded.earlier_only && attempt >= published.at(unneeded.keep)))
      continue;
    deleted_.insert(directory);
    for (const auto& [id, book] : trials_)
      require(!book.running || book.loads != std::pair(book.attempts, directory),
              "a checkpoint is deleted that runs on, of trial " + std::to_string(unneeded.trial));
  }
  if (!unneeded.keep.empty() || !std::isfinite(trial.objective)) return;
  bool better = false;
  for (const auto& [id, book] : trials_)
    better = better || (book.ended && std::isfinite(book.objective) && id != unneeded.trial &&
                        (scenario_->lower_is_better ? book.objective <= trial.objective
                                                    : book.objective >= trial.objective));
  require(better || published.empty(), "the best trial's checkpoint is deleted");
}

void Checker::note(const Entry& entry) {
  std::visit([&](const auto& fact) { note(fact, entry); }, entry.fact);
}

void Checker::note(const study::fact::StudyCreated& fact, const Entry&) {
  limits_ = fact.limits;
  limit_ = fact.limits.max_concurrent;
}

void Checker::note(const study::fact::StudyChanged& fact, const Entry&) {
  limits_ = fact.limits;
  limit_ = fact.limits.max_concurrent;
  ended_ = false;
}

void Checker::note(const study::fact::TrialIssued& fact, const Entry& entry) {
  require(fact.trial == trials_.size() + 1, "4: trials are numbered without gaps");
  require(!ended_, "3: nothing is issued after the end");
  require(!paused_, "a pause holds new trials");
  if (fact.origin.by_algorithm()) {
    require(fact.origin.k == ++issued_, "suggestions become trials in their order");
    require(fact.origin.horizon < entry.seq, "a suggestion rests on earlier facts");
    require(!limits_.budget || issued_ <= *limits_.budget, "3: more trials than the budget");
  }
  trials_[fact.trial] = Book{.configuration = fact.configuration, .origin = fact.origin};
  if (fact.origin.by_algorithm()) check_lineage(fact.trial, fact.configuration);
}

void Checker::note(const study::fact::AttemptStarted& fact, const Entry&) {
  Book& trial = trials_.at(fact.trial);
  require(!trial.running, "2: two attempts" + of(fact.trial));
  require(!trial.ended, "4: an attempt after the end" + of(fact.trial));
  require(!trial.stop_requested, "a trial with a pending stop is tried again");
  require(trial.attempts == 0 || may_run_again(trial),
          "tried again, though it may not be" + of(fact.trial));
  require(!paused_, "a pause holds retries");
  require(fact.attempt == trial.attempts + 1,
          "attempts are numbered without gaps" + of(fact.trial));
  std::size_t running = 0;
  for (const auto& [other, book] : trials_) running += book.running ? 1 : 0;
  require(limit_ == 0 || running < limit_, "more attempts at once than max_concurrent");
  trial.worker = start_of(fact.worker, fact.incarnation);
  require(slots_.contains(trial.worker), "an attempt on a worker that is not there");
  busy_[trial.worker] += fact.slots;
  require(busy_[trial.worker] <= slots_[trial.worker],
          "more attempts than slots on " + fact.worker);
  require(scenario_->local || !fact.token_hash.empty(),
          "an attempt outside the process without a token");
  trial.running = true;
  trial.attempts = fact.attempt;
}

void Checker::note(const study::fact::Observation& fact, const Entry& entry) {
  Book& trial = trials_.at(fact.trial);
  require(trial.running && fact.attempt == trial.attempts,
          "2: an observation of an attempt that is not current" + of(fact.trial));
  auto expected = objective_of(*scenario_, trial.configuration, fact.iteration);
  require(same_number(fact.objective, expected), "an observation nobody made" + of(fact.trial));
  require(fact.context == context_of(*scenario_, trial.configuration, fact.iteration),
          "another context than measured" + of(fact.trial));
  auto withdrawn_from = study::nothing_withdrawn;
  for (auto& point : trial.points) {
    require(point.attempt != fact.attempt || point.iteration != fact.iteration,
            "5: an iteration counted twice" + of(fact.trial));
    if (point.withdrawn || point.attempt == fact.attempt || point.iteration < fact.iteration)
      continue;
    point.withdrawn = true;
    withdrawn_from = fact.iteration;
  }
  require(entry.withdrawn_from == withdrawn_from,
          "another withdrawal is replayed than happened" + of(fact.trial));
  trial.points.push_back({fact.attempt, fact.iteration, fact.objective, fact.context});
}

void Checker::note(const study::fact::StopRequested& fact, const Entry&) {
  require(!trials_.at(fact.trial).ended, "a stop after the end" + of(fact.trial));
  trials_.at(fact.trial).stop_requested = true;
}

void Checker::note(const study::fact::AttemptEnded& fact, const Entry&) {
  Book& trial = trials_.at(fact.trial);
  require(trial.running && fact.attempt == trial.attempts,
          "2: the end of an attempt that is not current" + of(fact.trial));
  trial.running = false;
  trial.last_end = fact.end;
  ++trial.ends[fact.end];
  if (fact.end == study::End::failed || fact.end == study::End::timeout ||
      fact.end == study::End::lost)
    ++failures_;
  for (auto at = facts_.rbegin(); at != facts_.rend(); ++at)
    if (auto* started = std::get_if<study::fact::AttemptStarted>(&at->fact);
        started && started->trial == fact.trial) {
      busy_[trial.worker] -= started->slots;
      break;
    }
}

/// A trial that ended counts in its rung or generation.
void Checker::count_end(const Book& trial, TrialStatus status) {
  if (trial.origin.by_algorithm()) {
    if (trial.configuration.contains("generation"))
      ++members_[field_of(trial.configuration, "generation")].second;
    if (trial.configuration.contains("rung") && status != TrialStatus::failed)
      ++rungs_[{field_of(trial.configuration, "bracket"), field_of(trial.configuration, "rung")}]
            .ended;
  }
}

/// A completed trial has its whole curve, each iteration once.
void Checker::check_curve(TrialId id, const Book& trial) const {
  std::set<std::int64_t> curve;
  for (const auto& point : trial.points)
    if (!point.withdrawn)
      require(curve.insert(point.iteration).second,
              "5: two observations of an iteration survive" + of(id));
  require(static_cast<std::int64_t>(curve.size()) == scenario_->iterations,
          "1: a completed trial without its whole curve" + of(id));
}

void Checker::note(const study::fact::TrialEnded& fact, const Entry&) {
  Book& trial = trials_.at(fact.trial);
  require(!trial.ended, "4: a second end" + of(fact.trial));
  require(!trial.running, "4: an end while an attempt runs" + of(fact.trial));
  trial.ended = fact.status;
  trial.objective = fact.objective;
  count_end(trial, fact.status);
  check_summary(trial, fact);
  require(!may_run_again(trial), "not tried again, though it may be" + of(fact.trial));
  if (trial.stop_requested)
    require(fact.status == TrialStatus::stopped, "a stopped trial ends STOPPED" + of(fact.trial));
  if (fact.status == TrialStatus::completed) check_curve(fact.trial, trial);
}

void Checker::note(const study::fact::AlgorithmDone& fact, const Entry&) {
  require(fact.k == issued_ + 1, "6: the algorithm is done before all that it suggested is issued");
}

void Checker::note(const study::fact::WorkerJoined& fact, const Entry&) {
  auto start = start_of(fact.worker.name, fact.worker.incarnation);
  require(!barred_.contains(start), "a worker joins that was taken out of use, or replaced");
  slots_[start] = fact.worker.slots;
  if (fact.worker.outlives) leased_.insert(start);
}

void Checker::note(const study::fact::WorkerLeft& fact, const Entry&) {
  auto start = start_of(fact.name, fact.incarnation);
  require(busy_[start] == 0, "a worker left, and attempts run on it");
  slots_.erase(start);
  leased_.erase(start);
  if (fact.barred) barred_.insert(start);
}

void Checker::note(const study::fact::Steered& fact, const Entry&) {
  if (fact.action == study::Steering::paused) paused_ = true;
  if (fact.action == study::Steering::resumed) paused_ = false;
  if (fact.action == study::Steering::limited) limit_ = fact.max_concurrent;
  if (fact.action == study::Steering::reopened || fact.action == study::Steering::enqueued)
    ended_ = false;
}

void Checker::note(const study::fact::StudyEnded& fact, const Entry&) {
  ended_ = true;
  if (fact.why == study::EndOfStudy::error)
    require((limits_.give_up_after > 0 && failures_ >= limits_.give_up_after) || died_out(),
            "the study ended with an error: " + fact.message);
  if (fact.why == study::EndOfStudy::budget)
    require(limits_.budget && issued_ == *limits_.budget,
            "3: ended by its budget with another number of trials");
  if (fact.why == study::EndOfStudy::budget || fact.why == study::EndOfStudy::exhausted)
    for (const auto& [trial, book] : trials_)
      require(book.ended.has_value(), "4: the study ended before trial " + std::to_string(trial));
}

void Checker::rolled_back_to(const study::MemoryStore& store) {
  auto coded = [](const Entry& entry) {
    study::StoredFact stored;
    study::encode(entry, false, stored);
    return std::pair(stored.mark, stored.body);
  };
  std::size_t kept = 0;
  for (const auto& group : store.groups())
    for (const auto& entry : *group) {
      require(kept < facts_.size(), "the store holds what nobody applied");
      require(coded(entry) == coded(facts_[kept++]), "the store holds something else");
    }
  auto deleted = std::move(deleted_);
  *this = Checker(*scenario_);
  deleted_ = std::move(deleted);
  for (const auto& group : store.groups()) applied(*group);
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
    check_load(*e);
  } else if (auto* e = std::get_if<study::effect::CheckpointsUnneeded>(&effect)) {
    require(scenario_->prune, "checkpoints are deleted, and nobody said so");
    deletes(*e);
  } else if (auto* e = std::get_if<study::effect::Stop>(&effect)) {
    if (e->why == study::StopWhy::rule || e->why == study::StopWhy::person)
      require(is_committed([&](const study::Fact& any) {
                auto* f = std::get_if<fact::StopRequested>(&any);
                return f && f->trial == e->trial;
              }),
              "asked to stop before the commit");
  } else if (auto* e = std::get_if<study::effect::Ended>(&effect)) {
    require(is_committed([&](const study::Fact& any) {
              auto* f = std::get_if<fact::AttemptEnded>(&any);
              return f && f->trial == e->trial && f->attempt == e->attempt;
            }),
            "1: an end acknowledged before the commit");
  } else if (std::holds_alternative<study::effect::Finished>(effect)) {
    require(is_committed([](const study::Fact& any) {
              return std::holds_alternative<fact::StudyEnded>(any);
            }),
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
    violated("6: a restart is not the same:\n--- living\n" + engine.describe() +
             "\n--- replayed\n" + replayed.describe());

  // The results, from the book.
  std::map<std::pair<TrialId, std::int64_t>, const Point*> surviving;
  for (const auto& [id, book] : trials_)
    for (const auto& point : book.points)
      if (!point.withdrawn) surviving[{id, point.iteration}] = &point;
  auto results = internal::Access::results(engine.ledger());
  std::size_t rows = 0;
  std::optional<double> best;
  for (const auto& row : results) {
    double y = row.objective();
    if (row.status() == TrialStatus::intermediate) {
      ++rows;
      auto at = surviving.find({row.trial_id(), row.iteration()});
      require(at != surviving.end(), "the results show what was withdrawn");
      require(same_number(y, at->second->objective), "the results show another objective");
      require(row.context() == at->second->context, "the results show another context");
    }
    if (std::isfinite(y) && (!best || (scenario_->lower_is_better ? y < *best : y > *best)))
      best = y;
  }
  check_replay(engine);
  require(rows == surviving.size(), "1: the results miss an observation");
  auto found = engine.ledger()->best();
  if (engine.study().limits.group_size == 1) {
    require(found.has_value() == best.has_value() && (!best || found->objective == *best),
            "8: the best result is not the best");
    require(found == results.best(scenario_->lower_is_better),
            "8: two ways to the best result differ");
  }
  require(!found || std::isfinite(found->objective), "8: the best result is not finite");
}

void Checker::check_replay(const study::Engine& engine) const {
  auto same = [](const Entry& a, const Entry& b) {
    if (a.fact.index() != b.fact.index() || a.withdrawn_from != b.withdrawn_from) return false;
    if (auto* x = std::get_if<fact::TrialIssued>(&a.fact))
      return *x == std::get<fact::TrialIssued>(b.fact);
    auto row = [](const auto& x, const auto& y) {
      return x.trial == y.trial && x.iteration == y.iteration &&
             same_number(x.objective, y.objective) && x.context == y.context;
    };
    if (auto* x = std::get_if<fact::Observation>(&a.fact))
      return row(*x, std::get<fact::Observation>(b.fact));
    auto& x = std::get<fact::TrialEnded>(a.fact);
    auto& y = std::get<fact::TrialEnded>(b.fact);
    return row(x, y) && x.status == y.status;
  };
  auto at = facts_.begin();
  auto next = [&] {
    auto of_interest = [](const Entry& entry) {
      return std::holds_alternative<fact::TrialIssued>(entry.fact) ||
             std::holds_alternative<fact::Observation>(entry.fact) ||
             std::holds_alternative<fact::TrialEnded>(entry.fact);
    };
    at = std::find_if(at, facts_.end(), of_interest);
    return at == facts_.end() ? nullptr : &*at++;
  };
  engine.ledger()->retell([&](const Entry& entry) {
    const Entry* once = next();
    require(once && same(*once, entry), "6: replayed otherwise than learned");
  });
  require(!next(), "6: not everything is replayed");
}

void Checker::finished(const study::Engine& engine) const {
  compare(engine);
  if (engine.ended()->why == study::EndOfStudy::error) return;
  for (const auto& [id, book] : trials_)
    require(book.ended.has_value(), "4: trial " + std::to_string(id) + " never ended");
}

std::vector<std::string> Checker::table() const {
  std::map<std::uint64_t, std::string> by_k;
  for (const auto& [id, book] : trials_) {
    if (!book.origin.by_algorithm()) continue;
    std::map<std::int64_t, double> curve;
    for (const auto& point : book.points)
      if (!point.withdrawn) curve[point.iteration] = point.objective;
    std::ostringstream line;
    line << book.origin.k << ' ' << book.configuration << ' '
         << (book.ended ? show(*book.ended) : "open");
    for (auto [i, y] : curve) line << ' ' << i << ':' << show(y);
    by_k[book.origin.k] = line.str();
  }
  std::vector<std::string> lines;
  for (auto& [k, line] : by_k) lines.push_back(std::move(line));
  return lines;
}

}  // namespace sherpa::simulation
