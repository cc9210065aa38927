#include "schedulers/batch/batch_launcher.hpp"

#include "core/base/files.hpp"
#include "schedulers/job_records.hpp"
#include "tests/support/recording_channel.hpp"
#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace sherpa::schedulers {
namespace {

using study::End;
using study::StopWhy;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::CaughtLog;
using testing_support::read_file;
using testing_support::RecordingChannel;
using testing_support::Scratch;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Phase = JobState::Phase;
using How = JobState::How;

/// What a batch system would know, for all launchers.
struct Queue {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<BatchJob> submitted{};
  JobStates states{};
  std::vector<std::string> killed{};
  std::optional<Error> refusal{};
  std::optional<JobState> books{};
  int asked = 0;
  bool held = false;  // submissions take for ever
  int submitting = 0;

  void set(const std::string& id, JobState state) {
    std::scoped_lock lock(mutex);
    states[id] = std::move(state);
  }
  template <class F>
  void wait_until(F is) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return is(*this); });
  }
  /// Until it has been asked about what is set now.
  void wait_until_asked() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&, before = asked] { return asked > before + 1; });
  }
};

class ScriptedSystem final : public BatchSystem {
 public:
  explicit ScriptedSystem(std::shared_ptr<Queue> queue) : queue_(std::move(queue)) {}
  std::string name() const override { return "Queue"; }
  Result<std::string> submit(const BatchJob& job) override {
    std::unique_lock lock(queue_->mutex);
    ++queue_->submitting;
    queue_->changed.notify_all();
    queue_->changed.wait(lock, [&] { return !queue_->held; });
    if (queue_->refusal) return *std::exchange(queue_->refusal, {});
    queue_->submitted.push_back(job);
    auto id = std::to_string(queue_->submitted.size());
    queue_->states[id] = {Phase::queued, How::finished, "PENDING"};
    return id;
  }
  Result<JobStates> ask(const std::vector<std::string>& ids) override {
    std::scoped_lock lock(queue_->mutex);
    ++queue_->asked;
    queue_->changed.notify_all();
    JobStates out;
    for (const auto& id : ids)
      if (auto at = queue_->states.find(id); at != queue_->states.end()) out.insert(*at);
    return out;
  }
  std::optional<JobState> look_up(const std::string&) override {
    std::scoped_lock lock(queue_->mutex);
    return queue_->books;
  }
  void kill(const std::vector<std::string>& ids) override {
    std::scoped_lock lock(queue_->mutex);
    queue_->killed.insert(queue_->killed.end(), ids.begin(), ids.end());
    queue_->changed.notify_all();
  }
  std::optional<std::string> read_id(const std::string& text) const override {
    return text.substr(0, text.find('\n'));
  }

 private:
  std::shared_ptr<Queue> queue_;
};

/// A job's connection, as the coordinator has it.
class JobConnection final : public link::Connection {
 public:
  bool send(const link::Message& message) override {
    std::scoped_lock lock(mutex_);
    received_.push_back(message);
    changed_.notify_all();
    return true;
  }
  void close() override {}
  void abandon() override {}
  std::string address() const override { return "here"; }

