#include "core/space/value_index.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace sherpa::space {
namespace {

TEST(ValueIndex, FindsEqualValuesAndThenEqualNumbers) {
  space::ValueIndex index({2.0, 1, true, "1", list(1, "x"), list("1", "x"), -0.0});
  EXPECT_EQ(index.find(2), 0u);
  EXPECT_EQ(index.find(2.0), 0u);
  EXPECT_EQ(index.find(1.0), 1u);
  EXPECT_EQ(index.find(true), 2u);
  EXPECT_EQ(index.find("1"), 3u);
  EXPECT_EQ(index.find(list(1, "x")), 4u);
  EXPECT_EQ(index.find(list("1", "x")), 5u);
  EXPECT_EQ(index.find(0), 6u);
  for (const Value& other :
       {Value(3), Value(false), Value("2"), Value(list(2, "x")), Value(Value::List{})})
    EXPECT_EQ(index.find(other), std::nullopt) << other;
  EXPECT_FALSE(index.add(0.0));
  EXPECT_TRUE(index.add(2));
  EXPECT_EQ(index.find(2), 7u) << "equal comes first";
}

TEST(ValueHash, IsEqualForEqualValues) {
  const ValueHash hash;
  EXPECT_EQ(hash(Value(0.0)), hash(Value(-0.0)));
  EXPECT_EQ(hash(Value("text")), hash(Value(std::string("text"))));
  EXPECT_EQ(hash(list(1, list("a", 2.5))), hash(list(1, list("a", 2.5))));
  EXPECT_NE(hash(list(1, 2)), hash(list(2, 1)));
}

}  // namespace
}  // namespace sherpa::space
