#include "core/study/metric_limit.hpp"
#include "tests/support/engine_fixture.hpp"

namespace sherpa::study {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

using AttemptsTest = EngineTest;

TEST_F(AttemptsTest, StoresTheEndAndTheNextStartTogether) {
  create();
  join("a");
  observe(1, 1, 1, 0.5);
  answers = false;
  EXPECT_THAT(kinds(end(1, 1, End::completed)), ElementsAre("attempt_ended", "trial_ended"));
}

TEST_F(AttemptsTest, OnlyTheCurrentAttemptWithItsTokenSpeaks) {
  create();
  join("a");
  EXPECT_EQ(observe(1, 1, 1, 1, 0, "wrong").answer.kind, Answer::Kind::superseded);
  EXPECT_EQ(observe(1, 2, 1, 1).answer.kind, Answer::Kind::superseded);
  EXPECT_EQ(observe(9, 1, 1, 1).answer.kind, Answer::Kind::superseded);
  EXPECT_EQ(observe(1, 1, 1, 1).answer.kind, Answer::Kind::accepted);
  end(1, 1, End::lost);
  EXPECT_EQ(observe(1, 1, 2, 1).answer.kind, Answer::Kind::superseded);
  EXPECT_EQ(end(1, 1, End::completed).answer.kind, Answer::Kind::superseded);
  EXPECT_EQ(observe(1, 2, 2, 1).answer.kind, Answer::Kind::accepted);
}

TEST_F(AttemptsTest, RefusesASecondObservationOfAnIteration) {
  create();
  join("a");
  observe(1, 1, 5, 1);
  EXPECT_THAT(observe(1, 1, 5, 1).answer.error.message,
              HasSubstr("trial 1: iteration 5 was observed already"));
  EXPECT_THAT(observe(1, 1, -1, 1).answer.error.message, HasSubstr("iteration -1 is negative"));
  EXPECT_EQ(observe(1, 1, 3, 1).answer.kind, Answer::Kind::accepted);
  EXPECT_EQ(observe(1, 1, 3, 1).answer.kind, Answer::Kind::refused);
  EXPECT_EQ(observe(1, 1, 4, 1).answer.kind, Answer::Kind::accepted);
  auto both = act(command::Observe{1, 1, hash(1, 1), 0, {{1, 8, {}}, {2, 8, {}}}});
  EXPECT_EQ(both.answer.kind, Answer::Kind::refused);
  EXPECT_TRUE(both.facts.empty());
  auto unordered = act(command::Observe{1, 1, hash(1, 1), 0, {{1, 9, {}}, {1, 7, {}}, {2, 9, {}}}});
  EXPECT_EQ(unordered.answer.kind, Answer::Kind::refused);
}

TEST_F(AttemptsTest, BoundsTheNumberOfDifferentMetrics) {
  create();
  join("a");
  Metrics many;
  for (std::size_t i = 1; i < most_metrics; ++i) many["m" + std::to_string(i)] = 0;
  auto report = [&](std::int64_t iteration, Metrics metrics) {
    return act(command::Observe{1, 1, hash(1, 1), 0, {{1, iteration, std::move(metrics)}}}).answer;
  };
  EXPECT_EQ(report(1, many).kind, Answer::Kind::accepted);
  auto two = act(command::Observe{1, 1, hash(1, 1), 0, {{1, 2, {{"a", 1}}}, {1, 3, {{"b", 1}}}}});
  EXPECT_EQ(two.answer.kind, Answer::Kind::refused) << "only one of them has room";
  EXPECT_EQ(two.answer.error.code, Errc::refused);
  EXPECT_THAT(two.answer.error.message, HasSubstr("trial 1: metric 'b' is one too many"));
  EXPECT_TRUE(two.facts.empty());
  EXPECT_EQ(report(2, {{"a", 1}, {"m1", 1}}).kind, Answer::Kind::accepted);
  EXPECT_EQ(report(3, {{"b", 1}}).kind, Answer::Kind::refused);
  EXPECT_EQ(report(3, {{"a", 2}, {"m2", 1}}).kind, Answer::Kind::accepted)
      << "known names in a new combination";
}

TEST_F(AttemptsTest, TakesBatchesOnceAndInOrder) {
  create();
  join("a");
  EXPECT_EQ(observe(1, 1, 1, 1, 1).answer.kind, Answer::Kind::accepted);
  auto again = observe(1, 1, 1, 1, 1);
  EXPECT_EQ(again.answer.kind, Answer::Kind::duplicate);
  EXPECT_EQ(count<effect::Acknowledge>(again), 1);
  EXPECT_TRUE(again.facts.empty());
  auto early = observe(1, 1, 3, 1, 3);
  EXPECT_EQ(early.answer.kind, Answer::Kind::early);
  EXPECT_EQ(early.answer.expected_batch, 2u);
  EXPECT_EQ(end(1, 1, End::completed, {}, 2).answer.kind, Answer::Kind::early);
  observe(1, 1, 2, 1, 2);
  EXPECT_EQ(end(1, 1, End::completed, {}, 2).answer.kind, Answer::Kind::accepted);
}

TEST_F(AttemptsTest, TriesAgainAsOftenAsTheKindOfEndAllows) {
  create({.retry = {.failed = 1, .lost = 2}});
  join("a");
  observe(1, 1, 1, 1);
  end(1, 1, End::lost);
  end(1, 2, End::lost);
  end(1, 3, End::preempted);
  end(1, 4, End::interrupted);
  end(1, 5, End::failed);
  EXPECT_EQ(status(1), TrialStatus::intermediate);
  end(1, 6, End::failed);
  EXPECT_EQ(status(1), TrialStatus::failed);
  for (AttemptId a = 1; a <= 2; ++a) end(2, a, End::lost);
  EXPECT_EQ(status(2), TrialStatus::intermediate);
  end(2, 3, End::lost);
  EXPECT_EQ(status(2), TrialStatus::failed);
  end(3, 1, End::timeout);
  EXPECT_EQ(status(3), TrialStatus::failed);
}

TEST_F(AttemptsTest, RetriesComeBeforeEnqueuedTrialsAndThoseBeforeSuggestions) {
  create();
  join("a", 2);
  act(command::Enqueue{{{"x", 7.0}}, "me"});
  observe(1, 1, 1, 1);
  end(1, 1, End::lost);
  EXPECT_EQ(engine->open_trials().front(), (std::pair<TrialId, AttemptId>(1, 2)));
  EXPECT_THAT(starts(end(1, 2, End::completed)), ElementsAre("3.1@a"));
  EXPECT_EQ(engine->ledger()->configuration(3), (Configuration{{"x", 7.0}}));
  EXPECT_EQ(engine->ledger()->origin(3).k, 0u);
  EXPECT_EQ(engine->issued_by_algorithm(), 2u);
}

TEST_F(AttemptsTest, ATrialWithAPendingStopIsNotTriedAgain) {
  create();
  join("a");
  observe(1, 1, 1, 1);
  auto stop = act(command::RequestStop{1, 1, StopBy::rule, "median"});
  EXPECT_EQ(count<effect::Stop>(stop), 1);
  EXPECT_EQ(act(command::RequestStop{1, 1, StopBy::rule, "median"}).answer.kind,
            Answer::Kind::duplicate);
  end(1, 1, End::lost);
  EXPECT_EQ(status(1), TrialStatus::stopped);
}

TEST_F(AttemptsTest, AStaleVerdictIsDropped) {
  create();
  join("a");
  observe(1, 1, 1, 1);
  end(1, 1, End::lost);
  EXPECT_EQ(act(command::RequestStop{1, 1, StopBy::rule, "median"}).answer.kind,
            Answer::Kind::duplicate);
  EXPECT_FALSE(engine->stop_pending(1));
  EXPECT_THAT(act(command::RequestStop{9, 0, StopBy::person, ""}).answer.error.message,
              HasSubstr("there is no trial 9"));
}

TEST_F(AttemptsTest, AStoppedTrialBetweenAttemptsEndsAtOnce) {
  create({.max_concurrent = 1});
  join("a");
  act(command::Pause{"me"});
  end(1, 1, End::lost);
  act(command::RequestStop{1, 0, StopBy::person, "enough"});
  EXPECT_EQ(status(1), TrialStatus::stopped);
  EXPECT_THAT(act(command::RequestStop{1, 0, StopBy::person, ""}).answer.error.message,
              HasSubstr("trial 1 has ended"));
}

TEST_F(AttemptsTest, CompletedWithoutAnObservationIsFailed) {
  create();
  join("a");
  end(1, 1, End::completed);
  EXPECT_EQ(status(1), TrialStatus::failed);
  auto seen = std::find_if(entries.begin(), entries.end(), [](const Entry& e) {
    return std::holds_alternative<fact::AttemptEnded>(e.fact);
  });
  EXPECT_THAT(std::get<fact::AttemptEnded>(seen->fact).detail.message, HasSubstr("no metrics"));
}

TEST_F(AttemptsTest, ATimeOutStopsTheAttemptAndIsItsEnd) {
  create({.timeout_ms = 1000});
  join("a");
  observe(1, 1, 1, 1);
  clock += 1001ms;
  EXPECT_EQ(count<effect::Stop>(act(command::Tick{})), 1);
  EXPECT_EQ(count<effect::Stop>(act(command::Tick{})), 0);
  end(1, 1, End::completed, {}, 0, StopWhy::timeout);
  EXPECT_EQ(status(1), TrialStatus::failed);
  EXPECT_EQ(std::get<fact::AttemptEnded>(entries[entries.size() - 4].fact).end, End::timeout);
}

TEST_F(AttemptsTest, CompletingJustInTimeCounts) {
  create({.timeout_ms = 1000});
  join("a");
  observe(1, 1, 1, 1);
  clock += 1001ms;
  act(command::Tick{});
  end(1, 1, End::completed);
  EXPECT_EQ(status(1), TrialStatus::completed);
}

TEST_F(AttemptsTest, PublishesWhatItMayWriteAndNothingElse) {
  create();
  join("a");
  for (const char* elsewhere : {"/etc", "../../..", "checkpoints/1/2", "checkpoints/1/1/x"}) {
    auto refused = act(command::Publish{1, 1, hash(1, 1), elsewhere});
    EXPECT_EQ(refused.answer.kind, Answer::Kind::refused) << elsewhere;
    EXPECT_THAT(refused.answer.error.message, HasSubstr("attempt 1 writes to checkpoints/1/1"));
    EXPECT_TRUE(refused.facts.empty());
  }
}

TEST_F(AttemptsTest, WhatItSaysAboutItsEndIsCutShort) {
  create();
  join("a");
  command::EndAttempt last{.trial = 1, .attempt = 1, .token_hash = hash(1, 1)};
  last.end = End::failed;
  last.detail.message = std::string(4095, 'x') + "é" + std::string(1'000'000, 'y');
  auto ended = act(last);
  ASSERT_FALSE(ended.facts.empty());
  EXPECT_EQ(std::get<fact::AttemptEnded>(ended.facts.front().fact).detail.message,
            std::string(4095, 'x') + "…");
}

TEST_F(AttemptsTest, ALaterAttemptLoadsTheNewestCheckpoint) {
  create();
  join("a");
  auto published = act(command::Publish{1, 1, hash(1, 1), "checkpoints/1/1"});
  EXPECT_EQ(count<effect::CheckpointCurrent>(published), 1);
  EXPECT_EQ(act(command::Publish{1, 1, "wrong", "elsewhere"}).answer.kind,
            Answer::Kind::superseded);
  auto next = end(1, 1, End::lost);
  const auto* start = std::get_if<effect::Start>(&next.effects.back());
  for (const auto& effect : next.effects)
    if (auto* s = std::get_if<effect::Start>(&effect)) start = s;
  ASSERT_TRUE(start);
  EXPECT_EQ(start->load, "checkpoints/1/1");
}

}  // namespace
}  // namespace sherpa::study
