#include "schedulers/batch/batch_core.hpp"

#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"
#include "core/base/random_id.hpp"
#include "core/base/text.hpp"
#include "schedulers/job_output.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace sherpa::schedulers {

using namespace std::chrono_literals;
using study::End;
using study::StopWhy;
namespace fs = std::filesystem;

namespace {

constexpr auto time_to_die = 10s;  // beyond its grace, of a job that was asked to end
constexpr int submit_again = 10;   // times `soon`, after the batch system could not be reached

}  // namespace

void BatchCore::begin() {
  for (auto [trial, attempt] : recorded_jobs(jobs_dir_, ".batch")) find_again(trial, attempt);
  thread_ = base::quiet_thread([this] { run(); });
}

void BatchCore::close() {
  post([this] { closing_ = true; });
  thread_.join();
  calls_.finish();
}

void BatchCore::launch(study::effect::Start start, std::shared_ptr<study::TrialChannel> channel) {
  JobRecord record;
  record.start = std::move(start);
  record.submission = base::random_name();
  auto job = add(std::move(record));
  post([this, job, channel = std::move(channel)] { take_up(job, channel); });
}

std::vector<study::effect::Start> BatchCore::running() {
  std::scoped_lock lock(mutex_);
  std::vector<study::effect::Start> starts;
  for (const auto& [attempt, job] : jobs_) starts.push_back(job->record.start);
  return starts;
}

void BatchCore::adopt(const study::effect::Start& start,
                      std::shared_ptr<study::TrialChannel> channel) {
  post([this, attempt = Attempt{start.trial, start.attempt}, channel = std::move(channel)] {
    if (auto job = find(attempt)) return take_up(job, channel);
    channel->ended(study::End::lost, {}, StopWhy::superseded);
  });
}

std::map<BatchCore::Attempt, std::string> BatchCore::waiting() {
  std::scoped_lock lock(mutex_);
  std::map<Attempt, std::string> all;
  for (const auto& [attempt, job] : jobs_)
    if (!job->over && !job->waits.empty()) all.emplace(attempt, job->waits);
  return all;
}

void BatchCore::settled(const Attempt& attempt) {
  post([this, attempt] {
    auto job = find(attempt);
    if (!job) return;
    job->remote->settled(attempt.first, attempt.second);
    {
      std::scoped_lock lock(mutex_);
      tokens_.erase(job->record.start.token);
      jobs_.erase(attempt);
    }
    job->files.remove();
  });
}

void BatchCore::superseded(const Attempt& attempt) {
  post([this, attempt] {
    if (auto job = find(attempt)) conclude(job, end_after_stop(StopWhy::superseded));
  });
}

void BatchCore::stop_requested(const Attempt& attempt, study::StopWhy why) {
  post([this, attempt, why] {
    if (auto job = find(attempt)) stop(job, why);
  });
}

void BatchCore::said(const Attempt& attempt, LastWord last) {
  post([this, attempt, last = std::move(last)] {
    auto job = find(attempt);
    if (!job || job->over) return;
    if (!needs_explanation(last, job->record.stop_why)) return conclude(job, last, false);
    job->said = last;
    job->silent = Clock::now();
    next_ask_ = Clock::now();  // while it is still known: later the cause of its end may not be
  });
}

void BatchCore::post(std::function<void()> call) {
  std::scoped_lock lock(todo_mutex_);
  todo_.push_back(std::move(call));
  changed_.notify_all();
}

BatchCore::Job BatchCore::find(const Attempt& attempt) {
  std::scoped_lock lock(mutex_);
  auto found = jobs_.find(attempt);
  return found == jobs_.end() ? nullptr : found->second;
}

BatchCore::Job BatchCore::add(JobRecord record) {
  auto job = std::make_shared<BatchAttempt>(jobs_dir_, std::move(record));
  job->remote = std::make_shared<link::RemoteLauncher>(worker_, job->record.start);
  std::scoped_lock lock(mutex_);
  jobs_[attempt_of(job)] = job;
  tokens_[job->record.start.token] = job;
  return job;
}

