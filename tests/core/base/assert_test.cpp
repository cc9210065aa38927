#ifndef SHERPA_ASSERTIONS
#define SHERPA_ASSERTIONS
#endif
#include "core/base/assert.hpp"

#include <gtest/gtest.h>

namespace sherpa::base {
namespace {

TEST(AssertDeathTest, PrintsTheConditionTheValuesAndThePlace) {
  int seq = 7, last = 4;
  EXPECT_DEATH(
      SHERPA_ASSERT(seq == last + 1, seq, last),
      "assert_test.cpp:[0-9]+: must hold: seq == last \\+ 1 with \\(seq, last\\) = \\(7, 4\\)");
}

TEST(AssertDeathTest, NeedsNoValues) { EXPECT_DEATH(SHERPA_ASSERT(1 > 2), "must hold: 1 > 2"); }

TEST(Assert, DoesNothingWhenItHolds) {
  int evaluated = 0;
  SHERPA_ASSERT(++evaluated == 1, evaluated);
  EXPECT_EQ(evaluated, 1);
}

}  // namespace
}  // namespace sherpa::base