  /// Waits for one of the kind.
  template <class M>
  M receive() {
    std::unique_lock lock(mutex_);
    std::optional<M> found;
    changed_.wait(lock, [&] {
      for (const auto& message : received_)
        if (auto* one = std::get_if<M>(&message)) found = *one;
      return found.has_value();
    });
    return *found;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<link::Message> received_;
};

class BatchLauncherTest : public testing::Test {
 protected:
  BatchJobs make(std::chrono::milliseconds lease = 3600s) {
    return make_batch_launcher({.output_dir = output_dir,
                                .system = std::make_unique<ScriptedSystem>(queue),
                                .command = {"/bin/sherpa", "job"},
                                .directory = scratch.path(),
                                .name = "digits",
                                .grace = 3600s,
                                .lease = lease,
                                .soon = 1ms,
                                .seldom = 1ms,
                                .very_seldom = 1ms,
                                .vanished = 5ms})
        .or_throw();
  }
  study::effect::Start start(const BatchJobs& jobs, TrialId trial = 1) {
    study::effect::Start start;
    start.trial = trial;
    start.attempt = 1;
    start.configuration = {{"lr", 0.5}};
    start.token = "study.secret" + std::to_string(trial);
    start.worker = jobs.launcher->worker().name;
    start.incarnation = jobs.launcher->worker().incarnation;
    return start;
  }
  std::shared_ptr<RecordingChannel> launch(const BatchJobs& jobs, TrialId trial = 1) {
    auto line = std::make_shared<RecordingChannel>();
    jobs.launcher->launch(start(jobs, trial), line);
    return line;
  }
  void wait_until_submitted(std::size_t n = 1) {
    queue->wait_until([n](const Queue& q) { return q.submitted.size() >= n; });
  }
  void wait_until_killed(const std::string& id) {
    queue->wait_until([&](const Queue& q) { return q.killed == std::vector{id}; });
  }
  std::string ticket(TrialId trial = 1) {
    auto text = read_file(output_dir / "jobs" / ("trial_" + std::to_string(trial) + ".1.ticket"));
    return text.substr(0, text.find('\n'));
  }
  struct Came {
    std::shared_ptr<JobConnection> connection = std::make_shared<JobConnection>();
    std::shared_ptr<link::ConnectionHandler> handler{};
    std::string refusal{};
  };
  static Came come(const BatchJobs& jobs, const std::string& ticket,
                   const std::string& process = "one", std::uint64_t session = 1,
                   std::vector<link::AttemptName> running = {}) {
    link::Hello hello;
    hello.role = link::Role::job;
    hello.token = ticket;
    hello.session = session;
    hello.running = std::move(running);
    hello.worker = {.name = "node", .incarnation = process, .slots = 1, .outlives = true};
    Came came;
    auto handler = jobs.greet(hello, came.connection);
    if (handler) came.handler = *handler;
    if (!handler) came.refusal = handler.error().message;
    return came;
  }
  static link::EndOfAttempt end_of(const link::Start& start, End end, study::Detail detail = {}) {
    return {start.trial, start.attempt, start.token, 0, end, std::move(detail), {}};
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(output_dir / "jobs"))
      if (entry.path().filename() != "worker") names.push_back(entry.path().filename());
    return names;
  }

  Scratch scratch;
  fs::path output_dir = scratch / "output";
  std::shared_ptr<Queue> queue = std::make_shared<Queue>();
  CaughtLog log;
};

TEST_F(BatchLauncherTest, RunsAnAttemptFromItsSubmissionToItsEnd) {
  auto jobs = make();
  auto line = launch(jobs);
  wait_until_submitted();
  const auto& job = queue->submitted[0].job;
  EXPECT_THAT(job.command, ElementsAre("/bin/sherpa", "job", "--ticket",
                                       (output_dir / "jobs/trial_1.1.ticket").string()));
  EXPECT_EQ(job.name, "digits-1");
  EXPECT_EQ(job.output, output_dir / "jobs/trial_1.out");
  auto came = come(jobs, ticket());
  ASSERT_TRUE(came.handler) << came.refusal;
  auto started = came.connection->receive<link::Start>();
  EXPECT_EQ(started.configuration, Configuration({{"lr", 0.5}}));
  came.handler->received(end_of(started, End::completed));
  EXPECT_EQ(line->last().end, End::completed);
  jobs.launcher->settled(1, 1);
  came.connection->receive<link::Settled>();
  jobs.launcher.reset();
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_THAT(queue->killed, IsEmpty());
}

TEST_F(BatchLauncherTest, LetsNobodyInWithoutTheTicketOfTheAttemptsSubmission) {
  auto jobs = make();
  auto line = launch(jobs);
  wait_until_submitted();
  EXPECT_THAT(come(jobs, "").refusal, HasSubstr("attempt has ended"));
  EXPECT_THAT(come(jobs, "study.secret1").refusal, HasSubstr("attempt has ended"));
  EXPECT_THAT(come(jobs, "study.secret1.0123").refusal, HasSubstr("attempt has ended"));
  EXPECT_TRUE(come(jobs, ticket()).handler);
}

TEST_F(BatchLauncherTest, FencesAJobThatIsStartedAgain) {
  auto jobs = make();
  auto line = launch(jobs);
  wait_until_submitted();
  auto first = come(jobs, ticket(), "one");
  first.connection->receive<link::Start>();
  EXPECT_THAT(come(jobs, ticket(), "two").refusal, HasSubstr("started again"));
  EXPECT_EQ(line->last().end, End::preempted);
  EXPECT_EQ(first.connection->receive<link::Stop>().why, StopWhy::superseded)
      << "it may be alive on a node that was given up";
  wait_until_killed("1");
  EXPECT_THAT(come(jobs, ticket(), "one", 2).refusal, HasSubstr("attempt has ended"));
}

