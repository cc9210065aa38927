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
    return Configuration{{"x", 1}};
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

TEST_F(StudyTest, OneObservationIsEnoughNotToGiveUp) {
  create({.give_up_after = 3});
  join("a");
  observe(1, 1, 1, 1);
  for (TrialId t = 1; t <= 6; ++t) end(t, 1, End::failed);
  EXPECT_FALSE(engine->closing());
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
  EXPECT_THAT(kinds(recover), ElementsAre("attempt_ended", "worker_left"));
  clock += 59s;
  EXPECT_TRUE(act(command::Tick{}).facts.empty());
  EXPECT_EQ(observe(2, 1, 1, 1).answer.kind, Answer::Kind::accepted);
  clock += 61s;
  EXPECT_THAT(kinds(act(command::Tick{})), ElementsAre("attempt_ended", "worker_left"));
}

}  // namespace
}  // namespace sherpa::study