std::string BatchCore::output(const Job& job) const {
  return last_output_line(
      JobFiles(jobs_dir_, job->record.start.trial, job->record.start.attempt).output,
      job->record.output_from);
}

void BatchCore::ask_soon() {
  pause_ = options_.soon;
  next_ask_ = std::min(next_ask_, Clock::now() + pause_);
}

/// Restores a job of an earlier coordinator.
void BatchCore::find_again(TrialId trial, AttemptId attempt) {
  BatchFiles files(jobs_dir_, trial, attempt);
  auto record = job_record_from_json(base::read_file(files.record).value_or(""));
  if (!record || record->submission.empty()) {
    base::log(LogLevel::warning, "trial " + std::to_string(trial) +
                                     ": the record of its job cannot be read; it is tried again");
    return files.remove();
  }
  if (record->start.worker != worker_.name) return;
  // The coordinator died between the submission and its record, but the submission succeeded.
  if (record->id.empty())
    if (auto text = base::read_file(files.id))
      record->id = calls_.system().read_id(*text).value_or("");
  add(*std::move(record));
}

void BatchCore::take_up(const Job& job, const std::shared_ptr<study::TrialChannel>& channel) {
  job->channel = std::make_shared<JobTrialChannel>(
      channel,
      [weak = weak_from_this(), attempt = attempt_of(job)](StopWhy why) {
        if (auto self = weak.lock()) self->stop_requested(attempt, why);
      },
      [weak = weak_from_this(), attempt = attempt_of(job)](LastWord last) {
        if (auto self = weak.lock()) self->said(attempt, std::move(last));
      });
  job->remote->adopt(job->record.start, job->channel);
  if (job->record.id.empty()) return submit(job);
  if (job->came && !job->remote->connected()) job->silent = Clock::now();
  start_if_it_came(job);
  ask_soon();
}

