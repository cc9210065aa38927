#include "schedulers/batch_launcher.hpp"

#include "schedulers/batch_verdict.hpp"
#include "schedulers/job_files.hpp"
#include "study/log.hpp"
#include "study/quiet_thread.hpp"
#include "study/remote_launcher.hpp"
#include "study/text.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace sherpa::schedulers {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using study::End;
using study::StopWhy;
namespace fs = std::filesystem;
namespace link = study::link;

constexpr auto time_to_die = 10s;  // beyond its grace, of a job that was told to end
constexpr int submit_again = 10;   // times `soon`, after the batch system could not be reached
constexpr std::size_t many_jobs = 100;

struct BatchAttempt {
  BatchAttempt(const fs::path& jobs, JobRecord r)
      : record(std::move(r)), files(jobs, record.start.trial, record.start.attempt), came(!record.process.empty()) {}

  // Also for the link's thread, under the lock.
  JobRecord record;
  bool over = false;
  bool has = false;  // the process that came last had the attempt already

  // For the launcher's own thread.
  const BatchFiles files;
  std::shared_ptr<study::RemoteLauncher> remote{};
  std::shared_ptr<study::TrialLine> line{};  // null until it is adopted
  bool came;                                 // a process of it
  bool started = false;                      // it was told to start, here
  std::optional<LastWord> said{};
  bool let_go = false;  // after it has said that
  std::optional<JobState> doomed{};
  std::optional<Clock::time_point> silent{}, running{}, unknown{}, kill_at{};
  int times_unknown = 0;
  std::string waits{};  // why, as shown
};

class Core : public std::enable_shared_from_this<Core> {
 public:
  using Attempt = std::pair<TrialId, AttemptId>;
  using Job = std::shared_ptr<BatchAttempt>;

  Core(BatchOptions options, study::Worker worker)
      : options_(std::move(options)),
        jobs_dir_(options_.output_dir / "jobs"),
        system_(options_.system->name()),
        worker_(std::move(worker)) {}

  void begin() {
    for (auto [trial, attempt] : recorded_jobs(jobs_dir_, ".batch")) find_again(trial, attempt);
    thread_ = study::quiet_thread([this] { run(); });
  }
  void close() {
    post([this] { closing_ = true; });
    thread_.join();
  }

  const study::Worker& worker() const { return worker_; }

