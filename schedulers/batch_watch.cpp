#include "schedulers/batch_core.hpp"

#include "study/log.hpp"

#include <algorithm>
#include <utility>

// What becomes of the jobs: what the batch system says, and time.
namespace sherpa::schedulers {

using study::End;
using study::StopWhy;

namespace {

constexpr std::size_t many_jobs = 100;

}  // namespace

void BatchCore::ask() {
  std::vector<Job> asked;
  std::vector<std::string> ids;
  {
    std::scoped_lock lock(mutex_);
    for (const auto& [attempt, job] : jobs_)
      if (job->line && !job->over && !job->record.id.empty()) asked.push_back(job), ids.push_back(job->record.id);
  }
  next_ask_ = Clock::time_point::max();
  if (ids.empty()) return;
  const auto before = Clock::now();
  auto states = options_.system->ask(ids);
  const auto took = std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - before);
  pause_ = std::min(pause_ * 2, ids.size() > many_jobs ? options_.very_seldom : options_.seldom);
  if (!states) {
    if (!std::exchange(unreachable_, true))
      study::log(LogLevel::warning, system_ + " does not say how its jobs are, and is asked again: " + states.error().message);
    pause_ = options_.very_seldom;
  }
  pause_ = std::max(pause_, took * 10);  // it has other users
  next_ask_ = Clock::now() + pause_;
  if (!states) return;
  unreachable_ = false;
  for (const auto& job : asked) {
    auto at = states->find(job->record.id);
    judge(job, at == states->end() ? std::nullopt : std::optional(at->second));
    let_go(job);
  }
}

void BatchCore::judge(const Job& job, const std::optional<JobState>& state) {
  if (job->over) return;
  if (!state) return judge_unknown(job);
  job->unknown.reset();
  job->times_unknown = 0;
  if (state->phase != JobState::Phase::queued && !job->waits.empty()) show_waiting(job, "");
  switch (state->phase) {
    case JobState::Phase::queued:
      if (job->came && !job->remote->connected())
        return conclude(job, ended(End::preempted, name_of(job) + " was put back into the queue (" + state->why + ")"));
      return show_waiting(job, state->why);
    case JobState::Phase::stuck: {
      auto better = options_.system->look_up(job->record.id);
      return conclude(job, ended(End::failed, name_of(job) + " cannot run: " + state->why + (better ? ", " + better->why : "")));
    }
    case JobState::Phase::running:
      if (!job->came && !job->running) job->running = Clock::now();
      return;
    case JobState::Phase::ending:
      if (state->how == JobState::How::killed) job->doomed = *state;
      return;
    case JobState::Phase::over: return over(job, *state);
  }
}

/// The batch system has forgotten it, or not heard of it yet.
void BatchCore::judge_unknown(const Job& job) {
  if (job->remote->connected() && !job->said) return;
  if (auto state = options_.system->look_up(job->record.id); state && state->phase == JobState::Phase::over)
    return over(job, *state);
  if (!job->unknown) job->unknown = Clock::now();
  if (++job->times_unknown < 2 || Clock::now() - *job->unknown < options_.vanished) return;
  if (job->said || job->record.told) return over(job, {JobState::Phase::over, JobState::How::finished, "no trace of it is left"});
  conclude(job, ended(End::lost, name_of(job) + " has vanished: nobody there knows how it ended"));
}

void BatchCore::over(const Job& job, const JobState& state) {
  // Its program is there still: its last word is on the way, or its node was given up and runs on.
  if (job->remote->connected() && !job->said && state.how != JobState::How::node_failed) return;
  // Whoever was ending it may not be named in the books.
  const bool doomed = job->doomed && state.how != JobState::How::timeout && state.how != JobState::How::preempted;
  conclude(job,
           verdict({.name = name_of(job),
                    .state = doomed ? *job->doomed : state,
                    .said = job->said,
                    .told = job->record.told,
                    .came = job->came,
                    .output = job->came ? "" : output(job)}),
           job->remote->connected());
}

/// Leases, and those that do not end.
void BatchCore::watch_time(const Job& job) {
  if (job->over || !job->line) return;
  let_go(job);  // where nobody answered
  const auto now = Clock::now();
  if (job->kill_at && now >= *job->kill_at) return conclude(job, as_told(*job->record.told));
  auto lose = [&](const std::string& why) { conclude(job, ended(End::lost, name_of(job) + why)); };
  const auto lease = std::to_string(options_.lease.count()) + " ms";
  if (job->silent && job->came && now - *job->silent >= options_.lease)
    return job->said ? over(job, {JobState::Phase::over, JobState::How::finished, "it has gone"})
                     : lose(": no sign of life for " + lease);
  if (job->running && !job->came && now - *job->running >= options_.lease) {
    auto words = output(job);
    lose(" runs, but has not come to the coordinator for " + lease + (words.empty() ? "" : ": " + words));
  }
}

/// Once for each reason: a thousand jobs wait for the same.
void BatchCore::show_waiting(const Job& job, const std::string& why) {
  if (job->waits == why) return;
  std::unique_lock lock(mutex_);
  const bool known = std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& one) { return one.second->waits == why; });
  lock.unlock();
  job->waits = why;
  if (!why.empty() && !known) study::log(LogLevel::info, trial_of(job) + ": " + name_of(job) + " waits: " + why);
}

}  // namespace sherpa::schedulers
