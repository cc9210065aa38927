#include "tests/support/engine_fixture.hpp"

namespace sherpa::study {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

using SuggestionsTest = EngineTest;

TEST_F(SuggestionsTest, AsksAgainAfterAWaitOnceSomethingItReadsHappened) {
  create({}, {}, {.reads = {.ends = true}});
  bool waits = true;
  suggest = [&](std::uint64_t k) -> Proposal {
    if (k == 2 && waits) return Wait{};
    return Chosen{{{"x", 1}}, {}};
  };
  join("a", 2);
  EXPECT_EQ(asked, 2);
  observe(1, 1, 1, 1);  // read by nobody
  EXPECT_EQ(asked, 2);
  waits = false;
  EXPECT_THAT(starts(end(1, 1, End::completed)), ElementsAre("2.1@a", "3.1@a"));
}

TEST_F(SuggestionsTest, EndsWithAnErrorWhenTheAlgorithmWaitsForNothing) {
  create({}, {}, {.reads = {.ends = true}});
  suggest = [&](std::uint64_t) -> Proposal { return Wait{}; };
  join("a");
  EXPECT_EQ(engine->ended()->why, EndOfStudy::error);
  EXPECT_THAT(engine->ended()->message, HasSubstr("the algorithm waits, but no trial is running"));
}

TEST_F(SuggestionsTest, PreparesSuggestionsAheadForAlgorithmsThatReadNothing) {
  create({.budget = 5}, {.prefetch = 2});
  join("a");
  EXPECT_EQ(asked, 3);
  observe(1, 1, 1, 1);
  answers = false;
  EXPECT_THAT(starts(end(1, 1, End::completed)), ElementsAre("2.1@a"));
  observe(2, 1, 1, 1);
  EXPECT_THAT(starts(end(2, 1, End::completed)), ElementsAre("3.1@a"));
}

TEST_F(SuggestionsTest, NeverPreparesMoreThanTheBudget) {
  create({.budget = 2}, {.prefetch = 9});
  join("a");
  EXPECT_EQ(asked, 2);
}

TEST_F(SuggestionsTest, VoidsWhatWasPreparedBeforeSomethingTheAlgorithmReads) {
  create({}, {}, {.reads = {.ends = true}});
  answers = false;
  auto first = join("a", 2);  // asked for k = 1, with both slots free
  ASSERT_TRUE(first.ask);
  act(command::Pause{"me"});
  auto given =
      engine->handle(command::Suggested{1, first.ask->horizon, Chosen{{{"x", 1}}, {}}, {}}, at());
  keep(given);
  EXPECT_TRUE(starts(given).empty());  // paused: it is kept
  // Something it reads happens: a trial of a user's ends. (Pause holds it, so the slot is opened
  // for it alone.)
  act(command::Enqueue{{{"x", 7.0}}, "me"});
  auto resumed = act(command::Resume{"me"});
  EXPECT_THAT(
      starts(resumed),
      ElementsAre("1.1@a", "2.1@a"));  // the user's, then what was prepared: nothing had ended
}

TEST_F(SuggestionsTest, AnErrorOfTheAlgorithmEndsTheStudyOnceRunningTrialsAreDone) {
  create();
  suggest = [&](std::uint64_t k) -> Proposal {
    if (k == 2) return Error{Errc::user_code, "it threw"};
    return Chosen{{{"x", 1}}, {}};
  };
  join("a", 2);
  EXPECT_TRUE(engine->closing());
  end(1, 1, End::completed, {}, 0, StopWhy::going);
  EXPECT_EQ(engine->ended()->why, EndOfStudy::error);
  EXPECT_EQ(engine->ended()->message, "it threw");
}

}  // namespace
}  // namespace sherpa::study
