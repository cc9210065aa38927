#include "tests/support/engine_fixture.hpp"

namespace sherpa::study {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

using StudyTest = EngineTest;

TEST_F(StudyTest, KeepsTheBudgetToTheTrial) {
  create({.budget = 3});
  join("a", 2);
  for (TrialId t = 1; t <= 3; ++t) {
    observe(t, 1, 1, 1);
    end(t, 1, t == 2 ? End::failed : End::completed);
  }
  EXPECT_EQ(engine->ledger()->trials(), 3u);
  EXPECT_EQ(engine->ended()->why, EndOfStudy::budget);
}

TEST_F(StudyTest, EndsWhenTheAlgorithmIsDone) {
  create();
  suggest = [](std::uint64_t k) -> Proposal {
    if (k > 2) return Done{};
    return Chosen{{{"x", 1}}, {}};
  };
  join("a");
  observe(1, 1, 1, 1);
  end(1, 1, End::completed);
  observe(2, 1, 1, 1);
  auto last = end(2, 1, End::completed);
  EXPECT_THAT(kinds(last),
              ElementsAre("attempt_ended", "trial_ended", "algorithm_done", "study_ended"));
  EXPECT_EQ(count<effect::Finished>(last), 1);
  EXPECT_EQ(engine->ended()->why, EndOfStudy::exhausted);
}

TEST_F(StudyTest, GivesUpWhenTheFirstAttemptsAllFailWithoutAnObservation) {
  create({.give_up_after = 3});
  join("a", 2);
  end(1, 1, End::failed, {.exit_code = 127, .message = "no such file"});
  end(2, 1, End::failed, {.exit_code = 127, .message = "no such file"});
  auto third = end(3, 1, End::failed, {.exit_code = 127, .message = "no such file"});
  EXPECT_TRUE(engine->closing());
  EXPECT_EQ(count<effect::Stop>(third), 1);  // of the one that still runs
  EXPECT_TRUE(starts(third).empty());
  end(4, 1, End::failed);
  EXPECT_EQ(engine->ended()->why, EndOfStudy::error);
  EXPECT_THAT(engine->ended()->message,
              HasSubstr("the first 3 attempts all failed without one observation; the last: failed "
                        "exit 127: no such file"));
}

TEST_F(StudyTest, GivesUpAtAnyTimeAfterFailuresInARow) {
  create({.give_up_after = 3});
  join("a", 2);
  observe(1, 1, 1, 1);
  for (TrialId t = 2; t <= 3; ++t) end(t, 1, End::failed);
  observe(1, 1, 2, 1);  // it began before whatever is wrong
  EXPECT_FALSE(engine->closing());
  end(4, 1, End::timeout, {.message = "hangs"});
  EXPECT_TRUE(engine->closing());
  end(5, 1, End::failed);
  end(1, 1, End::completed, {}, 0, StopWhy::going);
  EXPECT_THAT(
      engine->ended()->message,
      HasSubstr("the last 3 attempts all failed without one observation; the last: timeout: "
                "hangs"));
}

TEST_F(StudyTest, AnAttemptThatObservesEndsTheRowOfFailures) {
  create({.give_up_after = 3});
  join("a");
  for (TrialId t = 1; t <= 20; ++t) {
    if (t % 3 == 0) observe(t, 1, 1, 1);
    end(t, 1, End::failed);
  }
  EXPECT_FALSE(engine->closing());
}

TEST_F(StudyTest, WhereFailuresAreUsualItTakesMoreOfThemInARow) {
  create({.give_up_after = 3});
  join("a");
  TrialId t = 1;
  for (; t <= 20; ++t) {
    if (t % 2 == 0) observe(t, 1, 1, 1);
    end(t, 1, End::failed);
  }
  // At a rate of a half, 2^-24 is the first below 1e-7.
  for (int failures = 1; failures <= 23; ++failures) end(t++, 1, End::failed);
  EXPECT_FALSE(engine->closing());
  end(t, 1, End::failed);
  EXPECT_EQ(engine->ended()->why, EndOfStudy::error);
}

TEST_F(StudyTest, WorkersThatAreLostCountOnceEachTime) {
  create({.give_up_after = 3});
  for (int start = 1; start <= 3; ++start) {
    EXPECT_FALSE(engine->closing()) << start;
    const auto incarnation = std::to_string(start);
    join("a", 2, true, incarnation);
    clock += 1min;  // the pause before the next attempts there is over
    act(command::Tick{});
    act(command::Leave{"a", incarnation, "it died", End::lost});
  }
  ASSERT_TRUE(engine->ended());
  EXPECT_THAT(engine->ended()->message, HasSubstr("the last: lost: it died"));
}

TEST_F(StudyTest, AWorkerThatIsLostAgainAndAgainIsHeldBackLongerAndLonger) {
  create({.give_up_after = 100});
  auto lose = [&](const std::string& incarnation) {
    act(command::Leave{"a", incarnation, "it died", End::lost});
  };
  join("a", 1, true, "1");
  lose("1");
  EXPECT_THAT(starts(join("a", 1, true, "2")), ElementsAre("1.2@a"));
  lose("2");
  EXPECT_THAT(starts(join("a", 1, true, "3")), ElementsAre());
  clock += 500ms;
  EXPECT_THAT(starts(act(command::Tick{})), ElementsAre("1.3@a"));
  lose("3");
  join("a", 1, true, "4");
  clock += 500ms;
  EXPECT_THAT(starts(act(command::Tick{})), ElementsAre());
  EXPECT_THAT(starts(join("b", 1, true)), ElementsAre("1.4@b")) << "others are not";
  clock += 500ms;
  EXPECT_THAT(starts(act(command::Tick{})), ElementsAre("2.1@a"));
  observe(2, 1, 1, 1);
  lose("4");
  EXPECT_THAT(starts(join("a", 1, true, "5")), ElementsAre("2.2@a")) << "what it observed counts";
}

TEST_F(StudyTest, PauseHoldsEverythingNewAndNothingThatRuns) {
  create({.retry = {.failed = 1}});
  join("a", 2);
  act(command::Pause{"me"});
  observe(1, 1, 1, 1);
  EXPECT_TRUE(starts(end(1, 1, End::completed)).empty());
  EXPECT_TRUE(starts(end(2, 1, End::failed)).empty());
  act(command::Enqueue{{{"x", 7.0}}, "me"});
  EXPECT_THAT(starts(act(command::Resume{"me"})), ElementsAre("2.2@a", "3.1@a"));
}

TEST_F(StudyTest, ALoweredLimitDrains) {
  create();
  join("a", 3);
  act(command::LimitConcurrency{1, "me"});
  observe(1, 1, 1, 1);
  observe(2, 1, 1, 1);
  EXPECT_TRUE(starts(end(1, 1, End::completed)).empty());
  EXPECT_TRUE(starts(end(2, 1, End::completed)).empty());
  observe(3, 1, 1, 1);
  EXPECT_THAT(starts(end(3, 1, End::completed)), ElementsAre("4.1@a"));
  EXPECT_THAT(starts(act(command::LimitConcurrency{2, "me"})), ElementsAre("5.1@a"));
  EXPECT_THAT(act(command::LimitConcurrency{0, "me"}).answer.error.message,
              HasSubstr("at least 1"));
}

TEST_F(StudyTest, AFailedCommitPoisonsIt) {
  create();
  join("a");
  engine->poison({Errc::store, "disk full"});
  EXPECT_EQ(observe(1, 1, 1, 1).answer.error.message, "disk full");
  EXPECT_EQ(end(1, 1, End::completed).answer.error.message, "disk full");
  EXPECT_TRUE(act(command::Tick{}).facts.empty());
}

TEST_F(StudyTest, InterruptedTrialsRunAgainAfterAResume) {
  create();
  join("local", 2, false);
  observe(1, 1, 1, 1);
  auto interrupt = act(command::Interrupt{EndOfStudy::cancelled, "interrupted"});
  EXPECT_EQ(count<effect::Stop>(interrupt), 2);
  act(command::EndAttempt{1, 1, "", 0, End::completed, {}, StopWhy::going, {}});
  observe(2, 1, 1, 5, 0, "");
  act(command::EndAttempt{
      2, 1, "", 0, End::completed, {}, {}, {}});  // it had just finished by itself
  ASSERT_TRUE(engine->ended());
  EXPECT_EQ(engine->ended()->why, EndOfStudy::cancelled);

  engine = replayed();
  auto recover = act(command::Recover{"a new run"});
  EXPECT_THAT(kinds(recover), ElementsAre("steered", "worker_left"));
  EXPECT_THAT(starts(join("local", 1, false, "2")), ElementsAre("1.2@local"));
}

TEST_F(StudyTest, RecoverInterruptsWhatRanInsideAndLeavesWhatRunsOutside) {
  create({.lease_ms = 60'000});
  join("local", 1, false);
  join("remote", 1, true);
  engine = replayed();
  clock = 5h;  // another process, another clock
  auto recover = act(command::Recover{"a new run"});
  EXPECT_THAT(kinds(recover), ElementsAre("steered", "attempt_ended", "worker_left"));
  clock += 59s;
  EXPECT_TRUE(act(command::Tick{}).facts.empty());
  EXPECT_EQ(observe(2, 1, 1, 1).answer.kind, Answer::Kind::accepted);
  clock += 61s;
  EXPECT_THAT(kinds(act(command::Tick{})), ElementsAre("attempt_ended", "worker_left"));
}

using TimeBudgetTest = EngineTest;

TEST_F(TimeBudgetTest, EndsTheStudyOnceItIsUsedUp) {
  create({.time_budget_ms = 60'000});
  join("a", 2);
  clock += 59s;
  EXPECT_TRUE(act(command::Tick{}).facts.empty());
  EXPECT_EQ(engine->time_left(clock), 1s);
  clock += 1s;
  auto tick = act(command::Tick{});
  EXPECT_EQ(count<effect::Stop>(tick), 2) << "running trials end by grace";
  EXPECT_THAT(starts(end(1, 1, End::completed, {}, 0, StopWhy::going)), ElementsAre());
  end(2, 1, End::completed, {}, 0, StopWhy::going);
  ASSERT_TRUE(engine->ended());
  EXPECT_EQ(engine->ended()->why, EndOfStudy::time);
  EXPECT_EQ(engine->ended()->message, "its time budget of 1m is used up");
}

TEST_F(TimeBudgetTest, RunsUseItUpTogetherUnlessEachHasItsOwn) {
  for (const bool per_run : {false, true}) {
    entries.clear();
    wall = 0;
    create({.time_budget_ms = 60'000, .time_budget_per_run = per_run});
    join("local", 1, false);
    clock += 40s;
    wall += 40'000'000;
    act(command::Observe{1, 1, "", 0, {{1, 1, {}}}});
    engine = replayed();  // the run was killed, and an hour later there is another
    wall += 3'600'000'000;
    act(command::Recover{"a new run"});
    EXPECT_EQ(engine->time_left(clock), per_run ? 60s : 20s);
    EXPECT_EQ(engine->time_used(), 40s);
  }
}

TEST_F(TimeBudgetTest, AStudyWithoutTimeLeftStaysEndedUntilThereIsMore) {
  create({.time_budget_ms = 60'000});
  clock += 61s;
  wall += 61'000'000;
  act(command::Tick{});
  ASSERT_TRUE(engine->ended());
  engine = replayed();
  act(command::Recover{"a new run"});
  EXPECT_TRUE(engine->ended());
  auto study = engine->study();
  study.limits.time_budget_ms = 120'000;
  act(command::Change{{study.algorithm, study.stopping_rule, study.limits, false, study.command}});
  act(command::Recover{"a new run"});
  EXPECT_FALSE(engine->ended());
  EXPECT_EQ(engine->time_left(clock), 59s);
}

TEST_F(StudyTest, FailedTrialsRunAgainOnceAsNewTrials) {
  create({.budget = 3});
  join("a");
  observe(1, 1, 1, 1);
  end(1, 1, End::completed);
  end(2, 1, End::failed);
  end(3, 1, End::failed);
  ASSERT_EQ(engine->ended()->why, EndOfStudy::budget);
  auto again = [&](const std::string& incarnation) {
    engine = replayed();
    act(command::Recover{.by = "a new run", .retry_failed = true});
    return starts(join("a", 3, true, incarnation));
  };
  EXPECT_THAT(again("2"), ElementsAre("4.1@a", "5.1@a"));
  EXPECT_EQ(engine->ledger()->configuration(4), engine->ledger()->configuration(2));
  EXPECT_EQ(engine->ledger()->configuration(5), engine->ledger()->configuration(3));
  act(command::Observe{4, 1, "", 0, {{1, 1, {}}}});
  act(command::EndAttempt{.trial = 4, .attempt = 1});
  act(command::EndAttempt{.trial = 5, .attempt = 1, .end = End::failed});
  EXPECT_THAT(again("3"), ElementsAre("6.1@a")) << "what failed again";
  EXPECT_EQ(engine->ledger()->configuration(6), engine->ledger()->configuration(3));
}

TEST_F(StudyTest, TheLastFailureIsKnownAfterARestart) {
  create();
  join("a");
  end(1, 1, End::failed, {.exit_code = 3, .message = "oh no"});
  engine = replayed();
  ASSERT_TRUE(engine->last_failure());
  EXPECT_EQ(engine->last_failure()->trial, 1u);
  EXPECT_EQ(engine->last_failure()->reason, "failed exit 3: oh no");
}

}  // namespace
}  // namespace sherpa::study
