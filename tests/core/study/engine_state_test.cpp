#include "tests/support/engine_fixture.hpp"

#include <cmath>

namespace sherpa::study {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

using EngineStateTest = EngineTest;

TEST_F(EngineStateTest, ReplayRefusesFactsThatCannotFollow) {
  create();
  join("a");
  EXPECT_FALSE(engine->follows(fact::StudyCreated{}));
  EXPECT_FALSE(engine->follows(fact::TrialIssued{7, {}, {}}));
  EXPECT_FALSE(engine->follows(fact::AttemptStarted{1, 2}));
  EXPECT_FALSE(engine->follows(fact::Observation{1, 2, 1, 1, {}, 0}));
  EXPECT_FALSE(engine->follows(fact::Observation{8, 1, 1, 1, {}, 0}));
  EXPECT_FALSE(engine->follows(fact::TrialEnded{1, TrialStatus::completed, 1, 1, {}}));
  EXPECT_FALSE(engine->follows(fact::AttemptEnded{2, 1, End::lost, {}}));
  EXPECT_FALSE(engine->follows(fact::StopRequested{8, 1, StopBy::rule, ""}));
  EXPECT_FALSE(Engine(Engine::Options{}).follows(fact::StudyEnded{}));
}

TEST_F(EngineStateTest, AFactFollowsOnlyWhatItRestsOn) {
  create();
  join("a");
  EngineState state;
  auto created = entries.front();
  state.apply(created);
  EXPECT_FALSE(state.follows(fact::AttemptStarted{1, 1}));
  EXPECT_TRUE(state.follows(fact::TrialIssued{1, {}, {}}));
}

TEST_F(EngineStateTest, ABestEndedTrialIsNeverNanOrInfinite) {
  create({}, {.prune = true});
  join("a");
  for (auto [trial, y] : {std::pair<TrialId, double>{1, INFINITY}, {2, NAN}, {3, 5.0}}) {
    observe(trial, 1, 1, y);
    end(trial, 1, End::completed);
  }
  EngineState state;
  for (Entry entry : entries) state.apply(entry);
  ASSERT_TRUE(state.best_ended.has_value());
  EXPECT_EQ(state.best_ended->second, 3u);
}

}  // namespace
}  // namespace sherpa::study
