#include "core/base/throttled_log.hpp"

#include "tests/support/scratch.hpp"

#include <gtest/gtest.h>

namespace sherpa::base {
namespace {

using namespace std::chrono_literals;
using testing_support::CaughtLog;

TEST(ThrottledLog, WritesALineASecondAndCountsTheOthers) {
  CaughtLog log;
  ThrottledLog throttled;
  const ThrottledLog::Clock::time_point begin{};
  throttled.warn("one", begin);
  EXPECT_EQ(log.text(), "one\n");
  throttled.warn("two", begin + 1ms);
  throttled.warn("three", begin + 999ms);
  EXPECT_EQ(log.text(), "one\n");
  throttled.warn("four", begin + 1s);
  throttled.warn("five", begin + 2s);
  EXPECT_EQ(log.text(), "one\nfour (and 2 more since the last such line)\nfive\n");
}

}  // namespace
}  // namespace sherpa::base
