#include "core/base/log.hpp"

#include "tests/support/scratch.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sherpa::base {
namespace {

TEST(Log, GoesToTheSinkWithItsLevel) {
  std::vector<std::pair<LogLevel, std::string>> seen;
  set_log([&](LogLevel level, std::string_view line) { seen.emplace_back(level, line); });
  log(LogLevel::info, "one");
  log(LogLevel::error, "two");
  set_log({});
  EXPECT_EQ(seen, (std::vector<std::pair<LogLevel, std::string>>{{LogLevel::info, "one"},
                                                                 {LogLevel::error, "two"}}));
}

TEST(Log, GoesToStandardErrorWithoutASink) {
  testing::internal::CaptureStderr();
  log(LogLevel::info, "it runs");
  log(LogLevel::warning, "the disk is slow");
  log(LogLevel::error, "the disk is full");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "sherpa: it runs\n"
            "sherpa: warning: the disk is slow\n"
            "sherpa: error: the disk is full\n");
}

TEST(Log, ReturnsToStandardErrorWithTheSink) {
  { testing_support::CaughtLog log; }
  testing::internal::CaptureStderr();
  log(LogLevel::info, "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "sherpa: \n");
}

}  // namespace
}  // namespace sherpa::base
