#include "runtime/coordinator/study_run.hpp"
#include "runtime/worker/worker_session.hpp"
#include "schedulers/local/function_launcher.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/simulated_link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

namespace sherpa {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::HasSubstr;

/// A coordinator with its actors, and workers with their threads, on a network in this process.
class WorkersTest : public testing::Test {
 protected:
  StudySetup setup{.parameters = {Continuous{"x", {0, 1}}},
                   .algorithm = RandomSearch{.max_num_trials = 20},
                   .lower_is_better = true,
                   .random_seed = 7};
  study::Limits limits{};
  CaughtLog log;
  std::unique_ptr<runtime::Timers> timers = runtime::make_timers();
  SimulatedNetwork network{*timers, 1, {.silence = 200ms, .heartbeat = 50ms}};
  std::unique_ptr<link::Listener> listener = network.make_listener();
  std::promise<std::string> uuid_promise;
  std::shared_future<std::string> uuid = uuid_promise.get_future().share();

  /// A worker program.
  struct Program {
    std::unique_ptr<link::Dialer> dialer;
    std::promise<Result<runtime::Left>> over;
    std::unique_ptr<runtime::WorkerSession> session;

    Result<runtime::Left> wait() { return over.get_future().get(); }
  };

  /// Workers that come over the simulated network.
  class WorkersOnly final : public runtime::Execution {
   public:
    explicit WorkersOnly(WorkersTest& test) : test_(test) {}
    bool has_programs() const override { return true; }
    Result<runtime::Runners> open(const runtime::StudyDirectory*, const std::string& id) override {
      test_.uuid_promise.set_value(id);
      return runtime::Runners{
          .launcher = nullptr,
          .workers = {.listener = test_.listener.get(),
                      .welcome = {.study = id, .epoch = 1, .lease_ms = test_.limits.lease_ms}}};
    }

   private:
    WorkersTest& test_;
  };

  std::future<Result<runtime::StudyOutcome>> coordinate(std::stop_token stop = {}) {
    return std::async(std::launch::async, [this, stop] {
      WorkersOnly workers(*this);
      return runtime::StudyRun({.setup = setup, .limits = limits, .stop = stop}, workers, nullptr)
          .run();
    });
  }

  std::unique_ptr<Program> work(const std::string& name, std::function<void(Trial&)> run,
                                std::uint32_t slots = 2, std::string study = {},
                                const std::string& host = {}) {
    auto program = std::make_unique<Program>();
    program->dialer = network.make_dialer(host.empty() ? name : host);
    runtime::SessionOptions options;
    options.study = study.empty() ? uuid.get() : study;
    options.worker = {.name = name,
                      .incarnation = name + std::to_string(++started_),
                      .slots = slots,
                      .outlives = true};
    options.launcher = [run,
                        slots](const link::Welcome&) -> Result<std::unique_ptr<study::Launcher>> {
      return schedulers::make_function_launcher(run, slots, {});
    };
    auto* over = &program->over;
    program->session = std::make_unique<runtime::WorkerSession>(
        std::move(options), *program->dialer, *timers,
        [over](Result<runtime::Left> how) { over->set_value(std::move(how)); });
    return program;
  }

 private:
  int started_ = 0;
};

void three_reports(Trial& trial) {
  for (int i = 1; i <= 3 && !trial.should_stop(); ++i)
    trial.report({.objective = trial.get<double>("x"), .iteration = i});
}

TEST_F(WorkersTest, PlayAStudyToItsEndAndAreSentHome) {
  auto study = coordinate();
  auto one = work("one", three_reports), two = work("two", three_reports);
  auto done = study.get();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->why, study::EndOfStudy::budget);
  EXPECT_EQ(done->results.with_status(TrialStatus::completed).size(), 20u);
  EXPECT_EQ(done->results.size(), 80u) << "three observations of each, and its summary";
  auto left = one->wait();
  ASSERT_TRUE(left) << left.error().message;
  EXPECT_EQ(*left, runtime::Left::finished);
  EXPECT_EQ(*two->wait(), runtime::Left::finished);
}