  void launch(study::effect::Start start, std::shared_ptr<study::TrialLine> line) {
    JobRecord record;
    record.start = std::move(start);
    record.submission = random_name();
    auto job = add(std::move(record));
    post([this, job, line = std::move(line)] { take_up(job, line); });
  }
  std::vector<study::effect::Start> running() {
    std::scoped_lock lock(mutex_);
    std::vector<study::effect::Start> starts;
    for (const auto& [attempt, job] : jobs_) starts.push_back(job->record.start);
    return starts;
  }
  void adopt(const study::effect::Start& start, std::shared_ptr<study::TrialLine> line) {
    post([this, attempt = Attempt{start.trial, start.attempt}, line = std::move(line)] {
      if (auto job = find(attempt)) return take_up(job, line);
      line->ended(End::lost, {}, StopWhy::superseded);
    });
  }
  void settled(const Attempt& attempt) {
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
  void superseded(const Attempt& attempt) {
    post([this, attempt] {
      if (auto job = find(attempt)) conclude(job, as_told(StopWhy::superseded));
    });
  }

  // What lines hear.
  void told(const Attempt& attempt, StopWhy why) {
    post([this, attempt, why] {
      if (auto job = find(attempt)) stop(job, why);
    });
  }
  void said(const Attempt& attempt, LastWord last) {
    post([this, attempt, last = std::move(last)] {
      auto job = find(attempt);
      if (!job || job->over) return;
      if (!needs_explanation(last, job->record.told)) return conclude(job, last, false);
      job->said = last;
      job->silent = Clock::now();
      next_ask_ = Clock::now();  // while it is there still: who ends it may not be told later
    });
  }

  // The link's side.
  Result<std::shared_ptr<link::Ear>> greet(const link::Hello& hello, const std::shared_ptr<link::Connection>& connection);
  void lost(const Attempt& attempt) {
    post([this, attempt] {
      auto job = find(attempt);
      if (!job || job->over || job->remote->connected()) return;
      job->silent = Clock::now();
      ask_soon();
    });
  }

 private:
  class JobEar;

  void post(std::function<void()> call) {
    std::scoped_lock lock(todo_mutex_);
    todo_.push_back(std::move(call));
    changed_.notify_all();
  }
  Job find(const Attempt& attempt) {
    std::scoped_lock lock(mutex_);
    auto at = jobs_.find(attempt);
    return at == jobs_.end() ? nullptr : at->second;
  }
  Job add(JobRecord record) {
    auto job = std::make_shared<BatchAttempt>(jobs_dir_, std::move(record));
    job->remote = std::make_shared<study::RemoteLauncher>(worker_, job->record.start);
    std::scoped_lock lock(mutex_);
    jobs_[attempt_of(job)] = job;
    tokens_[job->record.start.token] = job;
    return job;
  }
  static Attempt attempt_of(const Job& job) { return {job->record.start.trial, job->record.start.attempt}; }
  std::string name_of(const Job& job) const { return "job " + job->record.id + " of " + system_; }
  static std::string trial_of(const Job& job) { return "trial " + std::to_string(job->record.start.trial); }

  void find_again(TrialId trial, AttemptId attempt);
  void take_up(const Job& job, const std::shared_ptr<study::TrialLine>& line);
  void submit(const Job& job);
  bool save(const Job& job);
  void let_go(const Job& job);
  void start_if_it_came(const Job& job);
  void stop(const Job& job, StopWhy why);
  void conclude(const Job& job, const LastWord& last, bool end_it = true);
  void ask();
  void judge(const Job& job, const std::optional<JobState>& state);
  void judge_unknown(const Job& job);
  void over(const Job& job, const JobState& state);
  void watch_time(const Job& job);
  void show_waiting(const Job& job, const std::string& why);
  std::string output(const Job& job) const {
    return last_words(JobFiles(jobs_dir_, job->record.start.trial, job->record.start.attempt).output, job->record.output_from);
  }
  void ask_soon() {
    pause_ = options_.soon;
    next_ask_ = std::min(next_ask_, Clock::now() + pause_);
  }
  void run();

  BatchOptions options_;
  const fs::path jobs_dir_;
  const std::string system_;
  const study::Worker worker_;

  std::mutex mutex_;
  std::map<Attempt, Job> jobs_;
  std::map<std::string, Job, std::less<>> tokens_;

  std::mutex todo_mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> todo_;

  // For the thread alone.
  bool closing_ = false, unreachable_ = false;
  std::chrono::milliseconds pause_{0};
  Clock::time_point next_ask_ = Clock::time_point::max();
  std::deque<std::pair<Clock::time_point, Job>> later_;  // to be submitted
  std::jthread thread_;
};

/// Between an attempt's remote end and the study: what it says of its end is thought over, and stops reach also those that are
/// not there.
class JobLine final : public study::TrialLine {
 public:
  JobLine(std::shared_ptr<study::TrialLine> to, std::weak_ptr<Core> core, Core::Attempt attempt)
      : to_(std::move(to)), core_(std::move(core)), attempt_(attempt) {}

  void observe(study::command::Measurement seen) override { to_->observe(std::move(seen)); }
  std::optional<StopWhy> should_stop() override { return to_->should_stop(); }
  void publish(std::string directory) override { to_->publish(std::move(directory)); }
  void post(std::vector<study::command::Measurement> seen, std::function<void(Result<std::optional<StopWhy>>)> heard) override {
    to_->post(std::move(seen), std::move(heard));
  }
  void post_batch(std::uint64_t number, std::vector<study::command::Measurement> seen, study::BatchHeard heard) override {
    to_->post_batch(number, std::move(seen), std::move(heard));
  }
  void post_checkpoint(std::string directory, std::function<void(Result<void>)> heard) override {
    to_->post_checkpoint(std::move(directory), std::move(heard));
  }
  void on_stop(std::function<void(StopWhy)> stop) override {
    to_->on_stop([stop = std::move(stop), core = core_, attempt = attempt_](StopWhy why) {
      stop(why);
      if (auto there = core.lock()) there->told(attempt, why);
    });
  }
  void ended(End end, study::Detail detail, std::optional<StopWhy> told) override {
    if (auto there = core_.lock()) there->said(attempt_, {end, std::move(detail), told});
  }
  void conclude(const LastWord& last) { to_->ended(last.end, last.detail, last.told); }

 private:
  const std::shared_ptr<study::TrialLine> to_;
  const std::weak_ptr<Core> core_;
  const Core::Attempt attempt_;
};

/// One connection of a job.
class Core::JobEar final : public link::Ear {
 public:
  JobEar(std::weak_ptr<Core> core, Attempt attempt, std::shared_ptr<study::RemoteLauncher> remote, std::uint64_t session)
      : core_(std::move(core)), attempt_(attempt), remote_(std::move(remote)), session_(session) {}

