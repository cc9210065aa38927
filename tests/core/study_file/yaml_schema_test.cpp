#include "core/study_file/yaml_schema.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::study_file {
namespace {

using space::json::Json;

/// A plain scalar.
Json plain(const std::string& text) { return resolve_scalar("?", text, {}); }

std::string fault(const std::string& tag, const std::string& text) {
  try {
    return "taken as " + resolve_scalar(tag, text, {3, 5}).dump();
  } catch (const Fault& fault) {
    return std::to_string(fault.at.line) + ":" + std::to_string(fault.at.column) + ": " +
           fault.what;
  }
}

TEST(YamlSchema, KnowsTheWordsOfTheCoreSchemaOnly) {
  for (auto text : {"", "~", "null", "Null", "NULL"}) EXPECT_EQ(plain(text), nullptr) << text;
  for (auto text : {"true", "True", "TRUE"}) EXPECT_EQ(plain(text), true) << text;
  for (auto text : {"false", "False", "FALSE"}) EXPECT_EQ(plain(text), false) << text;
  for (auto text : {"nULL", "tRUE", "yes", "No", "on", "off", "y", "n", "nan", "inf", "+.nan"})
    EXPECT_EQ(plain(text), text) << "a text";
}

TEST(YamlSchema, ReadsIntegersThatFitExactly) {
  EXPECT_EQ(plain("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(plain("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(plain("18446744073709551616").is_number_float()) << "beyond 64 bits";
  EXPECT_TRUE(plain("-9223372036854775809").is_number_float());
  EXPECT_EQ(plain("+0012"), 12) << "no octal of YAML 1.1";
  EXPECT_EQ(plain("0o17"), 15);
  EXPECT_EQ(plain("0xfF"), 255);
  for (auto text : {"0x", "0o8", "-0x1", "1_000", "0b1"}) EXPECT_EQ(plain(text), text);
}

TEST(YamlSchema, ReadsReals) {
  EXPECT_EQ(plain("1e-4"), 1e-4);
  EXPECT_EQ(plain("-.5E+2"), -50.0);
  EXPECT_TRUE(plain("1.").is_number_float());
  EXPECT_TRUE(std::signbit(plain("-0.0").get<double>()));
  EXPECT_EQ(plain(".Inf"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(plain("-.inf"), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(plain(".NaN").get<double>()));
  for (auto text : {".", "-", "+", "e5", "1e", "1e+", "1.e5x", "1 2", "0x1p3"})
    EXPECT_EQ(plain(text), text) << "a text";
}

TEST(YamlSchema, RefusesNumbersOutOfRangeWithTheirPlace) {
  EXPECT_EQ(fault("?", "1e999"),
            "3:5: the number '1e999' is too large or too close to 0 for a double");
  EXPECT_EQ(fault("?", "-1e-999"),
            "3:5: the number '-1e-999' is too large or too close to 0 for a double");
  EXPECT_EQ(fault("?", "0x10000000000000000"),
            "3:5: the number '0x10000000000000000' is above 2^64");
}

TEST(YamlSchema, FollowsTags) {
  EXPECT_EQ(resolve_scalar("!", "12", {}), "12") << "quoted";
  EXPECT_EQ(resolve_scalar("", "12", {}), 12);
  auto tag = [](const std::string& name) { return std::string(core_tag) + name; };
  EXPECT_EQ(resolve_scalar(tag("str"), "true", {}), "true");
  EXPECT_EQ(resolve_scalar(tag("int"), "0x10", {}), 16);
  EXPECT_TRUE(resolve_scalar(tag("float"), "12", {}).is_number_float());
  EXPECT_EQ(resolve_scalar(tag("bool"), "False", {}), false);
  EXPECT_EQ(resolve_scalar(tag("null"), "~", {}), nullptr);
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"int", "1.5"}, {"bool", "1"}, {"null", "x"}, {"float", "x"}, {"seq", "1"}};
  for (const auto& [name, text] : wrong)
    EXPECT_EQ(fault(tag(name), text),
              "3:5: the tag '" + tag(name) + "' does not go with '" + text + "'; leave it out");
  EXPECT_EQ(fault("!mine", "1"), "3:5: the tag '!mine' does not go with '1'; leave it out");
}

TEST(YamlSchema, TakesWholeTextsForIntegers) {
  EXPECT_EQ(to_integer<std::uint8_t>("255", 10), 255);
  EXPECT_EQ(to_integer<std::uint8_t>("256", 10), std::nullopt);
  EXPECT_EQ(to_integer<int>("12x", 10), std::nullopt);
  EXPECT_EQ(to_integer<int>("", 10), std::nullopt);
  EXPECT_EQ(to_integer<int>("-ff", 16), -255);
}

}  // namespace
}  // namespace sherpa::study_file
