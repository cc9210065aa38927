#include "actors/trial_channel.hpp"

#include "tests/support/recorder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::actors {
namespace {

using study::Answer;
using study::StopWhy;
using testing::ElementsAre;
using Answered = testing_support::Recorder<Result<std::optional<StopWhy>>>;

class TrialChannelTest : public testing::Test {
 protected:
  TrialChannelTest() {
    channel.connect([this] { calls.emplace_back("wake"); });
  }
  void post_batch(std::uint64_t number) {
    channel.post_batch(number, {{0.5, 1, {}}},
                       {.taken = [this](const Answer&) { calls.emplace_back("taken"); },
                        .judged = [this] { calls.emplace_back("judged"); }});
  }

  TrialChannel channel{7, 1, "hash", true};
  std::vector<std::string> calls;
};

TEST_F(TrialChannelTest, WakesItsActorOnceUntilItTakesTheNews) {
  channel.observe({0.5, 1, {}});
  channel.observe({0.4, 2, {}});
  EXPECT_THAT(calls, ElementsAre("wake"));
  auto news = channel.take();
  ASSERT_EQ(news.said.size(), 1u);
  EXPECT_EQ(news.said.front().observations.size(), 2u);
  channel.observe({0.3, 3, {}});
  EXPECT_THAT(calls, ElementsAre("wake", "wake"));
}

TEST_F(TrialChannelTest, TellsABatchThatItIsTakenBeforeItIsJudged) {
  post_batch(1);
  auto ticket = channel.take().said.front().ticket;
  channel.judged(ticket);
  channel.kept(ticket, {Answer::Kind::accepted, {}, 0});
  EXPECT_THAT(calls, ElementsAre("wake", "taken", "judged"));
}

TEST_F(TrialChannelTest, TellsAStopBetweenPostsAndBatches) {
  channel.on_stop([this](StopWhy) { calls.emplace_back("stop"); });
  channel.post({{0.5, 1, {}}}, [this](auto result) {
    calls.emplace_back(result && *result == StopWhy::rule ? "post: stop" : "post");
  });
  post_batch(2);
  for (const auto& said : channel.take().said)
    channel.kept(said.ticket, {Answer::Kind::accepted, {}, 0});
  calls.clear();
  channel.stop(StopWhy::rule);
  EXPECT_THAT(calls, ElementsAre("post: stop", "stop", "judged"));
  EXPECT_EQ(channel.should_stop(), StopWhy::rule);
}

TEST_F(TrialChannelTest, RefusesEverythingOnceItIsCut) {
  channel.on_stop([this](StopWhy why) {
    calls.emplace_back(why == StopWhy::superseded ? "superseded" : "stop");
  });
  post_batch(1);
  calls.clear();
  channel.cut();
  EXPECT_THAT(calls, ElementsAre("taken", "superseded"));
  post_batch(2);
  EXPECT_THAT(calls, ElementsAre("taken", "superseded", "taken"));
  EXPECT_THROW(channel.observe({0.3, 3, {}}), Exception);
  EXPECT_EQ(channel.should_stop(), StopWhy::superseded);
}

TEST_F(TrialChannelTest, KeepsTheEndUntilTheLastVerdict) {
  channel.observe({0.5, 1, {}});
  channel.ended(study::End::completed, {}, {});
  auto news = channel.take();
  EXPECT_FALSE(news.end);
  channel.judged(news.said.front().ticket);
  EXPECT_TRUE(channel.take().end);
}

TEST(TrialChannel, AnswersAPostOfNothingOnceWhatWasSaidBeforeIsJudged) {
  TrialChannel channel(1, 1, "", true);
  channel.connect([] {});
  Answered first, nothing;
  channel.post({{0.5, 1, {}}}, std::ref(first));
  channel.post({}, std::ref(nothing));
  auto said = channel.take().said;
  ASSERT_EQ(said.size(), 2u);
  channel.kept(said[0].ticket, {});
  channel.kept(said[1].ticket, {});
  EXPECT_FALSE(first.yet());
  EXPECT_FALSE(nothing.yet());
  channel.judged(said[0].ticket);
  EXPECT_TRUE(first.yet());
  EXPECT_FALSE(nothing.yet()) << "its own verdict may say stop";
  channel.judged(said[1].ticket);
  EXPECT_TRUE(nothing.wait());
}

TEST(TrialChannel, RefusesEverythingOnceItIsCut) {
  TrialChannel channel(1, 1, "", true);
  channel.connect([] {});
  Answered waiting, late;
  std::optional<study::StopWhy> stop_why;
  channel.on_stop([&](study::StopWhy why) { stop_why = why; });
  channel.post({{0.5, 1, {}}}, std::ref(waiting));
  channel.cut();
  EXPECT_EQ(waiting.wait().error().code, Errc::superseded);
  EXPECT_EQ(stop_why, study::StopWhy::superseded);
  channel.post({{0.5, 2, {}}}, std::ref(late));
  EXPECT_EQ(late.wait().error().code, Errc::superseded);
  EXPECT_TRUE(channel.should_stop());
}

TEST(TrialChannel, TellsOfTheFirstStopOnly) {
  TrialChannel channel(1, 1, "", true);
  channel.connect([] {});
  int calls = 0;
  channel.on_stop([&](study::StopWhy why) {
    ++calls;
    EXPECT_EQ(why, study::StopWhy::rule);
  });
  channel.stop(study::StopWhy::rule);
  channel.stop(study::StopWhy::person);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(channel.should_stop(), study::StopWhy::rule);
}

}  // namespace
}  // namespace sherpa::actors