TEST_F(BatchLauncherTest, RemovesStoppedAttemptsFromTheQueue) {
  auto jobs = make();
  auto line = launch(jobs);
  wait_until_submitted();
  line->stop(StopWhy::person);
  EXPECT_EQ(line->last().end, End::stopped);
  EXPECT_EQ(line->last().stop_why, StopWhy::person);
  wait_until_killed("1");
}

TEST_F(BatchLauncherTest, TellsARunningJobToStopAndWaitsForItsEnd) {
  auto jobs = make();
  auto line = launch(jobs);
  wait_until_submitted();
  auto came = come(jobs, ticket());
  auto started = came.connection->receive<link::Start>();
  line->stop(StopWhy::rule);
  EXPECT_EQ(came.connection->receive<link::Stop>().why, StopWhy::rule);
  auto end = end_of(started, End::stopped);
  end.stop_why = StopWhy::rule;
  came.handler->received(end);
  EXPECT_EQ(line->last().end, End::stopped);
  EXPECT_THAT(queue->killed, IsEmpty());
}

TEST_F(BatchLauncherTest, FindsItsJobsAgainAndSubmitsNoneTwice) {
  {
    auto jobs = make();
    launch(jobs, 1);
    launch(jobs, 2);
    wait_until_submitted(2);
    auto came = come(jobs, ticket(1));
    came.connection->receive<link::Start>();
    // As if it had been killed: what it leaves behind is copied before it can tidy up.
    queue->wait_until([&](const Queue&) {
      return read_file(output_dir / "jobs/trial_2.1.batch").find("\"id\": \"2\"") !=
             std::string::npos;
    });
    fs::copy(output_dir, scratch / "killed", fs::copy_options::recursive);
  }
  fs::remove_all(output_dir);
  fs::rename(scratch / "killed", output_dir);
  queue->killed.clear();
  queue->set("1", {Phase::running, How::finished, "RUNNING"});

  auto jobs = make();
  auto found = jobs.launcher->running();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].configuration, Configuration({{"lr", 0.5}}));
  // The running job reconnects before it is adopted, and continues; the other one comes for the
  // first time.
  auto back = come(jobs, ticket(1), "one", 7, {{1, 1, "study.secret1"}});
  ASSERT_TRUE(back.handler) << back.refusal;
  link::Start running{.trial = 1, .attempt = 1, .token = "study.secret1"};
  auto line = std::make_shared<RecordingChannel>(), other = std::make_shared<RecordingChannel>();
  back.handler->received(end_of(running, End::completed));
  jobs.launcher->adopt(found[0], line);
  jobs.launcher->adopt(found[1], other);
  EXPECT_EQ(line->last().end, End::completed);
  auto fresh = come(jobs, ticket(2));
  auto started = fresh.connection->receive<link::Start>();
  fresh.handler->received(end_of(started, End::completed));
  EXPECT_EQ(other->last().end, End::completed);
  EXPECT_EQ(queue->submitted.size(), 2u);
  EXPECT_THAT(queue->killed, IsEmpty());
}

TEST_F(BatchLauncherTest, KnowsAJobByWhatTheSubmissionLeftWhereItsCoordinatorDiedAtThatMoment) {
  auto write_record = [&](bool with_id_file) {
    auto jobs = make();
    JobRecord record;
    record.start = start(jobs);
    record.submission = "abc";
    base::write_file(output_dir / "jobs/trial_1.1.batch", to_json(record), 0600).or_throw();
    if (with_id_file) base::write_file(output_dir / "jobs/trial_1.1.id", "77\n", 0600).or_throw();
  };
  write_record(true);
  queue->set("77", {Phase::queued, How::finished, "PENDING"});
  {
    auto jobs = make();
    auto line = std::make_shared<RecordingChannel>();
    jobs.launcher->adopt(jobs.launcher->running().at(0), line);
    queue->wait_until_asked();
    EXPECT_THAT(queue->submitted, IsEmpty());
    EXPECT_TRUE(come(jobs, "study.secret1.abc").handler);
    line->stop(StopWhy::superseded);
    line->last();
    jobs.launcher->settled(1, 1);
  }
  write_record(false);
  auto jobs = make();
  jobs.launcher->adopt(jobs.launcher->running().at(0), std::make_shared<RecordingChannel>());
  wait_until_submitted();
  EXPECT_FALSE(come(jobs, "study.secret1.abc").handler)
      << "were there a job nobody knows of, it would not get in";
  EXPECT_TRUE(come(jobs, ticket()).handler);
}

