#include <sherpa/value.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace sherpa {
namespace {

TEST(Value, KeepsIntegersAndRealsApart) {
  EXPECT_EQ(Value(64).kind(), Value::Kind::integer);
  EXPECT_EQ(Value(64.0).kind(), Value::Kind::real);
  EXPECT_FALSE(Value(64) == Value(64.0));
  EXPECT_EQ(Value(64).as<double>(), 64.0);
  EXPECT_EQ(Value(64.0).as<int>(), 64);
}

TEST(Value, KeepsBoolsApartFromNumbers) {
  EXPECT_EQ(Value(true).kind(), Value::Kind::boolean);
  EXPECT_THROW(Value(true).as<int>(), Exception);
  EXPECT_THROW(Value(1).as<bool>(), Exception);
}

TEST(Value, RefusesWhatDoesNotFitTheTypeAskedFor) {
  EXPECT_THROW(Value(0.5).as<int>(), Exception);
  EXPECT_THROW(Value(300).as<std::uint8_t>(), Exception);
  EXPECT_THROW(Value(-1).as<unsigned>(), Exception);
  EXPECT_THROW(Value("relu").as<double>(), Exception);
  EXPECT_THROW(Value{std::numeric_limits<std::uint64_t>::max()}, Exception);
  EXPECT_THROW(Value(std::numeric_limits<double>::infinity()).as<int>(), Exception);
}

TEST(Value, ReadsListsAsVectors) {
  EXPECT_EQ(list(128, 64).as<std::vector<int>>(), (std::vector<int>{128, 64}));
  EXPECT_EQ(list("a", "b").as<std::vector<std::string>>(), (std::vector<std::string>{"a", "b"}));
  EXPECT_THROW(list(1, "b").as<std::vector<int>>(), Exception);
}

TEST(Value, ShowsItselfAsPythonWould) {
  EXPECT_EQ(Value(true).show(), "True");
  EXPECT_EQ(Value(64).show(), "64");
  EXPECT_EQ(Value(64.0).show(), "64.0");
  EXPECT_EQ(Value(1e-4).show(), "1e-04");
  EXPECT_EQ(Value("relu").show(), "relu");
  EXPECT_EQ(list(128, "x", 0.5).show(), "[128, 'x', 0.5]");
}

TEST(Show, WritesDoublesThatReadBackAsTheSame) {
  for (double x : {0.1, 1.0 / 3, 5e-324, -1.7976931348623157e308, 1e22, 123456789.0})
    EXPECT_EQ(std::strtod(show(x).c_str(), nullptr), x) << show(x);
  EXPECT_EQ(show(std::nan("")), "NaN");
  EXPECT_EQ(show(-std::numeric_limits<double>::infinity()), "-inf");
}

}  // namespace
}  // namespace sherpa
