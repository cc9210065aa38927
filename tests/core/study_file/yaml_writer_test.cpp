#include "core/study_file/yaml.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace sherpa::study_file {
namespace {

using space::json::Json;

TEST(YamlWriter, WritesBlocksDownToTheSecondLevel) {
  const Json value = Json::parse(R"({"a": 1, "run": {"command": ["x", "y z"], "deep": {"k": null}},
                                     "list": [{"name": "p"}, {"name": "q"}]})");
  EXPECT_EQ(
      to_yaml(value),
      "a: 1\nrun:\n  command: [x, \"y z\"]\n  deep: {k: null}\nlist:\n  - {name: p}\n  - {name: "
      "q}\n");
}

TEST(YamlWriter, QuotesTextsThatAnyReaderWouldTakeForSomethingElse) {
  for (const char* text : {"yes", "No", "NULL", "true", "1", "1e3", "", "a: b", "#x", "y"})
    EXPECT_EQ(to_yaml(Json(text)), Json(text).dump() + "\n") << text;
  for (const char* text : {"train", "90s", "a/b.py", "x-1"})
    EXPECT_EQ(to_yaml(Json(text)), std::string(text) + "\n");
}

TEST(YamlWriter, WritesNumbersThatReadBackAsTheSame) {
  EXPECT_EQ(to_yaml(Json(1e-7)), "1.0e-07\n");
  EXPECT_EQ(to_yaml(Json(2.0)), "2.0\n");
  EXPECT_EQ(to_yaml(Json(HUGE_VAL)), ".inf\n");
  EXPECT_EQ(to_yaml(Json(-HUGE_VAL)), "-.inf\n");
  EXPECT_EQ(to_yaml(Json(std::nan(""))), ".nan\n");
}

TEST(OneLine, RemovesLineBreaksAndTheMiddleOfLongTexts) {
  EXPECT_EQ(one_line("a\nb"), "a b");
  const auto cut = one_line(std::string(1000, 'a') + std::string(1000, 'b'));
  EXPECT_EQ(cut, std::string(400, 'a') + " … " + std::string(200, 'b'));
}

}  // namespace
}  // namespace sherpa::study_file
