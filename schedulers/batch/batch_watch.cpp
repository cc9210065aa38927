#include "schedulers/batch/batch_core.hpp"

#include "core/base/assert.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <utility>

// Watching jobs: states from the batch system, leases and time limits.
namespace sherpa::schedulers {

using study::End;
using study::StopWhy;

namespace {

constexpr std::size_t many_jobs = 100;

}  // namespace

void BatchCore::ask() {
  std::vector<Question> asked;
  std::vector<std::string> ids;
  {
    std::scoped_lock lock(mutex_);
    for (const auto& [attempt, job] : jobs_)
      if (job->channel && !job->over && !job->record.id.empty()) {
        ids.push_back(job->record.id);
        asked.push_back({job, job->record.id, job->said.has_value()});
      }
  }
  next_ask_ = Clock::time_point::max();
  if (ids.empty()) return;
  asking_ = true;
  calls_.ask([this, asked = std::move(asked), ids = std::move(ids)](BatchSystem& system) {
    const auto before = Clock::now();
    auto states = system.ask(ids);
    const auto took = std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - before);
    post([this, asked, states = std::move(states), took] { answered(asked, states, took); });
  });
}

void BatchCore::answered(const std::vector<Question>& asked, const Result<JobStates>& states,
                         std::chrono::milliseconds took) {
  asking_ = false;
  pause_ = std::min(pause_ * 2, asked.size() > many_jobs ? options_.very_seldom : options_.seldom);
  if (!states) {
    if (!std::exchange(unreachable_, true))
      base::log(LogLevel::warning, system_ +
                                       " does not say how its jobs are, and is asked again: " +
                                       states.error().message);
    pause_ = options_.very_seldom;
  }
  pause_ = std::max(pause_, took * 10);  // it has other users
  next_ask_ = std::min(next_ask_, Clock::now() + pause_);
  if (!states) return;
  unreachable_ = false;
  std::vector<Unclear> unclear;
  for (const auto& question : asked) {
    const auto& job = question.job;
    auto at = states->find(question.id);
    const bool known = at != states->end(),
               stuck = known && at->second.phase == JobState::Phase::stuck;
    if (stuck || (!known && (!job->remote->connected() || job->said))) {
      unclear.push_back({question, known ? std::optional(at->second) : std::nullopt, {}});
      continue;
    }
    if (known) judge(job, at->second);
    if (question.said) let_go(job);
  }
  if (unclear.empty()) return;
  asking_ = true;
  calls_.ask([this, unclear = std::move(unclear)](BatchSystem& system) mutable {
    for (auto& one : unclear) one.books = system.look_up(one.question.id);
    post([this, unclear = std::move(unclear)] { explained(unclear); });
  });
}

void BatchCore::explained(const std::vector<Unclear>& all) {
  asking_ = false;
  for (const auto& [question, state, books] : all) {
    const auto& job = question.job;
    if (!state) {
      judge_unknown(job, books);
    } else if (!job->over) {
      conclude(job, ended(End::failed, name_of(job) + " cannot run: " + state->why +
                                           (books ? ", " + books->why : "")));
    }
    if (question.said) let_go(job);
  }
}

void BatchCore::judge(const Job& job, const JobState& state) {
  if (job->over) return;
  job->unknown.reset();
  job->times_unknown = 0;
  if (state.phase != JobState::Phase::queued) show_waiting(job, "");
  switch (state.phase) {
    case JobState::Phase::queued:
      if (job->came && !job->remote->connected())
        return conclude(job, ended(End::preempted, name_of(job) + " was put back into the queue (" +
                                                       state.why + ")"));
      if (!job->came) show_waiting(job, state.why);
      return;
    case JobState::Phase::stuck: return;  // the books are asked, too
    case JobState::Phase::running:
      if (!job->came && !job->running) job->running = Clock::now();
      return;
    case JobState::Phase::ending:
      if (state.how == JobState::How::killed) job->doomed = state;
      return;
    case JobState::Phase::over: return over(job, state);
  }
}

/// The batch system has forgotten the job, or does not know it yet.
void BatchCore::judge_unknown(const Job& job, const std::optional<JobState>& books) {
  if (job->over || (job->remote->connected() && !job->said)) return;
  if (books && books->phase == JobState::Phase::over) return over(job, *books);
  const auto now = Clock::now();
  const auto since = job->unknown.value_or(now);
  job->unknown = since;
  if (++job->times_unknown < 2 || now - since < options_.vanished) return;
  if (job->said || job->record.stop_why)
    return over(job, {JobState::Phase::over, JobState::How::finished, "no trace of it is left"});
  conclude(job, ended(End::lost,
                      name_of(job) + " has vanished: the batch system does not know how it ended"));
}

void BatchCore::over(const Job& job, const JobState& state) {
  // Its program is still connected: its report is on the way, or the node was given up but runs.
  if (job->remote->connected() && !job->said && state.how != JobState::How::node_failed) return;
  // The batch system's accounting may not say who ended it.
  const bool named = state.how == JobState::How::timeout || state.how == JobState::How::preempted;
  conclude(job,
           verdict({.name = name_of(job),
                    .state = named ? state : job->doomed.value_or(state),
                    .said = job->said,
                    .stop_why = job->record.stop_why,
                    .came = job->came,
                    .output = job->came ? "" : output(job)}),
           job->remote->connected());
}

/// Ends attempts whose lease expired, and jobs that ignore a request to stop.
void BatchCore::watch_time(const Job& job) {
  if (job->over || !job->channel) return;
  if (!asking_) let_go(job);  // no answer is pending
  const auto now = Clock::now();
  auto past = [now](const std::optional<Clock::time_point>& since, Clock::duration wait) {
    return since && now - *since >= wait;
  };
  if (past(job->kill_at, {})) {
    const auto& why = job->record.stop_why;
    SHERPA_ASSERT(why.has_value());  // it has been told to stop
    return conclude(job, end_after_stop(*why));
  }
  auto lose = [&](const std::string& why) { conclude(job, ended(End::lost, name_of(job) + why)); };
  const auto lease = std::to_string(options_.lease.count()) + " ms";
  if (job->came && past(job->silent, options_.lease))
    return job->said ? over(job, {JobState::Phase::over, JobState::How::finished, "it has gone"})
                     : lose(": no sign of life for " + lease);
  if (!job->came && past(job->running, options_.lease)) {
    auto words = output(job);
    lose(" runs, but has not come to the coordinator for " + lease +
         (words.empty() ? "" : ": " + words));
  }
}

/// Logged once for each reason, because a thousand jobs may wait for the same one.
void BatchCore::show_waiting(const Job& job, const std::string& why) {
  bool known = false;
  {
    std::scoped_lock lock(mutex_);
    if (job->waits == why) return;
    known = std::any_of(jobs_.begin(), jobs_.end(),
                        [&](const auto& one) { return one.second->waits == why; });
    job->waits = why;
  }
  if (!why.empty() && !known)
    base::log(LogLevel::info, trial_of(job) + ": " + name_of(job) + " waits: " + why);
}

}  // namespace sherpa::schedulers
