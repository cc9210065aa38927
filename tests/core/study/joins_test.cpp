#include "core/study/joins.hpp"

#include <gtest/gtest.h>

namespace sherpa::study {
namespace {

TEST(Joins, AreClassifiedRowByRow) {
  struct Row {
    Joining join;
    JoinKind kind;
  };
  const Row rows[] = {
      // barred, known, same start, present, newer session
      {{true, false, false, false, false}, JoinKind::refused},
      {{true, true, true, true, true}, JoinKind::refused},
      {{false, false, false, false, false}, JoinKind::new_worker},
      {{false, true, false, true, true}, JoinKind::started_again},
      {{false, true, false, true, false}, JoinKind::started_again},
      {{false, true, true, true, false}, JoinKind::repeated},
      {{false, true, true, true, true}, JoinKind::back},
      {{false, true, true, false, false}, JoinKind::back},  // it joined an earlier run
  };
  for (const auto& [join, kind] : rows)
    EXPECT_EQ(classify(join), kind)
        << join.barred << join.known << join.same_start << join.present << join.newer_session;
}

TEST(Joins, DecideWhatIsSentToARunningAttempt) {
  EXPECT_EQ(reunite(false, true, true), Reunion::superseded);
  EXPECT_EQ(reunite(true, true, true), Reunion::stop);
  EXPECT_EQ(reunite(true, false, true), Reunion::interrupt);
  EXPECT_EQ(reunite(true, false, false), Reunion::nothing);
}

}  // namespace
}  // namespace sherpa::study
