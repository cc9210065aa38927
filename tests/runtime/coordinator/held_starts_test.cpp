#include "runtime/coordinator/held_starts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sherpa::runtime {
namespace {

using study::End;
using study::StopWhy;
using testing::ElementsAre;
using testing::IsEmpty;

/// A channel that keeps what it is told.
class HeardChannel final : public study::TrialChannel {
 public:
  void observe(Observation) override {}
  std::optional<StopWhy> should_stop() override { return {}; }
  void publish(std::string) override {}
  void post(std::vector<Observation>,
            std::function<void(Result<std::optional<StopWhy>>)>) override {}
  void post_checkpoint(std::string, std::function<void(Result<void>)>) override {}
  void on_stop(std::function<void(StopWhy)> call) override { stop = std::move(call); }
  void ended(End how, study::Detail, std::optional<StopWhy> why) override {
    end = how;
    told = why;
  }

  std::function<void(StopWhy)> stop;
  std::optional<End> end;
  std::optional<StopWhy> told;
};

class CountingLauncher final : public study::Launcher {
 public:
  study::Worker worker() const override { return {}; }
  void launch(study::effect::Start start, std::shared_ptr<study::TrialChannel> channel) override {
    launched.push_back(start.trial);
    last = std::move(channel);
  }
  std::vector<TrialId> launched;
  std::shared_ptr<study::TrialChannel> last;
};

class HeldStartsTest : public testing::Test {
 protected:
  std::shared_ptr<HeardChannel> launch(TrialId trial) {
    auto channel = std::make_shared<HeardChannel>();
    study::effect::Start start;
    start.trial = trial;
    start.attempt = 1;
    launcher->launch(start, channel);
    return channel;
  }

  Result<void> state{};
  std::shared_ptr<HeldStarts> held = std::make_shared<HeldStarts>([this] { return state; });
  std::shared_ptr<CountingLauncher> inner = std::make_shared<CountingLauncher>();
  std::shared_ptr<study::Launcher> launcher = with_held_starts(held, inner);
  const Error away{Errc::store, "out of reach"};
};

TEST_F(HeldStartsTest, StartAtOnceWhileTheDirectoryIsThere) {
  launch(1);
  EXPECT_THAT(inner->launched, ElementsAre(1));
}

TEST_F(HeldStartsTest, StartWhenTheDirectoryIsBack) {
  state = away;
  launch(1);
  launch(2);
  EXPECT_THAT(inner->launched, IsEmpty());
  EXPECT_EQ(launcher->waiting().size(), 2u);
  held->look(false);
  EXPECT_THAT(inner->launched, IsEmpty());
  state = {};
  held->look(true);
  EXPECT_THAT(inner->launched, ElementsAre(1, 2));
  held->look(true);
  EXPECT_THAT(inner->launched, ElementsAre(1, 2));
  EXPECT_THAT(launcher->waiting(), IsEmpty());
}

TEST_F(HeldStartsTest, EndAsInterruptedWhenTheyAreToldTo) {
  state = away;
  auto channel = launch(1);
  channel->stop(StopWhy::going);
  held->look(false);
  EXPECT_EQ(channel->end, End::interrupted);
  EXPECT_EQ(channel->told, StopWhy::going);
  held->look(true);
  EXPECT_THAT(inner->launched, IsEmpty());
}

TEST_F(HeldStartsTest, DoNotChargeFailuresWhileTheDirectoryIsAway) {
  for (auto end : {End::failed, End::lost}) {
    auto channel = launch(1);
    state = away;
    inner->last->ended(end, {}, {});
    EXPECT_EQ(channel->end, End::interrupted);
    state = {};
    inner->last->ended(end, {}, {});
    EXPECT_EQ(channel->end, end);
  }
}

TEST_F(HeldStartsTest, LeaveOtherEndsAsTheyAre) {
  auto channel = launch(1);
  state = away;
  for (auto end : {End::completed, End::stopped, End::timeout}) {
    inner->last->ended(end, {}, {});
    EXPECT_EQ(channel->end, end);
  }
  state = Error{Errc::locked, "another coordinator has it"};
  inner->last->ended(End::failed, {}, {});
  EXPECT_EQ(channel->end, End::failed);
}

TEST_F(HeldStartsTest, AreForgottenWithTheirLauncher) {
  state = away;
  launch(1);
  launcher.reset();
  held->look(true);
  EXPECT_THAT(inner->launched, IsEmpty());
}

}  // namespace
}  // namespace sherpa::runtime