  void heard(link::Message&& message) override { remote_->heard(session_, std::move(message)); }
  void alive() override {}
  void room() override {}  // what a coordinator says is always taken
  void lost(link::Loss, const std::string&) override {
    remote_->lost(session_);
    if (auto core = core_.lock()) core->lost(attempt_);
  }

 private:
  const std::weak_ptr<Core> core_;
  const Attempt attempt_;
  const std::shared_ptr<study::RemoteLauncher> remote_;
  const std::uint64_t session_;
};

Result<std::shared_ptr<link::Ear>> Core::greet(const link::Hello& hello, const std::shared_ptr<link::Connection>& connection) {
  auto refuse = [](const std::string& why) { return Error{Errc::refused, why}; };
  const auto dot = hello.token.rfind('.');
  const auto token = std::string_view(hello.token).substr(0, dot);
  const auto submission = dot == std::string::npos ? std::string_view() : std::string_view(hello.token).substr(dot + 1);
  std::unique_lock lock(mutex_);
  auto at = tokens_.find(token);
  if (at == tokens_.end() || at->second->over || at->second->record.submission != submission)
    return refuse("its attempt has ended, or was submitted again");
  auto job = at->second;
  const auto attempt = attempt_of(job);
  auto& process = job->record.process;
  const bool first = process.empty();
  if (first) process = hello.worker.incarnation;
  if (process != hello.worker.incarnation) {
    lock.unlock();
    post([this, job] {
      if (!job->over)
        conclude(job, {End::preempted, {.exit_code = {}, .signal = {}, .message = name_of(job) + " was started again"}, {}});
    });
    return refuse("its job was started again, and the attempt is that of the first start; the trial is tried anew");
  }
  job->has = std::any_of(hello.running.begin(), hello.running.end(), [&](const auto& name) {
    return Attempt{name.trial, name.attempt} == attempt;
  });
  lock.unlock();
  if (!job->remote->reconnect(hello, connection)) return refuse("it has a newer connection already");
  post([this, job, first] {
    if (job->over) return;
    job->silent.reset();
    job->came = true;
    if (first && !save(job)) return;
    start_if_it_came(job);
  });
  return std::shared_ptr<link::Ear>(std::make_shared<JobEar>(weak_from_this(), attempt, job->remote, hello.session));
}

/// One of an earlier coordinator.
void Core::find_again(TrialId trial, AttemptId attempt) {
  BatchFiles files(jobs_dir_, trial, attempt);
  auto record = job_record_from_json(read_text(files.record).value_or(""));
  if (!record || record->submission.empty()) {
    study::log(LogLevel::warning, "trial " + std::to_string(trial) + ": the record of its job cannot be read; it is tried again");
    return files.remove();
  }
  if (record->start.worker != worker_.name) return;
  // It died between the submission and the record of it; the batch system's program did not.
  if (record->id.empty())
    if (auto text = read_text(files.id)) record->id = options_.system->read_id(*text).value_or("");
  add(*std::move(record));
}

void Core::take_up(const Job& job, const std::shared_ptr<study::TrialLine>& line) {
  job->line = std::make_shared<JobLine>(line, weak_from_this(), attempt_of(job));
  job->remote->adopt(job->record.start, job->line);
  if (job->record.id.empty()) return submit(job);
  if (job->came && !job->remote->connected()) job->silent = Clock::now();
  start_if_it_came(job);
  ask_soon();
}

void Core::submit(const Job& job) {
  auto fail = [&](End end, const std::string& why) {
    LastWord last{end, {}, {}};
    last.detail.message = why;
    conclude(job, last);
  };
  const auto& start = job->record.start;
  const JobFiles files(jobs_dir_, start.trial, start.attempt);
  BatchJob batch;
  batch.id_file = job->files.id;
  auto& wanted = batch.job;
  wanted.command = options_.command;
  wanted.command.insert(wanted.command.end(), {"--ticket", job->files.ticket.string()});
  wanted.environment = {{"SHERPA_TRIAL_ID", std::to_string(start.trial)}, {"SHERPA_ATTEMPT", std::to_string(start.attempt)}};
  wanted.name = options_.name + "-" + std::to_string(start.trial);
  wanted.directory = options_.directory;
  wanted.output = files.output;
  wanted.trial = start.trial;
  wanted.attempt = start.attempt;
  struct stat info {};
  {
    std::scoped_lock lock(mutex_);
    job->record.output_from = ::stat(files.output.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
    job->record.submission = random_name();  // of an earlier one nothing is known: its job, if there is one, is not let in
    job->record.process.clear();
  }
  job->came = false;
  std::error_code ignored;
  fs::remove(job->files.id, ignored);
  if (auto written = write_private(job->files.ticket, start.token + "." + job->record.submission + "\n"); !written)
    return fail(End::lost, written.error().message);
  if (!save(job)) return;
  auto id = options_.system->submit(batch);
  if (!id && id.error().code == Errc::wrong_state) {
    if (!std::exchange(unreachable_, true))
      study::log(LogLevel::warning, system_ + " takes no jobs just now, and is tried again: " + id.error().message);
    return later_.emplace_back(Clock::now() + submit_again * options_.soon, job), void();
  }
  if (!id) return fail(End::failed, "cannot submit it to " + system_ + ": " + id.error().message);
  unreachable_ = false;
  {
    std::scoped_lock lock(mutex_);
    job->record.id = *std::move(id);
  }
  if (save(job)) ask_soon();
}

/// The record, replaced as a whole; where that fails, the attempt ends.
bool Core::save(const Job& job) {
  auto fresh = job->files.record;
  fresh += ".new";
  std::unique_lock lock(mutex_);
  auto text = to_json(job->record);
  lock.unlock();
  auto written = write_private(fresh, text);
  if (written && std::rename(fresh.c_str(), job->files.record.c_str()) == 0) return true;
  LastWord last{End::lost, {}, {}};
  last.detail.message = written ? "cannot write " + job->files.record.string() : written.error().message;
  conclude(job, last);
  return false;
}

/// Its program is there, and does not run the attempt yet.
void Core::start_if_it_came(const Job& job) {
  if (!job->line || job->remote->session() == 0) return;
  std::unique_lock lock(mutex_);
  const bool has = job->has;
  lock.unlock();
  if (!has && job->started) {
    LastWord last{End::lost, {}, {}};
    last.detail.message = name_of(job) + " came back without it";
    return conclude(job, last);
  }
  if (!std::exchange(job->started, true) && !has) {
    const auto& start = job->record.start;
    job->remote->say(link::Start{start.trial, start.attempt, start.configuration, start.token, start.resources, start.load});
  }
}

/// So that it goes, and the batch system learns of its end.
void Core::let_go(const Job& job) {
  if (!job->said || std::exchange(job->let_go, true)) return;
  job->remote->settled(job->record.start.trial, job->record.start.attempt);
  ask_soon();
}

void Core::stop(const Job& job, StopWhy why) {
  if (job->over) return;
  {
    std::scoped_lock lock(mutex_);
    job->record.told = why;
  }
  if (!save(job)) return;
  if (why == StopWhy::superseded || !job->remote->connected()) return conclude(job, as_told(why));
  job->kill_at = Clock::now() + options_.grace + time_to_die;
}

/// The last word about an attempt. Where its job may be there still, that is ended.
void Core::conclude(const Job& job, const LastWord& last, bool end_it) {
  {
    std::scoped_lock lock(mutex_);
    if (std::exchange(job->over, true)) return;
  }
  if (end_it) {
    job->remote->say(link::Stop{job->record.start.trial, job->record.start.attempt, StopWhy::superseded});
    if (!job->record.id.empty()) options_.system->kill({job->record.id});
  }
  if (job->line) static_cast<JobLine&>(*job->line).conclude(last);
}

void Core::ask() {
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

void Core::judge(const Job& job, const std::optional<JobState>& state) {
  if (job->over) return;
  if (!state) return judge_unknown(job);
  job->unknown.reset();
  job->times_unknown = 0;
  if (state->phase != JobState::Phase::queued && !job->waits.empty()) show_waiting(job, "");
  switch (state->phase) {
    case JobState::Phase::queued:
      if (job->came && !job->remote->connected())
        return conclude(
            job, {End::preempted,
                  {.exit_code = {}, .signal = {}, .message = name_of(job) + " was put back into the queue (" + state->why + ")"},
                  {}});
      return show_waiting(job, state->why);
    case JobState::Phase::stuck: {
      auto better = options_.system->look_up(job->record.id);
      LastWord last{End::failed, {}, {}};
      last.detail.message = name_of(job) + " cannot run: " + state->why + (better ? ", " + better->why : "");
      return conclude(job, last);
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
void Core::judge_unknown(const Job& job) {
  if (job->remote->connected() && !job->said) return;
  if (auto state = options_.system->look_up(job->record.id); state && state->phase == JobState::Phase::over)
    return over(job, *state);
  if (!job->unknown) job->unknown = Clock::now();
  if (++job->times_unknown < 2 || Clock::now() - *job->unknown < options_.vanished) return;
  if (job->said || job->record.told) return over(job, {JobState::Phase::over, JobState::How::finished, "no trace of it is left"});
  LastWord last{End::lost, {}, {}};
  last.detail.message = name_of(job) + " has vanished: nobody there knows how it ended";
  conclude(job, last);
}

void Core::over(const Job& job, const JobState& state) {
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
void Core::watch_time(const Job& job) {
  if (job->over || !job->line) return;
  let_go(job);  // where nobody answered
  const auto now = Clock::now();
  if (job->kill_at && now >= *job->kill_at) return conclude(job, as_told(*job->record.told));
  auto lose = [&](const std::string& why) {
    LastWord last{End::lost, {}, {}};
    last.detail.message = name_of(job) + why;
    conclude(job, last);
  };
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
void Core::show_waiting(const Job& job, const std::string& why) {
  if (job->waits == why) return;
  const bool known = std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& one) { return one.second->waits == why; });
  job->waits = why;
  if (!why.empty() && !known) study::log(LogLevel::info, trial_of(job) + ": " + name_of(job) + " waits: " + why);
}

void Core::run() {
  auto next_look = Clock::now();
  while (true) {
    std::unique_lock lock(todo_mutex_);
    const auto next_submission = later_.empty() ? Clock::time_point::max() : later_.front().first;
    auto until = std::min({next_ask_, next_submission, next_look});
    changed_.wait_until(lock, until, [this] { return !todo_.empty(); });
    auto todo = std::exchange(todo_, {});
    lock.unlock();
    for (auto& call : todo) call();

    std::vector<Job> all;
    {
      std::scoped_lock here(mutex_);
      for (const auto& [attempt, job] : jobs_) all.push_back(job);
    }
    if (closing_) {
      // Those of a study that could not say how they ended: the next coordinator finds that they were told to go.
      for (const auto& job : all) stop(job, StopWhy::going);
      for (const auto& job : all) conclude(job, as_told(StopWhy::going));
      return;
    }
    const auto now = Clock::now();
    while (!later_.empty() && later_.front().first <= now) {
      auto job = later_.front().second;
      later_.pop_front();
      if (!job->over) submit(job);
    }
    if (now >= next_ask_) ask();
    if (now >= next_look) {
      for (const auto& job : all) watch_time(job);
      next_look = now + options_.soon;
    }
  }
}

class BatchLauncher final : public study::Launcher {
 public:
  explicit BatchLauncher(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~BatchLauncher() override { core_->close(); }

  study::Worker worker() const override { return core_->worker(); }
  void launch(study::effect::Start start, std::shared_ptr<study::TrialLine> line) override {
    core_->launch(std::move(start), std::move(line));
  }
  std::vector<study::effect::Start> running() override { return core_->running(); }
  void adopt(const study::effect::Start& start, std::shared_ptr<study::TrialLine> line) override {
    core_->adopt(start, std::move(line));
  }
  void settled(TrialId trial, AttemptId attempt) override { core_->settled({trial, attempt}); }
  void superseded(TrialId trial, AttemptId attempt) override { core_->superseded({trial, attempt}); }

 private:
  const std::shared_ptr<Core> core_;
};

}  // namespace

Result<BatchJobs> make_batch_launcher(BatchOptions options) {
  for (const auto* path : {&options.output_dir, &options.directory})
    if (!path->is_absolute()) return Error{Errc::invalid_argument, study::quote(path->string()) + " is no absolute path"};
  if (options.command.empty() || !fs::path(options.command.front()).is_absolute())
    return Error{Errc::invalid_argument, "jobs need a program, given by its absolute path"};
  const auto jobs = options.output_dir / "jobs";
  std::error_code error;
  fs::create_directories(jobs, error);
  if (error)
    return Error{Errc::store, "cannot make " + jobs.string() + ": " + error.message() + "; choose another output directory"};
  // Whichever host asks: the queue is the same.
  auto worker = host_worker(jobs, options.slots, options.resources, options.system->name());
  if (!worker) return worker.error();
  auto core = std::make_shared<Core>(std::move(options), *std::move(worker));
  core->begin();
  return BatchJobs{
      std::make_unique<BatchLauncher>(core),
      [weak = std::weak_ptr(core)](const link::Hello& hello,
                                   const std::shared_ptr<link::Connection>& connection) -> Result<std::shared_ptr<link::Ear>> {
        if (auto there = weak.lock()) return there->greet(hello, connection);
        return Error{Errc::wrong_state, "the study is ending"};
      }};
}

}  // namespace sherpa::schedulers
