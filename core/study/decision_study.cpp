#include "core/base/text.hpp"
#include "core/study/decision.hpp"
#include "core/study/time_budget.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

// Commands about the study as a whole, and those of people who steer it.
namespace sherpa::study {

namespace {

/// Whether another run continues a study that ended so.
bool reopens(const fact::StudyEnded& ended, const EngineState& state) {
  switch (ended.why) {
    case EndOfStudy::exhausted:
    case EndOfStudy::budget: return false;
    case EndOfStudy::cancelled:
    case EndOfStudy::error: return true;
    case EndOfStudy::time: break;
  }
  const auto time = time_for_a_run(state.study.limits, state.time_used);
  return !time || time->count() > 0;
}

}  // namespace

void Decision::decide(const command::Create& create) {
  emit(create.study);
  begin_run();
}

void Decision::begin_run() {
  run_.began = now_.steady;
  run_.used_before = state_.time_used;
}

void Decision::decide(const command::Change& change) {
  fact::StudyChanged as_is{state_.study.algorithm, state_.study.stopping_rule, state_.study.limits,
                           false, state_.study.command};
  if (!(change.study == as_is)) emit(change.study);
}

void Decision::decide(const command::Recover& recover) {
  begin_run();
  if (!state_.ended) {
    emit(fact::Steered{.action = Steering::begun, .by = recover.by});
  } else if (reopens(*state_.ended, state_)) {
    emit(fact::Steered{.action = Steering::reopened, .by = recover.by});
  }
  if (recover.retry_failed) enqueue_failed(recover.by);
  if (state_.paused) emit(fact::Steered{Steering::resumed, 0, {}, recover.by});

  interrupt_attempts();

  // The earlier coordinator may not have deleted these any more.
  if (options_.prune)
    for (TrialId id = 1; id <= state_.ledger->trials(); ++id)
      if (state_.ledger->ended(id)) release(id);
  prune();

  // A command's facts are stored together, but a damaged store may have lost the second half of a
  // decision.
  auto idle = state_.idle;
  for (TrialId id : idle)
    if (state_.open.at(id).attempt > 0) settle(id);
  fill();
}

/// Each failed trial once; a trial with its configuration that fails is a failed trial of its own.
void Decision::enqueue_failed(const std::string& by) {
  for (TrialId id = 1; id <= state_.ledger->trials(); ++id)
    if (state_.ledger->ended(id) && !state_.retried.contains(id) &&
        state_.ledger->status(state_.ledger->summary_row(id)) == TrialStatus::failed)
      emit(fact::Steered{.action = Steering::enqueued,
                         .configuration = state_.ledger->configuration(id),
                         .by = by,
                         .retries = id});
}

/// Attempts inside the earlier coordinator ended with it. Those outside get a new lease.
void Decision::interrupt_attempts() {
  std::vector<TrialId> interrupted;
  for (const auto& [id, open] : state_.open) {
    auto worker = state_.workers.find(open.worker);
    bool outlives = worker != state_.workers.end() && worker->second.worker.outlives &&
                    worker->second.worker.incarnation == open.incarnation;
    if (open.running && !outlives) interrupted.push_back(id);
  }
  for (TrialId id : interrupted) lose(id, End::interrupted, "the coordinator ended while it ran");
  std::vector<Worker> gone;
  for (auto& [name, state] : state_.workers) {
    state.last_life = now_.steady;
    if (!state.worker.outlives) gone.push_back(state.worker);
  }
  for (const auto& worker : gone)
    emit(fact::WorkerLeft{worker.name, worker.incarnation, "the coordinator ended", false});
  for (auto& [id, open] : state_.open) open.started = now_.steady;
}

void Decision::decide(const command::Pause& pause) {
  if (!state_.paused) emit(fact::Steered{Steering::paused, 0, {}, pause.by});
}

void Decision::decide(const command::Resume& resume) {
  if (state_.paused) emit(fact::Steered{Steering::resumed, 0, {}, resume.by});
  fill();
}

void Decision::decide(const command::LimitConcurrency& limit) {
  if (limit.max_concurrent == 0)
    return refuse(Errc::invalid_argument,
                  "max_concurrent must be at least 1; use pause to hold a study");
  if (state_.max_concurrent() != limit.max_concurrent)
    emit(fact::Steered{Steering::limited, limit.max_concurrent, {}, limit.by});
  fill();
}

void Decision::decide(const command::Enqueue& enqueue) {
  emit(fact::Steered{Steering::enqueued, 0, enqueue.configuration, enqueue.by});
  fill();
}

void Decision::decide(const command::Tick&) {
  expire_leases();
  expire_attempts();
  fill();
}

void Decision::expire_leases() {
  const Limits& limits = state_.study.limits;
  std::vector<Worker> silent;
  for (const auto& [name, state] : state_.workers)
    if (state.worker.outlives &&
        now_.steady - state.last_life > std::chrono::milliseconds(limits.lease_ms))
      silent.push_back(state.worker);
  for (const auto& worker : silent) {
    std::string why = "no sign of life for " + std::to_string(limits.lease_ms) + " ms";
    lose_all(worker.name, worker.incarnation, End::lost, why);
    emit(fact::WorkerLeft{worker.name, worker.incarnation, why, false});
  }
}

void Decision::expire_attempts() {
  const auto timeout = std::chrono::milliseconds(state_.study.limits.timeout_ms);
  if (timeout.count() <= 0) return;
  for (auto& [id, open] : state_.open)
    if (open.running && !open.timed_out && now_.steady - open.started > timeout) {
      open.timed_out = true;
      tell_to_stop(id, open, StopWhy::timeout);
    }
}

void Decision::decide(const command::Interrupt& interrupt) {
  close(interrupt.why, interrupt.message);
  fill();
}

}  // namespace sherpa::study
