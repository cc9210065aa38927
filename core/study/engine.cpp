#include "core/study/engine.hpp"

#include "core/base/text.hpp"
#include "core/study/engine_step.hpp"

#include <algorithm>
#include <utility>

// What the engine decides: one command at a time. What comes of a decision is in engine_step.hpp,
// what facts mean in engine_apply.cpp.
namespace sherpa::study {

namespace {

std::string trial_text(TrialId trial) { return "trial " + std::to_string(trial); }

}  // namespace

Outcome Engine::handle(const command::Create& create, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  step.emit(create.study);
  return step.finish();
}

Outcome Engine::handle(const command::Change& change, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  fact::StudyChanged as_is{study_->algorithm, study_->stopping_rule, study_->limits, false,
                           study_->command};
  if (!(change.study == as_is)) step.emit(change.study);
  return step.finish();
}

Outcome Engine::handle(const command::Recover& recover, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  if (ended_ && (ended_->why == EndOfStudy::cancelled || ended_->why == EndOfStudy::error))
    step.emit(fact::Steered{Steering::reopened, 0, {}, recover.by});
  if (paused_) step.emit(fact::Steered{Steering::resumed, 0, {}, recover.by});

  // What ran inside the earlier coordinator ended with it; what ran outside gets its lease afresh.
  std::vector<TrialId> interrupted;
  for (const auto& [id, open] : open_) {
    auto worker = workers_.find(open.worker);
    bool outlives = worker != workers_.end() && worker->second.worker.outlives &&
                    worker->second.worker.incarnation == open.incarnation;
    if (open.running && !outlives) interrupted.push_back(id);
  }
  for (TrialId id : interrupted)
    step.lose(id, End::interrupted, "the coordinator ended while it ran");
  std::vector<Worker> gone;
  for (auto& [name, state] : workers_) {
    state.last_life = now.steady;
    if (!state.worker.outlives) gone.push_back(state.worker);
  }
  for (const auto& worker : gone)
    step.emit(fact::WorkerLeft{worker.name, worker.incarnation, "the coordinator ended", false});
  for (auto& [id, open] : open_) open.started = now.steady;

  // What the earlier coordinator was to delete, and may not have.
  if (options_.prune)
    for (TrialId id = 1; id <= ledger_->trials(); ++id)
      if (ledger_->ended(id)) step.over(id);
  step.prune();

  // A command's facts are stored together, but a damaged store may have lost the second half of a
  // decision.
  auto idle = idle_;
  for (TrialId id : idle)
    if (find_open(id)->attempt > 0) step.settle(id);
  step.fill();
  return step.finish();
}

Outcome Engine::handle(const command::Take&, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  if (ended_ && ended_->why == EndOfStudy::error)
    return step.refuse(Errc::study_failed, ended_->message);
  ++demand_;
  step.fill();
  if (demand_ == 0 || asked_) return step.finish();
  demand_ = 0;
  bool nothing_left = ended_ || (exhausted() && idle_.empty() && enqueued_.empty());
  return step.answer(nothing_left ? Answer::Kind::done : Answer::Kind::wait);
}

Outcome Engine::handle(const command::Suggested& suggested, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  if (!asked_ || asked_->k != suggested.k || asked_->horizon != suggested.horizon)
    return step.finish();  // void meanwhile
  asked_.reset();
  if (options_.prune) {
    released_.insert(suggested.released.begin(), suggested.released.end());
    step.prune();
  }
  if (auto* configuration = std::get_if<Configuration>(&suggested.answer)) {
    prepared_.push_back({Prepared{suggested.k, *configuration, suggested.path}, suggested.horizon,
                         asked_for_slot_});
  } else if (std::holds_alternative<Wait>(suggested.answer)) {
    // else something it reads has happened since, and it is asked again
    waiting_ = last_read_ <= suggested.horizon;
  } else if (std::holds_alternative<Done>(suggested.answer)) {
    // What was prepared before must become trials first: were it a fact now, a restart would forget
    // them.
    nothing_ahead_ = !prepared_.empty();
    if (!nothing_ahead_) step.emit(fact::AlgorithmDone{suggested.k, suggested.horizon});
  } else {
    const Error& error = std::get<Error>(suggested.answer);
    step.close(EndOfStudy::error, error.message);
    step.fill();
    return options_.direct ? step.refuse(error) : step.finish();
  }
  step.fill();
  for (auto& prepared : prepared_) prepared.for_slot = false;  // the slot it was for is gone
  if (options_.direct && demand_ > 0 && !asked_) {
    demand_ = 0;
    return step.answer(waiting_ || paused_ ? Answer::Kind::wait : Answer::Kind::done);
  }
  return step.finish();
}

Outcome Engine::handle(const command::AskAgain&, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  asked_.reset();
  prepared_.clear();
  waiting_ = nothing_ahead_ = false;
  step.fill();
  return step.finish();
}

Outcome Engine::handle(const command::Observe& observe, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  OpenTrial* open = current(observe.trial, observe.attempt, observe.token_hash);
  if (!open) return step.answer(Answer::Kind::superseded);
  step.sign_of_life(open->worker, open->incarnation);
  if (observe.batch > 0) {
    if (observe.batch <= open->last_batch) {
      step.act(effect::Acknowledge{observe.trial, observe.attempt, observe.batch});
      return step.answer(Answer::Kind::duplicate);
    }
    if (observe.batch > open->last_batch + 1) return step.early(open->last_batch + 1);
  }
  std::int64_t highest = -1;
  for (std::size_t i = 0; i < observe.measurements.size(); ++i) {
    auto iteration = observe.measurements[i].iteration;
    if (iteration < 0)
      return step.refuse(Errc::invalid_argument, trial_text(observe.trial) + ": iteration " +
                                                     std::to_string(iteration) +
                                                     " is negative; count from 0 or 1");
    bool twice = reported(observe.trial, *open, iteration);
    for (std::size_t j = 0; j < i && !twice && iteration <= highest; ++j)
      twice = observe.measurements[j].iteration == iteration;
    highest = std::max(highest, iteration);
    if (twice)
      return step.refuse(
          Errc::invalid_argument,
          trial_text(observe.trial) + ": iteration " + std::to_string(iteration) +
              " was observed already; give every observation an iteration of its own");
  }
  for (const auto& m : observe.measurements)
    step.emit(fact::Observation{observe.trial, observe.attempt, m.iteration, m.objective, m.context,
                                observe.batch});
  if (observe.batch > 0)
    step.act(effect::Acknowledge{observe.trial, observe.attempt, observe.batch});
  if (!options_.direct) step.fill();  // an algorithm that waited may read observations
  return step.finish();
}

Outcome Engine::handle(const command::RequestStop& stop, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  OpenTrial* open = find_open(stop.trial);
  if (!open)
    return step.refuse(Errc::wrong_state, ledger_->known(stop.trial)
                                              ? trial_text(stop.trial) + " has ended"
                                              : "there is no " + trial_text(stop.trial));
  bool stale = stop.attempt != 0 && (stop.attempt != open->attempt || !open->running);
  if (stale || open->stop_pending) return step.answer(Answer::Kind::duplicate);
  step.emit(fact::StopRequested{stop.trial, open->attempt, stop.by, stop.why});
  if (open->running) {
    step.tell_to_stop(stop.trial, *open, stop.by == StopBy::rule ? StopWhy::rule : StopWhy::person);
  } else {
    step.end_trial(stop.trial, TrialStatus::stopped);  // it would have been tried again
    step.fill();
  }
  return step.finish();
}

Outcome Engine::handle(const command::EndAttempt& end, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  OpenTrial* open = current(end.trial, end.attempt, end.token_hash);
  if (!open) return step.answer(Answer::Kind::superseded);
  step.sign_of_life(open->worker, open->incarnation);
  if (end.after_batch > open->last_batch) return step.early(open->last_batch + 1);

  effect::Ended settled{end.trial, end.attempt, open->worker, open->incarnation};
  bool seen = ledger_->observations(end.trial) > 0;
  if (end.status) {
    if (*end.status == TrialStatus::intermediate)
      return step.refuse(
          Errc::invalid_argument,
          trial_text(end.trial) + ": INTERMEDIATE is no end; use completed, failed or stopped");
    if (*end.status == TrialStatus::completed && !seen)
      return step.refuse(
          Errc::wrong_state,
          trial_text(end.trial) +
              ": completed without an observation; add one first, or finalize it as failed");
    End as = *end.status == TrialStatus::completed ? End::completed
             : *end.status == TrialStatus::failed  ? End::failed
                                                   : End::stopped;
    step.end_attempt(end.trial, as, end.detail);
    step.end_trial(end.trial, *end.status);
  } else {
    End as = end.end;
    Detail detail = end.detail;
    if (end.told == StopWhy::timeout || (open->timed_out && as != End::completed)) {
      as = End::timeout;
      if (detail.message.empty())
        detail.message = "ran longer than " + std::to_string(study_->limits.timeout_ms) + " ms";
    } else if (open->stop_pending) {
      if (end.told && as == End::completed) as = End::stopped;
    } else if (end.told == StopWhy::going) {
      as = End::interrupted;
    } else if (as == End::completed && !seen) {
      as = End::failed;
      detail.message = "no metrics: it ended without one observation";
    }
    step.end_attempt(end.trial, as, std::move(detail));
    step.settle(end.trial);
    step.bar_bad_workers();
    step.maybe_give_up();
  }
  step.act(std::move(settled));
  step.fill();
  return step.finish();
}

Outcome Engine::handle(const command::Publish& publish, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  OpenTrial* open = current(publish.trial, publish.attempt, publish.token_hash);
  if (!open) return step.answer(Answer::Kind::superseded);
  step.sign_of_life(open->worker, open->incarnation);
  if (publish.after_batch > open->last_batch) return step.early(open->last_batch + 1);
  step.emit(fact::CheckpointPublished{publish.trial, publish.attempt, publish.directory});
  step.act(effect::CheckpointCurrent{publish.trial, publish.directory});
  return step.finish();
}

Outcome Engine::handle(const command::Join& join, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  const Worker& worker = join.worker;
  if (barred_.contains({worker.name, worker.incarnation}))
    return step.refuse(Errc::wrong_state,
                       "worker " + base::quote(worker.name) +
                           " may not come back as it is: it was taken out of use, or a newer start "
                           "of it has joined; start it again");
  auto known = workers_.find(worker.name);
  if (known != workers_.end() && !(known->second.worker == worker)) {
    std::string old = known->second.worker.incarnation;
    step.lose_all(worker.name, old, End::lost, "its worker was started again");
    step.emit(fact::WorkerLeft{worker.name, old, "it was started again", true});
    known = workers_.end();
  }
  if (known == workers_.end()) {
    step.emit(fact::WorkerJoined{worker});
    known = workers_.find(worker.name);
  } else if (known->second.present && join.session <= known->second.session) {
    return step.answer(Answer::Kind::duplicate);
  }
  known->second.present = true;
  known->second.session = join.session;
  known->second.last_life = now.steady;

  // What it should be running and does not was lost on the way; what it runs and should not is told
  // to stop.
  std::vector<TrialId> lost;
  auto runs = [&](TrialId id, AttemptId attempt) {
    return std::find(join.running.begin(), join.running.end(), std::pair(id, attempt)) !=
           join.running.end();
  };
  for (const auto& [id, open] : open_)
    if (open.running && open.worker == worker.name && open.incarnation == worker.incarnation &&
        !runs(id, open.attempt))
      lost.push_back(id);
  for (TrialId id : lost) {
    // Its start may be on the way still.
    step.tell_to_stop(id, *find_open(id), StopWhy::superseded);
    step.lose(id, End::lost, "its worker came back without it");
  }
  for (auto [id, attempt] : join.running) {
    OpenTrial* open = find_open(id);
    bool is_current = open && open->running && open->attempt == attempt &&
                      open->worker == worker.name && open->incarnation == worker.incarnation;
    if (!is_current) {
      step.act(effect::Stop{id, attempt, StopWhy::superseded, worker.name, worker.incarnation});
    } else if (open->stop_pending) {
      step.tell_to_stop(id, *open, StopWhy::person);
    } else if (closing_) {
      step.tell_to_stop(id, *open, StopWhy::going);
    }
  }
  step.fill();
  return step.finish();
}

Outcome Engine::handle(const command::Alive& alive, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  if (!step.sign_of_life(alive.worker, alive.incarnation))
    return step.answer(Answer::Kind::superseded);
  return step.finish();
}

Outcome Engine::handle(const command::Drain& drain, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  if (!step.sign_of_life(drain.worker, drain.incarnation))
    return step.answer(Answer::Kind::superseded);
  workers_.at(drain.worker).draining = true;
  return step.finish();
}

Outcome Engine::handle(const command::Leave& leave, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  auto known = workers_.find(leave.worker);
  if (known == workers_.end() || known->second.worker.incarnation != leave.incarnation)
    return step.answer(Answer::Kind::duplicate);
  step.lose_all(leave.worker, leave.incarnation, leave.end, leave.why);
  step.emit(fact::WorkerLeft{leave.worker, leave.incarnation, leave.why, false});
  step.fill();
  return step.finish();
}

Outcome Engine::handle(const command::Pause& pause, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  if (!paused_) step.emit(fact::Steered{Steering::paused, 0, {}, pause.by});
  return step.finish();
}

Outcome Engine::handle(const command::Resume& resume, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  if (paused_) step.emit(fact::Steered{Steering::resumed, 0, {}, resume.by});
  step.fill();
  return step.finish();
}

Outcome Engine::handle(const command::LimitConcurrency& limit, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  if (limit.max_concurrent == 0)
    return step.refuse(Errc::invalid_argument,
                       "max_concurrent must be at least 1; use pause to hold a study");
  if (max_concurrent() != limit.max_concurrent)
    step.emit(fact::Steered{Steering::limited, limit.max_concurrent, {}, limit.by});
  step.fill();
  return step.finish();
}

Outcome Engine::handle(const command::Enqueue& enqueue, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  step.emit(fact::Steered{Steering::enqueued, 0, enqueue.configuration, enqueue.by});
  if (!options_.direct) step.fill();
  return step.finish();
}

Outcome Engine::handle(const command::Tick&, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  const Limits& limits = study_->limits;
  std::vector<Worker> silent;
  for (const auto& [name, state] : workers_)
    if (state.worker.outlives &&
        now.steady - state.last_life > std::chrono::milliseconds(limits.lease_ms))
      silent.push_back(state.worker);
  for (const auto& worker : silent) {
    std::string why = "no sign of life for " + std::to_string(limits.lease_ms) + " ms";
    step.lose_all(worker.name, worker.incarnation, End::lost, why);
    step.emit(fact::WorkerLeft{worker.name, worker.incarnation, why, false});
  }
  if (limits.timeout_ms > 0)
    for (auto& [id, open] : open_)
      if (open.running && !open.timed_out &&
          now.steady - open.started > std::chrono::milliseconds(limits.timeout_ms)) {
        open.timed_out = true;
        step.tell_to_stop(id, open, StopWhy::timeout);
      }
  step.fill();
  return step.finish();
}

Outcome Engine::handle(const command::Interrupt& interrupt, base::Now now) {
  Step step(*this, now);
  if (poison_) return step.refuse(*poison_);
  step.close(interrupt.why, interrupt.message);
  step.fill();
  return step.finish();
}

}  // namespace sherpa::study
