#include "core/base/random_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sherpa::base {
namespace {

TEST(RandomId, DiffersEachTime) {
  std::set<std::string> all;
  for (int i = 0; i < 1000; ++i) all.insert(random_name());
  EXPECT_EQ(all.size(), 1000u);
  EXPECT_EQ(random_name().find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(random_name().size(), 32u);
  EXPECT_EQ(random_hex(32).size(), 64u);
}

TEST(RandomId, IsAUuidOfVersion4) {
  for (int i = 0; i < 100; ++i)
    EXPECT_THAT(new_uuid(),
                testing::MatchesRegex(
                    "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

}  // namespace
}  // namespace sherpa::base
