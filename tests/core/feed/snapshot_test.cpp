#include "core/feed/snapshot.hpp"

#include <gtest/gtest.h>

namespace sherpa::feed {
namespace {

namespace fact = study::fact;

class SnapshotTest : public testing::Test {
 protected:
  SnapshotTest() {
    tell(fact::StudyCreated{
        .uuid = "u",
        .name = "digits",
        .parameters = R"([{"name": "lr", "type": "continuous", "range": [0, 1]}])",
        .lower_is_better = false,
        .algorithm = R"({"name": "RandomSearch"})",
        .limits = {.budget = 9, .lease_ms = 1000}});
    tell(fact::WorkerJoined{study::Worker{.name = "a", .incarnation = "1", .slots = 2}});
    for (TrialId trial = 1; trial <= 3; ++trial)
      tell(fact::TrialIssued{trial, {{"lr", 0.5}}, {.k = trial}});
    for (TrialId trial = 1; trial <= 2; ++trial)
      tell(fact::AttemptStarted{.trial = trial, .attempt = 1, .worker = "a", .incarnation = "1"});
    tell(fact::Observation{.trial = 1, .attempt = 1, .iteration = 3, .objective = 0.25});
    tell(fact::AttemptEnded{.trial = 1, .attempt = 1});
    tell(fact::TrialEnded{.trial = 1, .iteration = 3, .objective = 0.25});
    tell(fact::Observation{.trial = 2, .attempt = 1, .iteration = 1, .objective = 0.75});
  }
  void tell(study::Fact fact) {
    study::Entry entry{.seq = ++seq, .at = 1, .fact = std::move(fact)};
    ASSERT_TRUE(engine.follows(entry.fact)) << seq;
    engine.apply(entry);
  }

  study::Engine engine{study::Engine::Options{}};
  study::Seq seq = 0;
};

TEST_F(SnapshotTest, CountsTrialsAndKnowsTheBest) {
  auto progress = snapshot_of(engine, 9);
  EXPECT_EQ(progress.name, "digits");
  EXPECT_FALSE(progress.lower_is_better);
  EXPECT_EQ(progress.total, 9u);
  EXPECT_EQ(progress.completed, 1u);
  EXPECT_EQ(progress.failed + progress.stopped, 0u);
  ASSERT_TRUE(progress.best);
  EXPECT_EQ(progress.best->trial_id, 2u);
  EXPECT_EQ(progress.best->objective, 0.75);
}

TEST_F(SnapshotTest, ShowsRunningTrialsWithTheirNewestObservation) {
  auto progress = snapshot_of(engine, 9);
  ASSERT_EQ(progress.running.size(), 1u) << "trial 3 has no attempt yet";
  EXPECT_EQ(progress.running[0].trial, 2u);
  EXPECT_EQ(progress.running[0].iteration, 1);
  EXPECT_EQ(progress.running[0].objective, 0.75);
}

TEST_F(SnapshotTest, LeavesOutTheWorkersOfARunThatIsOver) {
  EXPECT_TRUE(snapshot_of(engine, 9).workers.empty());
  auto workers = snapshot_of(engine, 9, base::Duration(0)).workers;
  ASSERT_EQ(workers.size(), 1u);
  EXPECT_EQ(workers[0].name, "a");
  EXPECT_EQ(workers[0].state, Progress::Worker::State::away) << "it has to reconnect first";
}

}  // namespace
}  // namespace sherpa::feed
