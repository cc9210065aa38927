#pragma once

#include "core/link/remote_launcher.hpp"
#include "schedulers/batch/batch_calls.hpp"
#include "schedulers/batch/batch_launcher.hpp"
#include "schedulers/batch/batch_verdict.hpp"
#include "schedulers/batch/job_trial_channel.hpp"
#include "schedulers/job_files.hpp"
#include "schedulers/job_records.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sherpa::schedulers {

/// An attempt, as a job.
struct BatchAttempt {
  using Clock = std::chrono::steady_clock;

  BatchAttempt(const std::filesystem::path& jobs, JobRecord r)
      : record(std::move(r)),
        files(jobs, record.start.trial, record.start.attempt),
        came(!record.process.empty()) {}

  // Also for the link's thread, under the lock.
  JobRecord record;
  bool over = false;
  bool has = false;     // the process that came last had the attempt already
  std::string waits{};  // why, as shown

  // For the launcher's own thread.
  const BatchFiles files;
  std::shared_ptr<link::RemoteLauncher> remote{};
  std::shared_ptr<JobTrialChannel> channel{};  // null until it is adopted
  bool came;                                   // a process of it
  bool started = false;                        // a start was sent to it by this coordinator
  std::optional<LastWord> said{};
  bool let_go = false;  // after it has said that
  std::optional<JobState> doomed{};
  std::optional<Clock::time_point> silent{}, running{}, unknown{}, kill_at{};
  int times_unknown = 0;
};

/// The jobs of a batch system, and the thread that decides about them, which never blocks.
/// Launcher and connections share it.
class BatchCore : public std::enable_shared_from_this<BatchCore> {
 public:
  using Attempt = std::pair<TrialId, AttemptId>;
  using Job = std::shared_ptr<BatchAttempt>;
  using Clock = BatchAttempt::Clock;

  BatchCore(BatchOptions options, study::Worker worker)
      : options_(std::move(options)),
        jobs_dir_(options_.output_dir / "jobs"),
        system_(options_.system->name()),
        calls_(std::move(options_.system)),
        worker_(std::move(worker)) {}

  /// Finds the jobs of an earlier coordinator, and begins to work.
  void begin();
  /// Ends what is left.
  void close();

  const study::Worker& worker() const { return worker_; }

  void launch(study::effect::Start start, std::shared_ptr<study::TrialChannel> channel);
  std::vector<study::effect::Start> running();
  void adopt(const study::effect::Start& start, std::shared_ptr<study::TrialChannel> channel);
  std::map<Attempt, std::string> waiting();
  void settled(const Attempt& attempt);
  void superseded(const Attempt& attempt);

  // Called by trial channels.
  void stop_requested(const Attempt& attempt, study::StopWhy why);
  void said(const Attempt& attempt, LastWord last);

  // The link's side.
  Result<std::shared_ptr<link::ConnectionHandler>> greet(
      const link::Hello& hello, const std::shared_ptr<link::Connection>& connection);
  void lost(const Attempt& attempt);

 private:
  class JobConnectionHandler;
  struct Question {
    Job job;
    std::string id;
    bool said;  // its last word, before the question
  };
  /// A job that is stuck, or not known any more, and what else is known of it.
  struct Unclear {
    Question question;
    std::optional<JobState> state{}, books{};
  };

  void post(std::function<void()> call);
  Job find(const Attempt& attempt);
  Job add(JobRecord record);
  static Attempt attempt_of(const Job& job) {
    return {job->record.start.trial, job->record.start.attempt};
  }
  std::string name_of(const Job& job) const { return "job " + job->record.id + " of " + system_; }
  static std::string trial_of(const Job& job) {
    return "trial " + std::to_string(job->record.start.trial);
  }

  void find_again(TrialId trial, AttemptId attempt);
  void take_up(const Job& job, const std::shared_ptr<study::TrialChannel>& channel);
  void submit(const Job& job);
  void submitted(const Job& job, const Result<std::string>& id);
  void too_late(const Job& job, const Result<std::string>& id);
  std::string record_text(const Job& job);
  enum class Process { first, same, another };  // compared with the one that came first
  std::pair<Job, Process> claim(std::string_view token, std::string_view submission,
                                const link::Hello& hello);
  bool has_attempt(const Job& job);
  std::deque<std::function<void()>> take_posted(Clock::time_point until);
  bool save(const Job& job);
  void let_go(const Job& job);
  void start_if_it_came(const Job& job);
  void stop(const Job& job, study::StopWhy why);
  void conclude(const Job& job, const LastWord& last, bool end_it = true);
  void ask();
  void answered(const std::vector<Question>& asked, const Result<JobStates>& states,
                std::chrono::milliseconds took);
  void explained(const std::vector<Unclear>& all);
  void judge(const Job& job, const JobState& state);
  void judge_unknown(const Job& job, const std::optional<JobState>& books);
  void over(const Job& job, const JobState& state);
  void watch_time(const Job& job);
  void show_waiting(const Job& job, const std::string& why);
  std::string output(const Job& job) const;
  void ask_soon();
  void run();

  BatchOptions options_;
  const std::filesystem::path jobs_dir_;
  const std::string system_;
  BatchCalls calls_;
  const study::Worker worker_;

  std::mutex mutex_;
  std::map<Attempt, Job> jobs_;
  std::map<std::string, Job, std::less<>> tokens_;

  std::mutex todo_mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> todo_;

  // For the thread alone.
  bool closing_ = false, unreachable_ = false;
  bool asking_ = false;  // an answer is on its way
  std::chrono::milliseconds pause_{0};
  Clock::time_point next_ask_ = Clock::time_point::max();
  std::deque<std::pair<Clock::time_point, Job>> later_;  // to be submitted
  std::jthread thread_;
};

}  // namespace sherpa::schedulers
