#include "schedulers/local/function_launcher.hpp"

#include "tests/support/recording_channel.hpp"
#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace sherpa::schedulers {
namespace {

using study::End;
using testing::HasSubstr;
using testing_support::code_of;
using testing_support::message_of;
using testing_support::RecordingChannel;
using testing_support::Scratch;
namespace fs = std::filesystem;

class FunctionLauncherTest : public testing::Test {
 protected:
  std::unique_ptr<study::Launcher> make(std::function<void(Trial&)> run,
                                        std::uint32_t threads = 1) {
    return make_function_launcher(std::move(run), threads, scratch.path());
  }
  std::shared_ptr<RecordingChannel> launch(study::Launcher& launcher, TrialId trial = 1,
                                           std::optional<std::string> load = {}) {
    auto channel = std::make_shared<RecordingChannel>();
    study::effect::Start start;
    start.trial = trial;
    start.attempt = 1;
    start.configuration = {{"x", 0.5}};
    start.load = std::move(load);
    launcher.launch(std::move(start), channel);
    return channel;
  }
  RecordingChannel::Last run(std::function<void(Trial&)> run) {
    auto launcher = make(std::move(run));
    return launch(*launcher)->last();
  }

  Scratch scratch;
};

TEST_F(FunctionLauncherTest, OffersItsThreads) {
  auto launcher = make([](Trial&) {}, 3), other = make([](Trial&) {}, 3);
  EXPECT_EQ(launcher->worker().slots, 3u);
  EXPECT_FALSE(launcher->worker().outlives) << "threads end with their process";
  EXPECT_NE(launcher->worker().incarnation, other->worker().incarnation);
}

TEST_F(FunctionLauncherTest, CompletesWhatReturns) {
  double x = 0;
  auto last = run([&](Trial& trial) { x = trial.get<double>("x"); });
  EXPECT_EQ(last.end, End::completed);
  EXPECT_EQ(last.stop_why, std::nullopt);
  EXPECT_EQ(x, 0.5);
}

TEST_F(FunctionLauncherTest, FailsWhatThrowsWithItsText) {
  auto message = [&](std::function<void(Trial&)> what) {
    auto last = run(std::move(what));
    EXPECT_EQ(last.end, End::failed);
    return last.detail.message;
  };
  EXPECT_EQ(message([](Trial&) { throw std::runtime_error("no data"); }), "no data");
  EXPECT_EQ(message([](Trial&) { throw std::runtime_error(""); }), "an exception without a text");
  EXPECT_EQ(message([](Trial&) { throw 3; }), "something was thrown that is no std::exception");
}

TEST_F(FunctionLauncherTest, RefusesAnObservationWhereTheMistakeIs) {
  run([](Trial& trial) {
    trial.report({.objective = 1, .iteration = 0});
    EXPECT_THAT(message_of([&] { trial.report({.objective = 1, .iteration = -1}); }),
                HasSubstr("trial 1: iteration -1 is negative"));
    EXPECT_THAT(message_of([&] { trial.report({.objective = 2, .iteration = 0}); }),
                HasSubstr("trial 1: iteration 0 was observed already"));
    EXPECT_EQ(code_of([&] { trial.report({.objective = 2, .iteration = 0}); }),
              Errc::invalid_argument);
  });
}

TEST_F(FunctionLauncherTest, RunsAsManyAtOnceAsItHasThreads) {
  std::promise<void> both;
  std::atomic<int> running = 0;
  auto launcher = make(
      [&, together = both.get_future().share()](Trial&) {
        if (++running == 2) both.set_value();
        together.wait();
      },
      2);
  auto one = launch(*launcher, 1), two = launch(*launcher, 2);
  EXPECT_EQ(one->last().end, End::completed);
  EXPECT_EQ(two->last().end, End::completed);
}

TEST_F(FunctionLauncherTest, DropsWhatHasNotBegunWhenItCloses) {
  std::promise<void> begun, dropped;
  auto launcher = make([&, go = dropped.get_future().share()](Trial&) {
    begun.set_value();
    go.wait();
  });
  auto first = launch(*launcher, 1);
  begun.get_future().wait();
  std::weak_ptr<RecordingChannel> second = launch(*launcher, 2);  // the launcher alone holds it
  auto closed = std::async(std::launch::async, [&] { launcher.reset(); });
  while (!second.expired()) std::this_thread::yield();
  EXPECT_EQ(first->ends(), 0) << "it waits for the function to return";
  dropped.set_value();
  closed.wait();
  EXPECT_EQ(first->ends(), 1);
}

TEST_F(FunctionLauncherTest, LoadsFromTheOutputDirectory) {
  std::vector<std::optional<fs::path>> loads;
  auto launcher = make([&](Trial& trial) { loads.push_back(trial.load_dir()); });
  launch(*launcher, 1, "checkpoints/trial_7")->last();
  launch(*launcher, 2)->last();
  EXPECT_EQ(loads,
            (std::vector<std::optional<fs::path>>{scratch / "checkpoints/trial_7", std::nullopt}));
}

}  // namespace
}  // namespace sherpa::schedulers
