#include "tests/support/engine_fixture.hpp"

namespace sherpa::study {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

using WorkersTest = EngineTest;

TEST_F(WorkersTest, FillsEverySlotAndNoMore) {
  create();
  EXPECT_THAT(starts(join("a", 2)), ElementsAre("1.1@a", "2.1@a"));
  EXPECT_THAT(starts(join("b", 1)), ElementsAre("3.1@b"));
  observe(1, 1, 1, 0.5);
  EXPECT_THAT(starts(end(1, 1, End::completed)), ElementsAre("4.1@a"));
}

TEST_F(WorkersTest, LendsResourcesAndTheirParts) {
  create({.needs = {.slots = 1, .resources = {{"gpu", 0.5}}}});
  auto joined = join("a", 8, true, "1", {}, {"gpu:0", "gpu:1"});
  EXPECT_EQ(starts(joined).size(), 4u);
  std::vector<std::string> units;
  for (const auto& effect : joined.effects)
    if (auto* start = std::get_if<effect::Start>(&effect))
      units.push_back(start->resources.begin()->first);
  EXPECT_THAT(units, ElementsAre("gpu:0", "gpu:0", "gpu:1", "gpu:1"));
  observe(3, 1, 1, 1);
  auto next = end(3, 1, End::completed);
  ASSERT_EQ(starts(next).size(), 1u);
}

TEST_F(WorkersTest, LendsSeveralWholeUnitsToOneTrial) {
  create({.needs = {.slots = 2, .resources = {{"gpu", 2}}}});
  EXPECT_EQ(starts(join("a", 3, true, "1", {}, {"gpu:0", "gpu:1", "gpu:2"})).size(), 1u);
  EXPECT_TRUE(starts(join("b", 8, true, "1", {}, {"gpu:0"})).empty());
}

TEST_F(WorkersTest, ALeaseThatRunsOutLosesTheWorkersAttempts) {
  create({.lease_ms = 60'000});
  join("a", 2);
  clock += 50s;
  act(command::Alive{"a", "1"});
  clock += 50s;
  EXPECT_TRUE(act(command::Tick{}).facts.empty());
  clock += 11s;
  auto tick = act(command::Tick{});
  EXPECT_THAT(kinds(tick), ElementsAre("attempt_ended", "attempt_ended", "worker_left"));
  EXPECT_THAT(starts(join("b", 2)), ElementsAre("1.2@b", "2.2@b"));
  EXPECT_EQ(observe(1, 1, 1, 1).answer.kind, Answer::Kind::superseded);
}

TEST_F(WorkersTest, AWorkerWhoseLeaseRanOutUnawaresIsAskedToJoinAgain) {
  create({.lease_ms = 60'000});
  join("a");
  EXPECT_EQ(act(command::Alive{"a", "1"}).answer.kind, Answer::Kind::accepted);
  clock += 61s;
  act(command::Tick{});
  EXPECT_EQ(act(command::Alive{"a", "1"}).answer.kind, Answer::Kind::superseded);
  EXPECT_THAT(starts(join("a")), ElementsAre("1.2@a"));
  EXPECT_EQ(act(command::Alive{"a", "0"}).answer.kind, Answer::Kind::superseded);
}

TEST_F(WorkersTest, AnObservationIsASignOfLife) {
  create({.lease_ms = 60'000});
  join("a");
  clock += 50s;
  observe(1, 1, 1, 1);
  clock += 50s;
  EXPECT_TRUE(act(command::Tick{}).facts.empty());
}

TEST_F(WorkersTest, AnAttemptInsideTheProcessHasNoLease) {
  create({.lease_ms = 60'000});
  join("local", 1, false);
  clock += 1h;
  EXPECT_TRUE(act(command::Tick{}).facts.empty());
}

TEST_F(WorkersTest, AWorkerThatComesBackKeepsWhatItRunsAndLosesWhatItForgot) {
  create();
  join("a", 3);
  auto back = join("a", 3, true, "1", {{1, 1}, {3, 1}, {9, 1}});
  EXPECT_THAT(kinds(back), testing::Contains("attempt_ended"));
  EXPECT_THAT(starts(back), ElementsAre("2.2@a"));
  EXPECT_EQ(count<effect::Stop>(back),
            2);  // of 9, which is nothing, and of 2, whose start may be on the way
  EXPECT_EQ(observe(1, 1, 1, 1).answer.kind, Answer::Kind::accepted);
  // A late repetition of an earlier join changes nothing.
  EXPECT_EQ(act(command::Join{Worker{"a", "1", 3, {}, true}, {}, 1}).answer.kind,
            Answer::Kind::duplicate);
}

TEST_F(WorkersTest, AWorkerStartedAgainHasLostEverything) {
  create();
  join("a", 1);
  auto again = join("a", 1, true, "2");
  EXPECT_THAT(kinds(again),
              ElementsAre("attempt_ended", "worker_left", "worker_joined", "attempt_started"));
  EXPECT_THAT(starts(again), ElementsAre("1.2@a"));
  EXPECT_EQ(act(command::Leave{"a", "1", "late", End::lost}).answer.kind, Answer::Kind::duplicate);
}

TEST_F(WorkersTest, AWorkerThatDrainsTakesNoMoreUntilItIsStartedAgain) {
  create();
  join("a", 2);
  join("b", 1);
  act(command::Drain{"a", "1"});
  observe(1, 1, 1, 0.5);
  EXPECT_THAT(starts(end(1, 1, End::completed)), ElementsAre());
  observe(3, 1, 1, 0.5);
  EXPECT_THAT(starts(end(3, 1, End::completed)), ElementsAre("4.1@b"));
  auto workers = engine->workers();
  ASSERT_EQ(workers.size(), 2u);
  EXPECT_TRUE(workers[0].draining);
  EXPECT_EQ(workers[0].free_slots, 1u);
  EXPECT_THAT(workers[0].trials, ElementsAre(2u));
  // Over a new connection of the same start nothing changes.
  EXPECT_THAT(starts(join("a", 2, true, "1", {{2, 1}})), ElementsAre());
  EXPECT_THAT(starts(act(command::Leave{"a", "1", "drained", End::preempted})), ElementsAre());
  EXPECT_THAT(starts(join("a", 2, true, "2")), ElementsAre("2.2@a", "5.1@a"));
  EXPECT_EQ(act(command::Drain{"a", "1"}).answer.kind, Answer::Kind::superseded);
}

TEST_F(WorkersTest, TakesAWorkerOutOfUseOnWhichEverythingFailsAndNotElsewhere) {
  create();
  join("good", 1);
  join("bad", 1);  // trials 1 on good, 2 on bad
  observe(1, 1, 1, 1);
  end(1, 1, End::completed);                                      // 3 on good
  end(2, 1, End::failed, {.exit_code = 1, .message = "no GPU"});  // 4 on bad
  end(4, 1, End::failed, {.exit_code = 1, .message = "no GPU"});  // 5 on bad
  observe(3, 1, 1, 1);
  end(3, 1, End::completed);  // 6 on good
  auto third = end(5, 1, End::failed, {.exit_code = 1, .message = "no GPU"});
  EXPECT_THAT(kinds(third), testing::Contains("worker_left"));
  EXPECT_TRUE(starts(third).empty());
  EXPECT_THAT(join("bad", 1).answer.error.message, HasSubstr("taken out of use"));
  EXPECT_EQ(join("bad", 1, true, "2").answer.kind, Answer::Kind::accepted);
}

TEST_F(WorkersTest, ABrokenScriptIsNotTheWorkersFault) {
  create();
  join("a", 1);
  join("b", 1);
  for (TrialId t = 1; t <= 8; ++t) end(t, 1, End::failed, {.exit_code = 1, .message = "bug"});
  for (const auto& entry : entries)
    EXPECT_FALSE(std::holds_alternative<fact::WorkerLeft>(entry.fact));
}

}  // namespace
}  // namespace sherpa::study