TEST_F(BatchLauncherTest, AsksTheBatchSystemHowAJobEndedThatSaysNothing) {
  auto jobs = make();
  auto one = launch(jobs, 1), two = launch(jobs, 2), three = launch(jobs, 3);
  wait_until_submitted(3);
  for (TrialId trial : {1, 2}) {
    queue->set(std::to_string(trial), {Phase::running, How::finished, "RUNNING"});
    auto came = come(jobs, ticket(trial));
    came.connection->receive<link::Start>();
    came.handler->lost(link::Loss::closed, "");
  }
  queue->set("1", {Phase::ending, How::finished, "COMPLETING"});
  queue->wait_until_asked();
  EXPECT_EQ(one->ends(), 0) << "COMPLETING is no end";
  queue->set("1", {Phase::over, How::killed, "CANCELLED"});
  EXPECT_EQ(one->last().end, End::stopped);
  queue->set("2", {Phase::queued, How::finished, "PENDING (BeginTime)"});
  EXPECT_EQ(two->last().end, End::preempted);
  EXPECT_THAT(two->last().detail.message, HasSubstr("put back into the queue"));
  queue->set("3", {Phase::over, How::failed, "FAILED (NonZeroExitCode)"});
  EXPECT_EQ(three->last().end, End::failed);
  EXPECT_THAT(three->last().detail.message, HasSubstr("before it ran anything"));
}

TEST_F(BatchLauncherTest, AsksAlsoWhereASignalEndedTheCommand) {
  auto jobs = make();
  auto line = launch(jobs);
  wait_until_submitted();
  queue->set("1", {Phase::running, How::finished, "RUNNING"});
  auto came = come(jobs, ticket());
  auto started = came.connection->receive<link::Start>();
  came.handler->received(end_of(started, End::failed,
                                {.exit_code = {}, .signal = 15, .message = "ended by Terminated"}));
  came.connection->receive<link::Settled>();  // so that it goes
  came.handler->lost(link::Loss::closed, "");
  queue->set("1", {Phase::over, How::timeout, "TIMEOUT"});
  EXPECT_EQ(line->last().end, End::timeout);
}

TEST_F(BatchLauncherTest, RemembersThatSomebodyWasEndingAJobThatThenEndsInOrder) {
  auto jobs = make();
  auto line = launch(jobs);
  wait_until_submitted();
  queue->set("1", {Phase::ending, How::killed, "dr"});
  queue->wait_until_asked();
  auto came = come(jobs, ticket());
  auto started = came.connection->receive<link::Start>();
  came.handler->received(end_of(started, End::preempted));
  came.connection->receive<link::Settled>();
  came.handler->lost(link::Loss::closed, "");
  queue->set("1", {Phase::over, How::finished, "exit status 0"});
  EXPECT_EQ(line->last().end, End::stopped);
}

TEST_F(BatchLauncherTest, TakesOneThatHasVanishedForLost) {
  auto jobs = make();
  auto line = launch(jobs);
  wait_until_submitted();
  {
    std::scoped_lock lock(queue->mutex);
    queue->states.clear();
  }
  EXPECT_EQ(line->last().end, End::lost);
  EXPECT_THAT(line->last().detail.message, HasSubstr("vanished"));
}

TEST_F(BatchLauncherTest, TrustsTheAccountingAboutAForgottenJob) {
  auto jobs = make();
  auto line = launch(jobs);
  wait_until_submitted();
  std::unique_lock lock(queue->mutex);
  queue->states.clear();
  queue->books = JobState{Phase::over, How::timeout, "TIMEOUT"};
  lock.unlock();
  EXPECT_EQ(line->last().end, End::timeout);
}

TEST_F(BatchLauncherTest, GivesUpAJobThatCannotRunAndSaysWhy) {
  auto jobs = make();
  auto line = launch(jobs);
  wait_until_submitted();
  std::unique_lock lock(queue->mutex);
  queue->books = JobState{Phase::stuck, How::failed, "can't chdir to /nowhere"};
  queue->states["1"] = {Phase::stuck, How::finished, "Eqw"};
  lock.unlock();
  EXPECT_EQ(line->last().end, End::failed);
  EXPECT_THAT(line->last().detail.message,
              testing::AllOf(HasSubstr("Eqw"), HasSubstr("can't chdir to /nowhere")));
  wait_until_killed("1");
}

