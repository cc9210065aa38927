#include "core/base/text.hpp"

#include <gtest/gtest.h>

namespace sherpa::base {
namespace {

TEST(Text, QuotesOnOneLine) {
  EXPECT_EQ(quote("lr"), "'lr'");
  EXPECT_EQ(quote("a\nb\tc\x01"), "'a\\nb\\tc\\x01'");
}

TEST(Text, FindsTheNearestName) {
  EXPECT_EQ(nearest("learing_rate", {"learning_rate", "layers"}), "learning_rate");
  EXPECT_EQ(nearest("abc", {"acb", "xyz"}), "acb");  // exchanged neighbours are one mistake
  EXPECT_EQ(nearest("lr", {"momentum"}), "");
  EXPECT_EQ(nearest(std::string(65, 'a'), {std::string_view("a")}), "");
  EXPECT_EQ(did_you_mean("momentun", {"momentum"}), "; did you mean 'momentum'?");
  EXPECT_EQ(did_you_mean("lr", {"momentum"}), "");
}

TEST(Text, Enumerates) {
  EXPECT_EQ(enumerate({}), "");
  EXPECT_EQ(enumerate({"a"}), "a");
  EXPECT_EQ(enumerate({"a", "b"}), "a and b");
  EXPECT_EQ(enumerate({"a", "b", "c"}), "a, b and c");
}

}  // namespace
}  // namespace sherpa::base