TEST_F(WorkersTest, WaitForTheVerdictSoThatATrialStopsWhereItWouldInProcess) {
  setup.stopping_rule = MedianStoppingRule{.min_iterations = 2, .min_trials = 1};
  std::mutex mutex;
  std::vector<int> lengths;
  auto study = coordinate();
  auto worker = work(
      "one",
      [&](Trial& trial) {
        int i = 0;
        while (i < 5 && !trial.should_stop()) {
          ++i;
          trial.report({.objective = static_cast<double>(trial.id()),
                        .iteration = i});  // each worse than the one before
        }
        std::scoped_lock lock(mutex);
        lengths.push_back(i);
      },
      1);
  auto done = study.get();
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_EQ(lengths.size(), 20u);
  EXPECT_EQ(lengths[0], 5);
  for (std::size_t i = 1; i < lengths.size(); ++i) EXPECT_EQ(lengths[i], 2);
  EXPECT_EQ(done->results.with_status(TrialStatus::stopped).size(), 19u);
}

TEST_F(WorkersTest, GoOnThroughACutOfTheLinkAndNothingIsLost) {
  std::atomic<int> begun = 0;
  std::promise<void> go_on;
  auto healed = go_on.get_future().share();
  auto study = coordinate();
  auto worker = work(
      "one",
      [&](Trial& trial) {
        trial.report({.objective = 1, .iteration = 1});
        if (trial.id() == 3) {
          network.cut("one");
          // What is measured while nobody hears it.
          for (int i = 2; i <= 100; ++i) trial.report({.objective = 1, .iteration = i});
          while (log.text().find("is lost") == std::string::npos) std::this_thread::yield();
          EXPECT_FALSE(trial.should_stop()) << "and does not wait for a verdict";
          trial.report({.objective = 1, .iteration = 101});
          network.heal("one");
        }
        ++begun;
      },
      1);
  auto done = study.get();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(begun, 20) << "no attempt was lost";
  EXPECT_EQ(done->results.of_trial(3).size(), 102u);
  EXPECT_EQ(done->results.with_status(TrialStatus::completed).size(), 20u);
}

TEST_F(WorkersTest, LoseTheirTrialsToOthersWhenTheyDie) {
  std::promise<void> reached;
  std::atomic<bool> first = true;
  auto study = coordinate();
  auto victim = work(
      "victim",
      [&](Trial& trial) {
        trial.report({.objective = 1, .iteration = 1});
        if (first.exchange(false)) reached.set_value();
        while (!trial.should_stop()) std::this_thread::yield();
      },
      1);
  reached.get_future().get();
  victim->dialer.reset();  // killed: its connection is closed
  auto heir = work("heir", three_reports);
  auto done = study.get();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->results.with_status(TrialStatus::completed).size(), 20u);
  EXPECT_THAT(log.text(), HasSubstr("worker victim leaves: its connection was closed"));
}

TEST_F(WorkersTest, LeaveInOrderAndTheirTrialsRunElsewhere) {
  std::promise<void> reached;
  std::atomic<bool> first = true;
  auto study = coordinate();
  auto one = work(
      "one",
      [&](Trial& trial) {
        trial.report({.objective = 1, .iteration = 1});
        if (first.exchange(false)) reached.set_value();
        while (!trial.should_stop()) std::this_thread::yield();
      },
      1);
  reached.get_future().get();
  one->session->leave("asked to", 0ms);
  EXPECT_EQ(*one->wait(), runtime::Left::asked);
  auto other = work("other", three_reports);
  auto done = study.get();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->results.with_status(TrialStatus::completed).size(), 20u);
}