TEST_F(BatchLauncherTest, LosesAJobThatRunsAndNeverComes) {
  auto jobs = make(20ms);
  auto line = launch(jobs);
  wait_until_submitted();
  std::ofstream(output_dir / "jobs/trial_1.out") << "sherpa: no route to host\n";
  queue->set("1", {Phase::running, How::finished, "RUNNING"});
  EXPECT_EQ(line->last().end, End::lost);
  EXPECT_THAT(line->last().detail.message,
              HasSubstr("has not come to the coordinator for 20 ms: sherpa: no route to host"));
}

TEST_F(BatchLauncherTest, LosesAJobThatIsSilentForALease) {
  auto jobs = make(20ms);
  auto line = launch(jobs);
  wait_until_submitted();
  queue->set("1", {Phase::running, How::finished, "RUNNING"});
  auto came = come(jobs, ticket());
  came.connection->receive<link::Start>();
  came.handler->lost(link::Loss::silent, "");
  EXPECT_EQ(line->last().end, End::lost);
  wait_until_killed("1");
}

TEST_F(BatchLauncherTest, FencesOneThatRunsOnOnANodeThatWasGivenUp) {
  auto jobs = make();
  auto line = launch(jobs);
  wait_until_submitted();
  auto came = come(jobs, ticket());
  came.connection->receive<link::Start>();
  queue->set("1", {Phase::over, How::node_failed, "NODE_FAIL"});
  EXPECT_EQ(line->last().end, End::lost);
  EXPECT_EQ(came.connection->receive<link::Stop>().why, StopWhy::superseded);
}

TEST_F(BatchLauncherTest, EndsAnAttemptThatIsNotTakenAndTriesAgainWhereNobodyAnswers) {
  auto jobs = make();
  queue->refusal = Error{Errc::invalid_argument, "invalid partition"};
  EXPECT_THAT(launch(jobs, 1)->last().detail.message,
              HasSubstr("cannot submit it to Queue: invalid partition"));
  queue->refusal = Error{Errc::wrong_state, "Unable to contact slurm controller"};
  launch(jobs, 2);
  wait_until_submitted();
  EXPECT_TRUE(come(jobs, ticket(2)).handler);
  EXPECT_THAT(log.text(), HasSubstr("Queue takes no jobs just now"));
}

TEST_F(BatchLauncherTest, GoesOnWhileASubmissionHangs) {
  auto jobs = make();
  auto line = launch(jobs, 1);
  wait_until_submitted();
  {
    std::scoped_lock lock(queue->mutex);
    queue->held = true;
  }
  auto hanging = launch(jobs, 2);
  queue->wait_until([](const Queue& q) { return q.submitting == 2; });
  auto came = come(jobs, ticket(1));
  auto started = came.connection->receive<link::Start>();
  came.handler->received(end_of(started, End::completed));
  EXPECT_EQ(line->last().end, End::completed);
  jobs.launcher->settled(1, 1);
  came.connection->receive<link::Settled>();
  hanging->stop(StopWhy::person);
  EXPECT_EQ(hanging->last().end, End::stopped);
  jobs.launcher->settled(2, 1);
  {
    std::scoped_lock lock(queue->mutex);
    queue->held = false;
    queue->changed.notify_all();
  }
  wait_until_killed("2");
  jobs.launcher.reset();
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(BatchLauncherTest, SaysOnceWhyJobsWait) {
  auto jobs = make();
  launch(jobs, 1);
  launch(jobs, 2);
  wait_until_submitted(2);
  queue->set("1", {Phase::queued, How::finished, "PENDING (Resources)"});
  queue->set("2", {Phase::queued, How::finished, "PENDING (Resources)"});
  queue->wait_until_asked();
  queue->wait_until_asked();
  auto text = log.text();
  auto first = text.find("waits: PENDING (Resources)");
  EXPECT_NE(first, std::string::npos) << text;
  EXPECT_EQ(text.find("waits: PENDING (Resources)", first + 1), std::string::npos) << text;
  using Waiting = std::map<std::pair<TrialId, AttemptId>, std::string>;
  EXPECT_EQ(jobs.launcher->waiting(),
            (Waiting{{{1, 1}, "PENDING (Resources)"}, {{2, 1}, "PENDING (Resources)"}}));
  queue->set("1", {Phase::running, How::finished, "RUNNING"});
  queue->wait_until_asked();
  queue->wait_until_asked();
  EXPECT_EQ(jobs.launcher->waiting(), (Waiting{{{2, 1}, "PENDING (Resources)"}}));
}

}  // namespace
}  // namespace sherpa::schedulers