void BatchCore::submit(const Job& job) {
  const auto& start = job->record.start;
  const JobFiles files(jobs_dir_, start.trial, start.attempt);
  BatchJob batch;
  batch.id_file = job->files.id;
  auto& wanted = batch.job;
  wanted.command = options_.command;
  wanted.command.insert(wanted.command.end(), {"--ticket", job->files.ticket.string()});
  wanted.environment = {{"SHERPA_TRIAL_ID", std::to_string(start.trial)},
                        {"SHERPA_ATTEMPT", std::to_string(start.attempt)}};
  wanted.name = options_.name + "-" + std::to_string(start.trial);
  wanted.directory = options_.directory;
  wanted.output = files.output;
  wanted.trial = start.trial;
  wanted.attempt = start.attempt;
  struct stat info {};
  {
    std::scoped_lock lock(mutex_);
    job->record.output_from =
        ::stat(files.output.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
    // nothing is known of an earlier submission: its job, if any, is refused
    job->record.submission = base::random_name();
    job->record.process.clear();
  }
  job->came = false;
  std::error_code ignored;
  fs::remove(job->files.id, ignored);
  if (auto written = base::write_file(job->files.ticket,
                                      start.token + "." + job->record.submission + "\n", 0600);
      !written)
    return conclude(job, ended(End::lost, written.error().message));
  if (!save(job)) return;
  calls_.submit([this, job, batch = std::move(batch)](BatchSystem& system) {
    {
      std::scoped_lock lock(mutex_);
      if (job->over) return;
    }
    auto id = system.submit(batch);
    {
      std::scoped_lock lock(mutex_);
      if (!job->over) return post([this, job, id = std::move(id)] { submitted(job, id); });
    }
    too_late(job, id);
  });
}

/// It ended while it was submitted.
void BatchCore::too_late(const Job& job, const Result<std::string>& id) {
  if (id) calls_.kill(*id);
  if (!find(attempt_of(job))) job->files.remove();  // what its submission has left there
}

void BatchCore::submitted(const Job& job, const Result<std::string>& id) {
  if (job->over) return too_late(job, id);
  if (!id && id.error().code == Errc::wrong_state) {
    if (!std::exchange(unreachable_, true))
      base::log(LogLevel::warning,
                system_ + " takes no jobs just now, and is tried again: " + id.error().message);
    {
      std::scoped_lock lock(mutex_);
      job->waits = "not submitted yet: " + id.error().message;
    }
    return later_.emplace_back(Clock::now() + submit_again * options_.soon, job), void();
  }
  if (!id)
    return conclude(
        job, ended(End::failed, "cannot submit it to " + system_ + ": " + id.error().message));
  unreachable_ = false;
  {
    std::scoped_lock lock(mutex_);
    job->record.id = *id;
    job->waits.clear();
  }
  if (save(job)) ask_soon();
}

std::string BatchCore::record_text(const Job& job) {
  std::scoped_lock lock(mutex_);
  return to_json(job->record);
}

/// Replaces the record; where that fails, the attempt ends.
bool BatchCore::save(const Job& job) {
  auto written = base::replace_file(job->files.record, record_text(job), 0600);
  if (!written) conclude(job, ended(End::lost, written.error().message));
  return written.has_value();
}

/// Lets the job's program exit, so that the batch system learns of its end.
void BatchCore::let_go(const Job& job) {
  if (!job->said || std::exchange(job->let_go, true)) return;
  job->remote->settled(job->record.start.trial, job->record.start.attempt);
  ask_soon();
}

void BatchCore::stop(const Job& job, StopWhy why) {
  if (job->over) return;
  {
    std::scoped_lock lock(mutex_);
    job->record.stop_why = why;
  }
  if (!save(job)) return;
  if (why == StopWhy::superseded || !job->remote->connected())
    return conclude(job, end_after_stop(why));
  job->kill_at = Clock::now() + options_.grace + time_to_die;
}

/// Reports the end of an attempt, and cancels its job if that may still exist.
void BatchCore::conclude(const Job& job, const LastWord& last, bool end_it) {
  {
    std::scoped_lock lock(mutex_);
    if (std::exchange(job->over, true)) return;
  }
  if (end_it) {
    job->remote->say(
        link::Stop{job->record.start.trial, job->record.start.attempt, StopWhy::superseded});
    if (!job->record.id.empty()) calls_.kill(job->record.id);
  }
  if (job->channel) job->channel->conclude(last);
}

/// The calls that were posted since the last time.
std::deque<std::function<void()>> BatchCore::take_posted(Clock::time_point until) {
  std::unique_lock lock(todo_mutex_);
  changed_.wait_until(lock, until, [this] { return !todo_.empty(); });
  return std::exchange(todo_, {});
}

void BatchCore::run() {
  auto next_look = Clock::now();
  while (true) {
    const auto next_submission = later_.empty() ? Clock::time_point::max() : later_.front().first;
    auto until =
        std::min({asking_ ? Clock::time_point::max() : next_ask_, next_submission, next_look});
    for (auto& call : take_posted(until)) call();

    std::vector<Job> all;
    {
      std::scoped_lock here(mutex_);
      for (const auto& [attempt, job] : jobs_) all.push_back(job);
    }
    if (closing_) {
      // Of a study that failed: recorded, so that the next coordinator finds that they were
      // interrupted.
      for (const auto& job : all) stop(job, StopWhy::going);
      for (const auto& job : all) conclude(job, end_after_stop(StopWhy::going));
      for (auto& call : take_posted(Clock::now())) call();  // submissions that were on their way
      return;
    }
    const auto now = Clock::now();
    while (!later_.empty() && later_.front().first <= now) {
      auto job = later_.front().second;
      later_.pop_front();
      if (!job->over) submit(job);
    }
    if (now >= next_ask_ && !asking_) ask();
    if (now >= next_look) {
      for (const auto& job : all) watch_time(job);
      next_look = now + options_.soon;
    }
  }
}

}  // namespace sherpa::schedulers
