#include "dashboard/http/json_body.hpp"

#include <sherpa/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace sherpa::dashboard {
namespace {

using testing::HasSubstr;

TEST(JsonBody, TakesNumbersAsPythonWritesThem) {
  auto body = parse_body(R"({"a": NaN, "b": [Infinity, -Infinity, 1], "NaN": "NaN, \" Infinity"})");
  ASSERT_TRUE(body);
  EXPECT_TRUE(std::isnan(read_number((*body)["a"])));
  EXPECT_EQ(read_number((*body)["b"][0]), std::numeric_limits<double>::infinity());
  EXPECT_EQ(read_number((*body)["b"][1]), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(read_number((*body)["b"][2]), 1);
  EXPECT_EQ((*body)["NaN"], "NaN, \" Infinity");
}

TEST(JsonBody, QuotesBareNumbersOnlyWhereAValueMayStand) {
  EXPECT_EQ(quote_bare_numbers("[NaN,-Infinity]"), R"(["NaN","-Infinity"])");
  EXPECT_EQ(quote_bare_numbers("{NaN: NaN}"), R"({NaN: "NaN"})");
  EXPECT_EQ(quote_bare_numbers(R"({"a": NaN, Infinity: 1})"), R"({"a": "NaN", Infinity: 1})");
  EXPECT_EQ(quote_bare_numbers("[NaNs, xNaN]"), "[NaNs, xNaN]");
  EXPECT_EQ(quote_bare_numbers(R"("\"NaN)"), R"("\"NaN)");
}

TEST(JsonBody, RefusesWithOneLineThatSaysWhy) {
  auto why = [](const std::string& text) {
    auto body = parse_body(text);
    EXPECT_FALSE(body) << text;
    auto message = body ? "" : body.error().message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return message;
  };
  EXPECT_THAT(why("{"), HasSubstr("not valid JSON"));
  EXPECT_THAT(why(""), HasSubstr("not valid JSON"));
  EXPECT_THAT(why("[1e400]"), HasSubstr("Infinity"));
  EXPECT_THAT(why(R"({"a": 1, "a": 2})"), HasSubstr("twice"));
  EXPECT_THAT(why(std::string(33, '[') + std::string(33, ']')), HasSubstr("nested"));
  EXPECT_TRUE(parse_body(std::string(32, '[') + std::string(32, ']')));
  EXPECT_TRUE(parse_body(R"([{"a": 1}, {"a": 2}])")) << "the same name in two objects";
}

TEST(JsonBody, ReadsNumbersAndNothingElse) {
  EXPECT_EQ(read_number(Body(3)), 3);
  for (const auto& wrong : {Body("3"), Body(nullptr), Body(true), Body::array()})
    EXPECT_THROW(read_number(wrong), Exception) << wrong;
}

}  // namespace
}  // namespace sherpa::dashboard
