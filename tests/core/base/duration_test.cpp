#include "core/base/duration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::base {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Duration, IsReadWithItsUnits) {
  EXPECT_EQ(*parse_duration("90s"), 90s);
  EXPECT_EQ(*parse_duration("1h30m"), 90min);
  EXPECT_EQ(*parse_duration("0.5s"), 500ms);
  EXPECT_EQ(*parse_duration("2d"), 48h);
  EXPECT_EQ(*parse_duration("0s"), 0ms);
  EXPECT_EQ(*duration_of(1.5), 1500ms);
}

TEST(Duration, IsRefusedWhenItSaysNothing) {
  for (const char* text : {"", "5", "s", "5x", "5 s", "-5s", "1..5s", "1e3s"})
    EXPECT_FALSE(parse_duration(text)) << text;
  EXPECT_THAT(parse_duration("0.0001s").error().message, HasSubstr("shorter than a millisecond"));
  EXPECT_THAT(parse_duration("40000d").error().message, HasSubstr("a century"));
  EXPECT_FALSE(duration_of(-1));
}

TEST(Duration, IsShownWithTheLargestExactUnit) {
  for (const char* text : {"0s", "1ms", "1500ms", "90s", "2h", "3d"})
    EXPECT_EQ(show_duration(*parse_duration(text)), text);
  EXPECT_EQ(show_duration(60min), "1h");
}

}  // namespace
}  // namespace sherpa::base
