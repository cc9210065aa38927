#include "core/space/json.hpp"
#include "core/space/specification.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::space::json {
namespace {

using testing::HasSubstr;

template <class T>
T taken(const char* text) {
  T out{};
  read(Json::parse(text), out);
  return out;
}

template <class T>
std::string refused(const char* text) {
  try {
    taken<T>(text);
  } catch (const Exception& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Json, ReadsNumbersThatFitTheirType) {
  EXPECT_EQ(taken<std::uint64_t>("18446744073709551615"),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(refused<std::int64_t>("18446744073709551615"),
            "expected a whole number, not 18446744073709551615");
  EXPECT_EQ(refused<std::uint32_t>("-1"), "expected a whole number from 0, not -1");
  EXPECT_EQ(refused<std::uint16_t>("65536"), "expected a whole number from 0, not 65536");
  EXPECT_EQ(refused<std::int64_t>("1.0"), "expected a whole number, not 1.0");
  EXPECT_EQ(taken<double>("3"), 3.0);
  EXPECT_EQ(refused<double>("\"3\""), "expected a number, not \"3\"");
  EXPECT_EQ(refused<bool>("1"), "expected true or false, not 1");
}

TEST(Json, ReadsOptionalsListsAndMaps) {
  EXPECT_EQ(taken<std::optional<double>>("null"), std::nullopt);
  EXPECT_EQ(taken<std::optional<double>>("2"), 2.0);
  EXPECT_EQ(taken<std::vector<double>>("[1, 2]"), (std::vector<double>{1, 2}));
  EXPECT_EQ((taken<std::map<std::string, double>>(R"({"a": 1})")),
            (std::map<std::string, double>{{"a", 1}}));
  EXPECT_EQ(refused<std::vector<double>>("{}"), "expected a list, not {}");
}

TEST(Json, ReadsAndWritesEnumeratorsByName) {
  EXPECT_EQ(taken<Restarts>("\"bipop\""), Restarts::bipop);
  EXPECT_EQ(write(Restarts::ipop), "ipop");
  EXPECT_THAT(refused<Restarts>("\"popbi\""), HasSubstr("expected one of none, ipop"));
}

TEST(Json, ReadsValuesOfEachKind) {
  for (const char* text : {"true", "-3", "2.5", "\"text\"", "[1,[\"a\",2.0]]"}) {
    Value value;
    read(Json::parse(text), value);
    EXPECT_EQ(write(value).dump(), text);
  }
  EXPECT_THAT(refused<Value>("{}"), HasSubstr("expected a bool, number, text or list"));
}

TEST(Json, ReadsTheMembersThatAreGivenAndKeepsTheOthers) {
  CMAES options{.sigma = 0.7};
  read_members(Json::parse(R"({"population_size": 9, "name": "CMAES"})"), options, {"name"});
  EXPECT_EQ(options.population_size, 9u);
  EXPECT_EQ(options.sigma, 0.7);
}

TEST(Json, NamesTheMemberThatIsWrongAndTheEntryThatItRefuses) {
  CMAES options;
  const Json wrong = Json::parse(R"({"sigma": "large"})");
  try {
    read_members(wrong, options);
    FAIL();
  } catch (const Refusal& refusal) {
    EXPECT_STREQ(refusal.what(), "sigma: expected a number, not \"large\"");
    EXPECT_EQ(refusal.at(), &wrong["sigma"]);
  }
  try {
    read_members(Json::parse(R"({"sgma": 1})"), options);
    FAIL();
  } catch (const Exception& e) {
    EXPECT_THAT(e.what(), HasSubstr("unknown option 'sgma'; did you mean 'sigma'?"));
  }
}

TEST(Json, WritesEveryMember) {
  const Json written = write(CMAES{});
  std::size_t members = 0;
  CMAES::fields().for_each([&](const auto& f) {
    EXPECT_TRUE(written.contains(std::string(f.name))) << f.name;
    ++members;
  });
  EXPECT_EQ(written.size(), members);
}

}  // namespace
}  // namespace sherpa::space::json
