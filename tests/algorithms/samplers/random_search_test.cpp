#include "tests/support/rehearse.hpp"

#include <gtest/gtest.h>

namespace sherpa {
namespace {

using namespace testing_support;

TEST(RandomSearch, RepeatsItselfForTheSameSeedOnly) {
  EXPECT_EQ(run(study_with(RandomSearch{.max_num_trials = 20}, mixed_space(), 7), 1000),
            run(study_with(RandomSearch{.max_num_trials = 20}, mixed_space(), 7), 1000));
  EXPECT_NE(run(study_with(RandomSearch{.max_num_trials = 20}, mixed_space(), 7), 1000),
            run(study_with(RandomSearch{.max_num_trials = 20}, mixed_space(), 8), 1000));
}

TEST(RandomSearch, TriesEachConfigurationSoManyTimes) {
  auto seen =
      run(study_with(RandomSearch{.max_num_trials = 4, .repeat = 3}, mixed_space(), 7), 1000);
  ASSERT_EQ(seen.size(), 12u);
  for (std::size_t i = 0; i < 12; i += 3) {
    EXPECT_EQ(seen[i], seen[i + 1]);
    EXPECT_EQ(seen[i], seen[i + 2]);
    if (i > 0) {
      EXPECT_NE(seen[i], seen[i - 1]);
    }
  }
}

}  // namespace
}  // namespace sherpa
