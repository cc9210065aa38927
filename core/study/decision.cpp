#include "core/study/decision.hpp"

#include "core/base/assert.hpp"
#include "core/base/duration.hpp"
#include "core/study/ends.hpp"
#include "core/study/lineage.hpp"
#include "core/study/time_budget.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// Effects that follow from facts.
namespace sherpa::study {

namespace {

constexpr std::uint32_t failures_to_bar = 3;  // in a row, in the same way
constexpr std::size_t most_message = 4096;    // bytes of what an attempt says about its end

// A row of failures is blamed on something other than the configurations when, at the earlier rate
// of failures, chance would produce it with a probability below this.
constexpr double hardly_ever = 1e-7;

// The pause before a worker that keeps losing attempts gets another one.
constexpr auto first_pause = std::chrono::milliseconds(500);
constexpr std::uint32_t most_doublings = 6;

/// How many failures in a row are too many.
std::uint64_t most_in_a_row(const FailureStreak& streak, std::uint64_t give_up_after) {
  if (streak.failed_before == 0) return give_up_after;
  const double rate =
      static_cast<double>(streak.failed_before) / static_cast<double>(streak.ended_before);
  const double by_chance = std::ceil(std::log(hardly_ever) / std::log(rate));
  return std::max(give_up_after, static_cast<std::uint64_t>(std::min(by_chance, 1e12)));
}

}  // namespace

std::string shorten(std::string message) {
  if (message.size() <= most_message) return message;
  auto size = most_message;
  while (size > 0 && (static_cast<unsigned char>(message[size]) & 0xc0) == 0x80)
    --size;  // not within a character
  return message.substr(0, size) + "…";
}

Outcome Decision::finish() {
  // Invariant 5: a repetition, or a message of an attempt that is not current, changes nothing.
  SHERPA_ASSERT(out_.facts.empty() || (out_.answer.kind != Answer::Kind::duplicate &&
                                       out_.answer.kind != Answer::Kind::superseded &&
                                       out_.answer.kind != Answer::Kind::early),
                static_cast<int>(out_.answer.kind), out_.facts.size());
  out_.after = state_.seq;
  return std::move(out_);
}

void Decision::emit(Fact fact) {
  Entry& entry = out_.facts.emplace_back(Entry{state_.seq + 1, now_.wall, std::move(fact)});
  state_.apply(entry);
  if (run_.algorithm.reads.concerns(entry.fact)) {
    run_.last_read = entry.seq;
    run_.waiting = false;
  }
}

void Decision::fill() {
  maybe_give_up();
  watch_time();
  if (!state_.ended && !run_.closing && !state_.paused) {
    while (start_one()) {}
    prefetch();
  }
  maybe_end();
}

void Decision::settle(TrialId trial) {
  const OpenTrial& open = state_.open.at(trial);
  if (auto status = status_after(open.last_end, open.stop_pending, state_.retriable(open)))
    end_trial(trial, *status);
}

void Decision::end_trial(TrialId trial, TrialStatus status) {
  // Invariant 4: a trial ends once, after its last attempt.
  SHERPA_ASSERT(state_.open.contains(trial) && !state_.open.at(trial).running, trial);
  emit(state_.ledger->summarise(trial, status));
  if (!options_.prune) return;
  release(trial);
  prune();
}

void Decision::release(TrialId trial) {
  act(effect::CheckpointsUnneeded{trial, state_.checkpoint(trial).value_or(""), false});
  if (!run_.algorithm.resumes_from_parent) run_.released.insert(trial);
}

void Decision::prune() {
  if (run_.released.empty()) return;
  std::set<TrialId> loaded;
  for (const auto& [id, open] : state_.open)
    if (auto parent = parent_of(state_.ledger->configuration(id))) loaded.insert(*parent);
  std::erase_if(run_.released, [&](TrialId trial) {
    if (loaded.contains(trial) || (state_.best_ended && state_.best_ended->second == trial))
      return false;
    act(effect::CheckpointsUnneeded{trial, "", false});
    return true;
  });
}

void Decision::end_attempt(TrialId trial, End end, Detail detail) {
  detail.message = shorten(std::move(detail.message));
  count_end(state_.open.at(trial), end);
  emit(fact::AttemptEnded{trial, state_.open.at(trial).attempt, end, std::move(detail)});
}

void Decision::count_end(const OpenTrial& open, End end) {
  const bool observed = open.highest >= 0;  // by this attempt
  if ((is_failure(end) || end == End::lost) && !observed) ++run_.streak.length;
}

/// Whatever stood in the way of attempts does not now.
void Decision::count_first_observation(const OpenTrial& open) {
  FailureStreak& streak = run_.streak;
  streak = {0, streak.ended_before + streak.length + 1, streak.failed_before + streak.length};
  run_.losses.erase(open.worker);
}

void Decision::lose(TrialId trial, End end, std::string why) {
  end_attempt(trial, end, Detail{.exit_code = {}, .signal = {}, .message = std::move(why)});
  settle(trial);
}

void Decision::lose_all(const std::string& worker, const std::string& incarnation, End end,
                        const std::string& why) {
  std::vector<TrialId> lost;
  for (const auto& [id, open] : state_.open)
    if (open.running && open.worker == worker && open.incarnation == incarnation)
      lost.push_back(id);
  const auto failures = run_.streak.length;
  for (TrialId id : lost) lose(id, end, why);
  if (run_.streak.length == failures) return;
  run_.streak.length = failures + 1;  // one cause, whatever it ran
  hold_back(worker);
}

void Decision::hold_back(const std::string& worker) {
  Losses& losses = run_.losses[worker];
  if (++losses.starts < 2) return;
  const auto doublings = std::min(losses.starts - 2, most_doublings);
  losses.held_until = now_.steady + first_pause * (1 << doublings);
}

void Decision::tell_to_stop(TrialId trial, const OpenTrial& open, StopWhy why) {
  act(effect::Stop{trial, open.attempt, why, open.worker, open.incarnation});
}

void Decision::close(EndOfStudy why, std::string message) {
  if (run_.closing || state_.ended) return;
  run_.closing = fact::StudyEnded{why, std::move(message)};
  run_.prepared.clear();
  run_.asked.reset();
  run_.demand = 0;
  for (auto& [id, open] : state_.open)
    if (open.running) tell_to_stop(id, open, StopWhy::going);
}

bool Decision::sign_of_life(const std::string& worker, const std::string& incarnation) {
  auto at = state_.workers.find(worker);
  if (at == state_.workers.end() || at->second.worker.incarnation != incarnation) return false;
  at->second.last_life = now_.steady;
  return true;
}

void Decision::bar_bad_workers() {
  std::vector<std::pair<Worker, std::string>> bad;
  for (const auto& [name, state] : state_.workers)
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

void Decision::maybe_give_up() {
  const auto limit = state_.study.limits.give_up_after;
  const auto& streak = run_.streak;
  if (limit == 0 || streak.length < limit || run_.closing || state_.ended) return;
  if (streak.length < most_in_a_row(streak, limit)) return;
  const bool first = streak.ended_before == 0 && state_.ledger->rows() == state_.ended_trials();
  std::string why = first ? "the first " : "the last ";
  why.append(std::to_string(streak.length)).append(" attempts all failed without one observation");
  if (state_.last_failure) why.append("; the last: ").append(state_.last_failure->reason);
  close(EndOfStudy::error, std::move(why));
}

void Decision::watch_time() {
  if (run_.closing || state_.ended) return;
  const auto left = time_left(state_, run_, now_.steady);
  if (!left || left->count() > 0) return;
  const auto budget = std::chrono::milliseconds(state_.study.limits.time_budget_ms);
  close(EndOfStudy::time, "its time budget of " + base::show_duration(budget) + " is used up");
}

bool Decision::start_one() {
  auto placed =
      std::visit([&](const auto& where) { return where.next(state_, run_); }, options_.placement);
  if (!placed) return false;
  if (!state_.idle.empty()) {
    start(state_.idle.front(), *std::move(placed));
    return true;
  }
  if (!state_.enqueued.empty()) {
    issue(state_.enqueued.front().configuration, Origin{});
    return true;
  }
  drop_void();
  if (!run_.prepared.empty()) {
    auto next = std::move(run_.prepared.front());
    run_.prepared.pop_front();
    issue(std::move(next.suggestion.configuration),
          Origin{next.suggestion.k, next.horizon, std::move(next.suggestion.path)});
    return true;
  }
  if (!state_.exhausted()) ask(true);
  return false;
}

void Decision::issue(Configuration configuration, Origin origin) {
  const TrialId trial = state_.ledger->trials() + 1;
  // Invariant 3: never more trials of the algorithm than the budget.
  SHERPA_ASSERT(!origin.by_algorithm() ||
                    state_.issued_by_algorithm < state_.study.limits.budget.value_or(UINT64_MAX),
                trial, state_.issued_by_algorithm);
  if (origin.by_algorithm()) name_save(configuration, trial);
  emit(fact::TrialIssued{trial, std::move(configuration), std::move(origin)});
}

void Decision::start(TrialId trial, Place placed) {
  OpenTrial& open = state_.open.at(trial);
  AttemptId attempt = open.attempt + 1;
  Token token;
  bool outside = !placed.worker.empty() && state_.workers.at(placed.worker).worker.outlives;
  if (outside && options_.token) token = options_.token(state_.study.uuid, trial, attempt);
  SHERPA_ASSERT(!open.running, trial, open.attempt);  // invariant 2
  emit(fact::AttemptStarted{trial, attempt, token.hash, placed.worker, placed.incarnation,
                            placed.slots, placed.resources});
  open.started = now_.steady;
  if (run_.demand > 0) --run_.demand;
  if (options_.prune && attempt > 1)
    if (auto newest = state_.checkpoint(trial))
      act(effect::CheckpointsUnneeded{trial, *newest, true});
  act(effect::Start{trial, attempt, state_.ledger->configuration(trial), std::move(token.secret),
                    std::move(placed.worker), std::move(placed.incarnation),
                    std::move(placed.resources), state_.loads(trial)});
}

void Decision::drop_void() {
  for (const auto& prepared : run_.prepared)
    if (!prepared.for_slot && run_.last_read > prepared.horizon) {
      run_.prepared.clear();
      return;
    }
}

void Decision::ask(bool for_slot) {
  if (run_.asked) {
    run_.asked_for_slot = run_.asked_for_slot || for_slot;
    return;
  }
  if (run_.waiting) return;
  run_.asked = Ask{state_.issued_by_algorithm + run_.prepared.size() + 1, state_.seq};
  run_.asked_for_slot = for_slot;
  out_.ask = run_.asked;
}

void Decision::prefetch() {
  if (run_.asked || run_.waiting || run_.nothing_ahead || !run_.algorithm.reads.nothing()) return;
  if (run_.prepared.size() < options_.prefetch && !state_.exhausted(run_.prepared.size()))
    ask(false);
}

void Decision::maybe_end() {
  if (state_.ended || state_.running > 0) return;
  if (run_.closing) {
    emit(*run_.closing);
    run_.closing.reset();
  } else if (state_.idle.empty() && state_.enqueued.empty() && run_.prepared.empty() &&
             state_.exhausted()) {
    emit(fact::StudyEnded{state_.done ? EndOfStudy::exhausted : EndOfStudy::budget, ""});
  } else if (stuck()) {
    emit(fact::StudyEnded{
        EndOfStudy::error,
        "the algorithm waits, but no trial is running whose end it could wait for"});
  } else {
    return;
  }
  run_.asked.reset();
  if (state_.ended) act(effect::Finished{state_.ended->why, state_.ended->message});
}

bool Decision::stuck() const {
  const bool ends_when_stuck =
      std::visit([](const auto& where) { return where.ends_when_stuck; }, options_.placement);
  return ends_when_stuck && run_.waiting && state_.idle.empty() && state_.enqueued.empty() &&
         run_.prepared.empty() && !state_.paused;
}

}  // namespace sherpa::study
