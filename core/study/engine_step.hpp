#pragma once

#include "core/study/engine.hpp"
#include "core/study/lineage.hpp"

#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sherpa::study {

constexpr std::uint32_t failures_to_bar = 3;

bool is_failure(End end);

/// In what way an attempt ended, in one line: equal for failures that are the same.
std::string signature_of(const fact::AttemptEnded& ended);

/// One command being handled: the facts it emits are applied as they are emitted, so that what
/// follows rests on them.
class Engine::Step {
 public:
  Step(Engine& engine, base::Now now) : e_(engine), now_(now) {}

  Outcome finish() {
    out_.after = e_.seq_;
    return std::move(out_);
  }
  Outcome answer(Answer::Kind kind) {
    out_.answer.kind = kind;
    return finish();
  }
  Outcome refuse(Error error) {
    out_.answer = {Answer::Kind::refused, std::move(error), 0};
    return finish();
  }
  Outcome refuse(Errc code, std::string message) { return refuse(Error{code, std::move(message)}); }
  Outcome early(std::uint64_t expected) {
    out_.answer = {Answer::Kind::early, {}, expected};
    return finish();
  }

  void emit(Fact fact) {
    Entry& entry = out_.facts.emplace_back(Entry{e_.seq_ + 1, now_.wall, std::move(fact)});
    e_.apply(entry);
    if (e_.algorithm_.reads.concerns(entry.fact)) {
      e_.last_read_ = entry.seq;
      e_.waiting_ = false;
    }
  }
  void act(Effect effect) { out_.effects.push_back(std::move(effect)); }

  /// Starts whatever can start, asks the algorithm where that is what is missing, and ends the
  /// study where nothing is left.
  void fill() {
    if (!e_.ended_ && !e_.closing_ && !e_.paused_) {
      while (start_one()) {}
      prefetch();
    }
    maybe_end();
  }

  /// After an attempt ended: the trial runs again, or is over.
  void settle(TrialId trial) {
    OpenTrial& open = *e_.find_open(trial);
    if (open.stop_pending) return end_trial(trial, TrialStatus::stopped);
    switch (open.last_end) {
      case End::completed: return end_trial(trial, TrialStatus::completed);
      case End::stopped: return end_trial(trial, TrialStatus::stopped);
      default:
        if (!e_.retriable(open)) end_trial(trial, TrialStatus::failed);
    }
  }

  void end_trial(TrialId trial, TrialStatus status) {
    emit(e_.ledger_->summarise(trial, status));
    if (!e_.options_.prune) return;
    over(trial);
    prune();
  }

  /// Nothing of an ended trial is needed but its newest checkpoint; and that neither, where no
  /// other goes on from it.
  void over(TrialId trial) {
    act(effect::CheckpointsUnneeded{trial, e_.checkpoint(trial).value_or(""), false});
    if (!e_.algorithm_.resumes_from_parent) e_.released_.insert(trial);
  }

  /// Lets go of released trials' checkpoints, once no open trial goes on from them. That of the
  /// best trial stays.
  void prune() {
    if (e_.released_.empty()) return;
    std::set<TrialId> loaded;
    for (const auto& [id, open] : e_.open_)
      if (auto parent = parent_of(e_.ledger_->configuration(id))) loaded.insert(*parent);
    std::erase_if(e_.released_, [&](TrialId trial) {
      if (loaded.contains(trial) || (e_.best_ended_ && e_.best_ended_->second == trial))
        return false;
      act(effect::CheckpointsUnneeded{trial, "", false});
      return true;
    });
  }

  void end_attempt(TrialId trial, End end, Detail detail) {
    emit(fact::AttemptEnded{trial, e_.find_open(trial)->attempt, end, std::move(detail)});
  }

  void lose(TrialId trial, End end, std::string why) {
    end_attempt(trial, end, Detail{.exit_code = {}, .signal = {}, .message = std::move(why)});
    settle(trial);
  }

  /// Ends every attempt of a worker.
  void lose_all(const std::string& worker, const std::string& incarnation, End end,
                const std::string& why) {
    std::vector<TrialId> lost;
    for (const auto& [id, open] : e_.open_)
      if (open.running && open.worker == worker && open.incarnation == incarnation)
        lost.push_back(id);
    for (TrialId id : lost) lose(id, end, why);
  }

  void tell_to_stop(TrialId trial, OpenTrial& open, StopWhy why) {
    act(effect::Stop{trial, open.attempt, why, open.worker, open.incarnation});
  }

  void close(EndOfStudy why, std::string message) {
    if (e_.closing_ || e_.ended_) return;
    e_.closing_ = fact::StudyEnded{why, std::move(message)};
    e_.prepared_.clear();
    e_.asked_.reset();
    e_.demand_ = 0;
    for (auto& [id, open] : e_.open_)
      if (open.running) tell_to_stop(id, open, StopWhy::going);
  }

  /// False when that start of the worker is not in use.
  bool sign_of_life(const std::string& worker, const std::string& incarnation) {
    auto at = e_.workers_.find(worker);
    if (at == e_.workers_.end() || at->second.worker.incarnation != incarnation) return false;
    at->second.last_life = now_.steady;
    return true;
  }

