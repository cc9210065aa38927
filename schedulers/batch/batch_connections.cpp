#include "schedulers/batch/batch_core.hpp"

#include <algorithm>

/// The link's side of BatchCore: which process runs a job, and the messages to it.
namespace sherpa::schedulers {

using study::End;

/// One connection of a job.
class BatchCore::JobConnectionHandler final : public link::ConnectionHandler {
 public:
  JobConnectionHandler(std::weak_ptr<BatchCore> core, Attempt attempt,
                       std::shared_ptr<link::RemoteLauncher> remote, std::uint64_t session)
      : core_(std::move(core)), attempt_(attempt), remote_(std::move(remote)), session_(session) {}

  void received(link::Message&& message) override {
    remote_->received(session_, std::move(message));
  }
  void alive() override {}
  void room() override {}  // what a coordinator says is always taken
  void lost(link::Loss, const std::string&) override {
    remote_->lost(session_);
    if (auto core = core_.lock()) core->lost(attempt_);
  }

 private:
  const std::weak_ptr<BatchCore> core_;
  const Attempt attempt_;
  const std::shared_ptr<link::RemoteLauncher> remote_;
  const std::uint64_t session_;
};

Result<std::shared_ptr<link::ConnectionHandler>> BatchCore::greet(
    const link::Hello& hello, const std::shared_ptr<link::Connection>& connection) {
  auto refuse = [](const std::string& why) { return Error{Errc::refused, why}; };
  const auto dot = hello.token.rfind('.');
  const auto token = std::string_view(hello.token).substr(0, dot);
  const auto submission =
      dot == std::string::npos ? std::string_view() : std::string_view(hello.token).substr(dot + 1);
  const auto [job, process] = claim(token, submission, hello);
  if (!job) return refuse("its attempt has ended, or was submitted again");
  const auto attempt = attempt_of(job);
  if (process == Process::another) {
    post([this, job = job] {
      if (!job->over) conclude(job, ended(End::preempted, name_of(job) + " was started again"));
    });
    return refuse(
        "its job was started again, and the attempt is that of the first start; the trial is "
        "retried");
  }
  if (!job->remote->reconnect(hello, connection))
    return refuse("it has a newer connection already");
  post([this, job = job, first = process == Process::first] {
    if (job->over) return;
    job->silent.reset();
    job->came = true;
    show_waiting(job, "");
    if (first && !save(job)) return;
    start_if_it_came(job);
  });
  return std::shared_ptr<link::ConnectionHandler>(std::make_shared<JobConnectionHandler>(
      weak_from_this(), attempt, job->remote, hello.session));
}

/// The job of this token and submission, which is then run by the process that came first; null
/// when there is none, or its attempt is over.
std::pair<BatchCore::Job, BatchCore::Process> BatchCore::claim(std::string_view token,
                                                               std::string_view submission,
                                                               const link::Hello& hello) {
  std::scoped_lock lock(mutex_);
  auto found = tokens_.find(token);
  if (found == tokens_.end()) return {};
  const auto& job = found->second;
  if (job->over || job->record.submission != submission) return {};
  auto& process = job->record.process;
  const bool first = process.empty();
  if (first) process = hello.worker.incarnation;
  if (process != hello.worker.incarnation) return {job, Process::another};
  job->has = std::any_of(hello.running.begin(), hello.running.end(), [&](const auto& name) {
    return Attempt{name.trial, name.attempt} == attempt_of(job);
  });
  return {job, first ? Process::first : Process::same};
}

void BatchCore::lost(const Attempt& attempt) {
  post([this, attempt] {
    auto job = find(attempt);
    if (!job || job->over || job->remote->connected()) return;
    job->silent = Clock::now();
    ask_soon();
  });
}

bool BatchCore::has_attempt(const Job& job) {
  std::scoped_lock lock(mutex_);
  return job->has;
}

/// Sends the attempt to the job's program, once that has connected, unless it runs it already.
void BatchCore::start_if_it_came(const Job& job) {
  if (!job->channel || job->remote->session() == 0) return;
  const bool has = has_attempt(job);
  if (!has && job->started)
    return conclude(job, ended(End::lost, name_of(job) + " reconnected without it"));
  if (!std::exchange(job->started, true) && !has) {
    const auto& start = job->record.start;
    job->remote->say(link::Start{start.trial, start.attempt, start.configuration, start.token,
                                 start.resources, start.load});
  }
}

}  // namespace sherpa::schedulers