TEST_F(WorkersTest, FinishWhatTheyHaveBeforeTheyLeave) {
  std::promise<void> reached, go_on;
  auto goes_on = go_on.get_future().share();
  std::atomic<int> began = 0;
  auto study = coordinate();
  auto one = work(
      "one",
      [&](Trial& trial) {
        if (++began == 2) reached.set_value();
        goes_on.wait();
        three_reports(trial);
      },
      2);
  reached.get_future().get();
  one->session->leave("asked to", 1h);
  go_on.set_value();
  EXPECT_EQ(*one->wait(), runtime::Left::asked);
  EXPECT_EQ(began, 2) << "no more are taken";
  auto other = work("other", three_reports);
  auto done = study.get();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->results.size(), 80u);
  EXPECT_THAT(log.text(), HasSubstr("worker one takes no more trials: asked to"));
}

TEST_F(WorkersTest, ThatLeaveUnconnectedDoSoOnceTheirTrialsHaveEnded) {
  limits.lease_ms = 400;
  std::promise<void> reached;
  auto study = coordinate();
  auto one = work(
      "one",
      [&](Trial& trial) {
        trial.report({.objective = 1, .iteration = 1});
        reached.set_value();
        while (!trial.should_stop()) std::this_thread::yield();
      },
      1);
  reached.get_future().get();
  network.cut("one");
  while (log.text().find("is lost") == std::string::npos) std::this_thread::yield();
  one->session->leave("asked to", 0ms);
  EXPECT_EQ(*one->wait(), runtime::Left::asked);
  one->session.reset();
  one->dialer.reset();
  auto other = work("other", three_reports);
  auto done = study.get();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->results.with_status(TrialStatus::completed).size(), 20u);
}

TEST_F(WorkersTest, AreLostWhenTheirLeaseRunsOutAndJoinAgain) {
  limits.lease_ms = 400;
  std::atomic<bool> first = true;
  auto study = coordinate();
  auto worker = work(
      "one",
      [&](Trial& trial) {
        if (first.exchange(false)) {
          network.cut("one");
          while (log.text().find("no sign of life") == std::string::npos) std::this_thread::yield();
          network.heal("one");
          while (!trial.should_stop()) std::this_thread::yield();
          EXPECT_EQ(code_of([&] { three_reports(trial); }), Errc::superseded);
          return;
        }
        three_reports(trial);
      },
      1);
  auto done = study.get();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->results.with_status(TrialStatus::completed).size(), 20u);
  EXPECT_EQ(done->results.size(), 80u);
}

TEST_F(WorkersTest, TakeTheNameOfOneThatIsSilentOnceItsConnectionHasEnded) {
  limits.lease_ms = 3'600'000;
  auto study = coordinate();
  std::promise<void> began;
  auto dead = work(
      "one",
      [&](Trial& trial) {
        began.set_value();
        while (!trial.should_stop()) std::this_thread::yield();
      },
      1);
  began.get_future().wait();
  network.cut("one");
  auto heir = work("one", three_reports, 1, {}, "another host");
  auto done = study.get();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->results.with_status(TrialStatus::completed).size(), 20u);
  EXPECT_THAT(log.text(), HasSubstr("should it be dead, this one takes its place in a moment"));
  EXPECT_TRUE(heir->wait());
}

TEST_F(WorkersTest, AreRefusedWithAReason) {
  std::stop_source stop;
  auto study = coordinate(stop.get_token());
  auto stranger = work("stranger", three_reports, 1, "another-study");
  auto how = stranger->wait();
  ASSERT_FALSE(how);
  EXPECT_EQ(how.error().code, Errc::refused);
  EXPECT_THAT(how.error().message, HasSubstr("it was started for another study"));
  EXPECT_THAT(
      log.text(),
      HasSubstr("worker 'stranger' at stranger is refused: it was started for another study"));
  auto one = work(
      "one",
      [](Trial& trial) {
        while (!trial.should_stop()) std::this_thread::yield();
      },
      1);
  while (log.text().find("worker one joins") == std::string::npos) std::this_thread::yield();
  auto twin = work("one", three_reports, 1);
  how = twin->wait();
  ASSERT_FALSE(how) << log.text();
  EXPECT_THAT(how.error().message, HasSubstr("a worker called 'one' is connected already"));
  stop.request_stop();
  auto done = study.get();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->why, study::EndOfStudy::cancelled);
}

}  // namespace
}  // namespace sherpa