  /// Workers on which everything fails, while it does not elsewhere.
  void bar_bad_workers() {
    std::vector<std::pair<Worker, std::string>> bad;
    for (const auto& [name, state] : e_.workers_)
      if (state.failures >= failures_to_bar && state.elsewhere_differs)
        bad.emplace_back(state.worker, state.signature);
    for (const auto& [worker, signature] : bad) {
      std::string why = "taken out of use: the last " + std::to_string(failures_to_bar) +
                        " attempts on it failed in the same way (" + signature +
                        "), and not so elsewhere";
      lose_all(worker.name, worker.incarnation, End::lost,
               why);  // what still runs there is tried elsewhere
      emit(fact::WorkerLeft{worker.name, worker.incarnation, std::move(why), true});
    }
  }

  void maybe_give_up() {
    auto limit = e_.study_->limits.give_up_after;
    if (limit == 0 || e_.early_failures_ < limit) return;
    const auto* last = std::get_if<fact::AttemptEnded>(&out_.facts.front().fact);
    close(EndOfStudy::error, "the first " + std::to_string(limit) +
                                 " attempts all failed without one observation" +
                                 (last ? "; the last: " + signature_of(*last) : std::string()));
  }

 private:
  bool start_one() {
    auto placed = e_.place();
    if (!placed) return false;
    if (!e_.idle_.empty()) {
      start(e_.idle_.front(), *std::move(placed));
      return true;
    }
    if (!e_.enqueued_.empty()) {
      issue(e_.enqueued_.front(), Origin{});
      return true;
    }
    drop_void();
    if (!e_.prepared_.empty()) {
      auto next = std::move(e_.prepared_.front());
      e_.prepared_.pop_front();
      issue(std::move(next.suggestion.configuration),
            Origin{next.suggestion.k, next.horizon, std::move(next.suggestion.path)});
      return true;
    }
    if (!e_.exhausted()) ask(true);
    return false;
  }

  void issue(Configuration configuration, Origin origin) {
    const TrialId trial = e_.ledger_->trials() + 1;
    if (origin.by_algorithm()) name_save(configuration, trial);
    emit(fact::TrialIssued{trial, std::move(configuration), std::move(origin)});
  }

  void start(TrialId trial, Placed placed) {
    OpenTrial& open = *e_.find_open(trial);
    AttemptId attempt = open.attempt + 1;
    Token token;
    bool outside = !placed.worker.empty() && e_.workers_.at(placed.worker).worker.outlives;
    if (outside && e_.options_.token) token = e_.options_.token(e_.study_->uuid, trial, attempt);
    emit(fact::AttemptStarted{trial, attempt, token.hash, placed.worker, placed.incarnation,
                              placed.slots, placed.resources});
    open.started = now_.steady;
    if (e_.demand_ > 0) --e_.demand_;
    if (e_.options_.prune && attempt > 1)
      if (auto newest = e_.checkpoint(trial))
        act(effect::CheckpointsUnneeded{trial, *newest, true});
    act(effect::Start{trial, attempt, e_.ledger_->configuration(trial), std::move(token.secret),
                      std::move(placed.worker), std::move(placed.incarnation),
                      std::move(placed.resources), e_.loads(trial)});
  }

  /// What was prepared ahead of a slot is void once something it depends on has happened since.
  void drop_void() {
    for (const auto& prepared : e_.prepared_)
      if (!prepared.for_slot && e_.last_read_ > prepared.horizon) {
        e_.prepared_.clear();
        return;
      }
  }

  void ask(bool for_slot) {
    if (e_.asked_) {
      e_.asked_for_slot_ = e_.asked_for_slot_ || for_slot;
      return;
    }
    if (e_.waiting_) return;
    e_.asked_ = Ask{e_.issued_by_algorithm_ + e_.prepared_.size() + 1, e_.seq_};
    e_.asked_for_slot_ = for_slot;
    out_.ask = e_.asked_;
  }

  void prefetch() {
    if (e_.asked_ || e_.waiting_ || e_.nothing_ahead_ || !e_.algorithm_.reads.nothing()) return;
    if (e_.prepared_.size() < e_.options_.prefetch && !e_.exhausted(e_.prepared_.size()))
      ask(false);
  }

  void maybe_end() {
    if (e_.ended_ || e_.running_ > 0) return;
    if (e_.closing_) {
      emit(*e_.closing_);
      e_.closing_.reset();
    } else if (e_.idle_.empty() && e_.enqueued_.empty() && e_.prepared_.empty() && e_.exhausted()) {
      emit(fact::StudyEnded{e_.done_ ? EndOfStudy::exhausted : EndOfStudy::budget, ""});
    } else if (stuck()) {
      emit(fact::StudyEnded{
          EndOfStudy::error,
          "the algorithm waits, but no trial is running whose end it could wait for"});
    } else {
      return;
    }
    e_.asked_.reset();
    act(effect::Finished{e_.ended_->why, e_.ended_->message});
  }

  bool stuck() const {
    return !e_.options_.direct && e_.waiting_ && e_.idle_.empty() && e_.enqueued_.empty() &&
           e_.prepared_.empty() && !e_.paused_;
  }

  Engine& e_;
  base::Now now_;
  Outcome out_;
};

}  // namespace sherpa::study
