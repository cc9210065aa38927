#include "core/base/text.hpp"
#include "core/study/decision.hpp"
#include "core/study/ends.hpp"
#include "core/study/lineage.hpp"
#include "core/study/metric_limit.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Commands of the caller, the algorithm, and the attempts.
namespace sherpa::study {

namespace {

constexpr std::uint64_t failures_in_a_loop = 10;  // where there is no give_up_after

std::string trial_text(TrialId trial) { return "trial " + std::to_string(trial); }

}  // namespace

void Decision::decide(const command::Take&) {
  if (state_.ended && state_.ended->why == EndOfStudy::error)
    return refuse(Errc::study_failed, state_.ended->message);
  ++run_.demand;
  fill();
  if (run_.demand == 0 || run_.asked) return;
  run_.demand = 0;
  bool nothing_left =
      state_.ended || (state_.exhausted() && state_.idle.empty() && state_.enqueued.empty());
  answer(nothing_left ? Answer::Kind::done : Answer::Kind::wait);
}

void Decision::decide(const command::Suggested& suggested) {
  if (!run_.asked || run_.asked->k != suggested.k || run_.asked->horizon != suggested.horizon)
    return;  // void meanwhile
  run_.asked.reset();
  if (options_.prune) {
    run_.released.insert(suggested.released.begin(), suggested.released.end());
    prune();
  }
  auto error = std::holds_alternative<Error>(suggested.answer)
                   ? std::optional(std::get<Error>(suggested.answer))
                   : std::nullopt;
  if (auto why = hopeless(suggested); !error && !why.empty())
    error = Error{Errc::study_failed, std::move(why)};
  if (error) {
    const bool asked_by_caller = run_.demand > 0;
    close(EndOfStudy::error, error->message);
    fill();
    if (asked_by_caller) refuse(*error);
    return;
  }
  take_answer(suggested);
  fill();
  for (auto& prepared : run_.prepared) prepared.for_slot = false;  // the slot it was for is gone
  if (run_.demand > 0 && !run_.asked) {
    run_.demand = 0;
    answer(run_.waiting || state_.paused ? Answer::Kind::wait : Answer::Kind::done);
  }
}

std::string Decision::hopeless(const command::Suggested& suggested) const {
  const auto& standstill = suggested.standstill;
  const bool in_a_loop = std::holds_alternative<OnDemand>(options_.placement);
  const std::uint64_t limit = in_a_loop ? failures_in_a_loop : state_.study.limits.give_up_after;
  // With a budget, every trial brings the study nearer to its end.
  if (!standstill || limit == 0 || state_.study.limits.budget) return "";
  if (std::holds_alternative<Done>(suggested.answer)) return "";
  // Those that were stopped, or have no finite objective, may be a rule's work.
  if (standstill->failed < limit && standstill->trials / 10 < limit) return "";
  std::string why = "the last " + std::to_string(standstill->trials) + " trials ";
  why.append(standstill->where)
      .append(" failed, were stopped or have no finite objective (")
      .append(std::to_string(standstill->failed))
      .append(
          " failed), so the study comes no nearer to its end; raise give_up_after to continue, or "
          "set max_num_trials in a new study");
  return why;
}

/// Handles a suggestion: a configuration, wait, or done.
void Decision::take_answer(const command::Suggested& suggested) {
  if (const auto* chosen = std::get_if<Chosen>(&suggested.answer)) {
    run_.prepared.push_back({Prepared{suggested.k, chosen->configuration, chosen->path},
                             suggested.horizon, run_.asked_for_slot});
  } else if (std::holds_alternative<Wait>(suggested.answer)) {
    // Otherwise a fact that it depends on has arrived since, and the algorithm is asked again.
    run_.waiting = run_.last_read <= suggested.horizon;
  } else {
    // Done. Suggestions prepared before must become trials first: a restart would forget them if
    // this were a fact now.
    run_.nothing_ahead = !run_.prepared.empty();
    if (!run_.nothing_ahead) emit(fact::AlgorithmDone{suggested.k, suggested.horizon});
  }
}

void Decision::decide(const command::AskAgain&) {
  run_.asked.reset();
  run_.prepared.clear();
  run_.waiting = run_.nothing_ahead = false;
  fill();
}

void Decision::decide(const command::Observe& observe) {
  OpenTrial* open = state_.current(observe.trial, observe.attempt, observe.token_hash);
  if (!open) return answer(Answer::Kind::superseded);
  sign_of_life(open->worker, open->incarnation);
  if (!check_batch(observe, *open) || !check_iterations(observe, *open) || !check_metrics(observe))
    return;
  if (open->highest < 0 && !observe.observations.empty()) count_first_observation(*open);
  for (const auto& m : observe.observations)
    emit(fact::Observation{observe.trial, observe.attempt, m.iteration, m.objective, m.context,
                           observe.batch});
  if (observe.batch > 0) act(effect::Acknowledge{observe.trial, observe.attempt, observe.batch});
  fill();  // an algorithm that waited may read observations
}

/// Whether the batch is the next one of its attempt.
bool Decision::check_batch(const command::Observe& observe, const OpenTrial& open) {
  if (observe.batch == 0 || observe.batch == open.last_batch + 1) return true;
  if (observe.batch > open.last_batch) {
    early(open.last_batch + 1);
  } else {
    act(effect::Acknowledge{observe.trial, observe.attempt, observe.batch});
    answer(Answer::Kind::duplicate);
  }
  return false;
}

/// Whether each iteration is valid, and new in this attempt.
bool Decision::check_iterations(const command::Observe& observe, const OpenTrial& open) {
  std::int64_t highest = -1;
  for (std::size_t i = 0; i < observe.observations.size(); ++i) {
    auto iteration = observe.observations[i].iteration;
    if (iteration < 0) {
      refuse(Errc::invalid_argument, trial_text(observe.trial) + ": iteration " +
                                         std::to_string(iteration) +
                                         " is negative; count from 0 or 1");
      return false;
    }
    bool twice = state_.reported(observe.trial, open, iteration);
    for (std::size_t j = 0; j < i && !twice && iteration <= highest; ++j)
      twice = observe.observations[j].iteration == iteration;
    highest = std::max(highest, iteration);
    if (twice) {
      refuse(Errc::invalid_argument,
             trial_text(observe.trial) + ": iteration " + std::to_string(iteration) +
                 " was observed already; give every observation an iteration of its own");
      return false;
    }
  }
  return true;
}

/// Whether the study has room for the names of its metrics.
bool Decision::check_metrics(const command::Observe& observe) {
  const auto& ledger = *state_.ledger;
  std::set<std::string_view> fresh;
  for (const auto& measurement : observe.observations) {
    if (measurement.context.empty() || ledger.has_newest_metrics(measurement.context)) continue;
    for (const auto& [name, value] : measurement.context) {
      if (ledger.has_metric(name) || !fresh.insert(name).second) continue;
      if (ledger.metrics() + fresh.size() <= most_metrics) continue;
      refuse(Errc::refused,
             trial_text(observe.trial) + ": metric " +
                 base::quote(name.size() <= 60 ? name : name.substr(0, 60) + "…") +
                 " is one too many: the study has " + std::to_string(most_metrics) +
                 " different names of metrics already; put what varies into the iteration or the "
                 "value of a metric, not into its name");
      return false;
    }
  }
  return true;
}

void Decision::decide(const command::RequestStop& stop) {
  OpenTrial* open = state_.find_open(stop.trial);
  if (!open)
    return refuse(Errc::wrong_state, state_.ledger->known(stop.trial)
                                         ? trial_text(stop.trial) + " has ended"
                                         : "there is no " + trial_text(stop.trial));
  bool stale = stop.attempt != 0 && (stop.attempt != open->attempt || !open->running);
  if (stale || open->stop_pending) return answer(Answer::Kind::duplicate);
  emit(fact::StopRequested{stop.trial, open->attempt, stop.by, stop.why});
  if (open->running) {
    tell_to_stop(stop.trial, *open, stop.by == StopBy::rule ? StopWhy::rule : StopWhy::person);
  } else {
    end_trial(stop.trial, TrialStatus::stopped);  // it would have been tried again
    fill();
  }
}

void Decision::decide(const command::EndAttempt& end) {
  OpenTrial* open = state_.current(end.trial, end.attempt, end.token_hash);
  if (!open) return answer(Answer::Kind::superseded);
  sign_of_life(open->worker, open->incarnation);
  if (end.after_batch > open->last_batch) return early(open->last_batch + 1);

  effect::Ended settled{end.trial, end.attempt, open->worker, open->incarnation};
  bool seen = state_.ledger->observations(end.trial) > 0;
  if (end.status) {
    if (!check_status(end, seen)) return;
    end_attempt(end.trial, end_of(*end.status), end.detail);
    end_trial(end.trial, *end.status);
  } else {
    const EndKind kind =
        classify({end.end, end.stop_why, open->timed_out, open->stop_pending, seen});
    Detail detail = end.detail;
    if (kind == EndKind::timeout && detail.message.empty())
      detail.message = "ran longer than " + std::to_string(state_.study.limits.timeout_ms) + " ms";
    if (kind == EndKind::no_metrics)
      detail.message = "no metrics: it ended without one observation";
    end_attempt(end.trial, end_of(kind, end.end), std::move(detail));
    settle(end.trial);
    bar_bad_workers();
  }
  act(std::move(settled));
  fill();
}

/// Whether a trial can end as its caller reports.
bool Decision::check_status(const command::EndAttempt& end, bool seen) {
  if (end.status == TrialStatus::intermediate) {
    refuse(Errc::invalid_argument,
           trial_text(end.trial) + ": INTERMEDIATE is no end; use completed, failed or stopped");
    return false;
  }
  if (end.status == TrialStatus::completed && !seen) {
    refuse(Errc::wrong_state,
           trial_text(end.trial) +
               ": completed without an observation; add one first, or finalize it as failed");
    return false;
  }
  return true;
}

void Decision::decide(const command::Publish& publish) {
  OpenTrial* open = state_.current(publish.trial, publish.attempt, publish.token_hash);
  if (!open) return answer(Answer::Kind::superseded);
  sign_of_life(open->worker, open->incarnation);
  if (publish.after_batch > open->last_batch) return early(open->last_batch + 1);
  if (publish.directory != checkpoint_directory(publish.trial, publish.attempt))
    return refuse(Errc::invalid_argument,
                  trial_text(publish.trial) + ": " + base::quote(publish.directory) +
                      " cannot be its checkpoint; attempt " + std::to_string(publish.attempt) +
                      " writes to " + checkpoint_directory(publish.trial, publish.attempt));
  emit(fact::CheckpointPublished{publish.trial, publish.attempt, publish.directory});
  act(effect::CheckpointCurrent{publish.trial, publish.directory});
}

}  // namespace sherpa::study
