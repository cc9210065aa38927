#include "core/study_file/yaml.hpp"

#include "tests/support/study_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace sherpa::study_file {
namespace {

using testing::HasSubstr;
using testing_support::refusal;
using testing_support::running;
using testing_support::taken;

YamlDocument document(std::string_view text) {
  auto parsed = YamlDocument::parse(text, "study.yaml");
  return *std::move(parsed);
}

TEST(YamlDocument, KnowsThePlaceOfEachEntry) {
  const auto yaml = document("a:\n  - 1\n  - b: 1e-4\n    'c d': 'x'\n");
  const auto& entry = yaml.root()["a"][1];
  EXPECT_EQ(yaml.line_of(entry["b"]), 3);
  EXPECT_EQ(yaml.line_of(entry["c d"]), 4);
  EXPECT_EQ(yaml.path_of(entry["b"]), "a[1].b");
  EXPECT_EQ(yaml.path_of(yaml.root()), "");
  EXPECT_EQ(*yaml.source_of(entry["b"]), "1e-4");
  EXPECT_EQ(yaml.source_of(entry["c d"]), nullptr) << "quoted";
  EXPECT_EQ(yaml.error(entry["b"], "too small").message, "study.yaml:3: a[1].b: too small");
}

TEST(YamlDocument, TellsAliasesApartByTheirPlace) {
  const auto yaml = document("a: &x [1]\nb: *x\n");
  EXPECT_EQ(yaml.root()["a"], yaml.root()["b"]);
  EXPECT_EQ(yaml.path_of(yaml.root()["b"][0]), "b[0]");
}

TEST(YamlDocument, RefusesWhatIsNoYaml) {
  const std::string empty =
      "study.yaml:1:1: the file is empty; a study file begins with 'sherpa: 1'";
  EXPECT_EQ(refusal(""), empty);
  EXPECT_EQ(refusal("# nothing\n\n"), empty);
  EXPECT_EQ(refusal("---\n...\n"), empty);
  EXPECT_EQ(refusal("[1]"),
            "study.yaml:1: expected a map that begins with 'sherpa: 1', not a list");
  EXPECT_EQ(refusal("hello"),
            "study.yaml:1: expected a map that begins with 'sherpa: 1', not 'hello'");
  EXPECT_EQ(refusal("a:\n\tb: 1\n"),
            "study.yaml:2:3: illegal map value; indent with spaces, not tabs");
  EXPECT_EQ(
      refusal("a: b: c"),
      "study.yaml:1:5: illegal map value; check the indentation, and quote a text that holds ': '");
  EXPECT_EQ(
      refusal("a: {b: 1\nc: 3\n"),
      "study.yaml:2:2: end of map flow not found; is a comma missing, or a bracket not closed?");
  EXPECT_EQ(refusal("a: 1\nb: \"x\nc: 2\n"),
            "study.yaml:2:1: a quoted text that begins after this is not closed");
  EXPECT_EQ(refusal("a: @x"),
            "study.yaml:1:4: unknown token; quote a text that begins with @, ` or %");
  EXPECT_EQ(
      refusal("a: *x"),
      "study.yaml:1:4: the referenced anchor is not defined; quote a text that begins with *");
  EXPECT_EQ(refusal("a: &a [*a]"),
            "study.yaml:1:8: an alias stands for something that contains it");
  EXPECT_EQ(refusal("a: 1\n---\nb: 1\n"),
            "study.yaml:2:1: there is something after the end of the document; a study file is one "
            "document");
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"),
            "study.yaml:3:1: the key 'a' is here a second time; the first is in line 1");
  EXPECT_EQ(refusal("? [a]\n: 1\n"), "study.yaml:1:3: a key must be a text, not a list or a map");
  EXPECT_EQ(refusal("a: !mine 1"),
            "study.yaml:1:4: the tag '!mine' does not go with '1'; leave it out");
  EXPECT_EQ(refusal("a: !mine [1]"),
            "study.yaml:1:4: the tag '!mine' is unknown here; leave it out");
  EXPECT_EQ(refusal("a: !!int x"),
            "study.yaml:1:4: the tag 'tag:yaml.org,2002:int' does not go with 'x'; leave it out");
  EXPECT_EQ(refusal("a: 1e999"),
            "study.yaml:1:4: the number '1e999' is too large or too close to 0 for a double");
  EXPECT_EQ(refusal("a: 0x11111111111111111"),
            "study.yaml:1:4: the number '0x11111111111111111' is above 2^64");
}

TEST(YamlDocument, RefusesWhatIsNoText) {
  EXPECT_EQ(refusal("a: 1\nb: x\xff\n"),
            "study.yaml:2:5: this is not UTF-8; save the file as UTF-8");
  EXPECT_EQ(refusal("a: \xc0\x80"), "study.yaml:1:4: this is not UTF-8; save the file as UTF-8");
  EXPECT_EQ(refusal("a: \xed\xa0\x80"),
            "study.yaml:1:4: this is not UTF-8; save the file as UTF-8");
  EXPECT_EQ(refusal("a: \xf0\x9f"), "study.yaml:1:4: this is not UTF-8; save the file as UTF-8");
  EXPECT_EQ(refusal(std::string_view("\xff\xfe"
                                     "a\0:\0",
                                     6)),
            "study.yaml:1:1: the file is UTF-16; save it as UTF-8");
  EXPECT_EQ(
      refusal(std::string_view("a: \0", 4)),
      "study.yaml:1:4: there is a control character; write it as an escape within double quotes");
}

TEST(YamlDocument, RefusesWhatWouldGrowWithoutBound) {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    auto before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 1; k < 10; ++k) laughs += ", " + before;
    laughs += "]\n";
  }
  EXPECT_THAT(refusal(laughs),
              HasSubstr("study.yaml:6:55: there are more than 1000000 values or 64 levels"));

  auto nested = [](std::size_t n) { return "a: " + std::string(n, '[') + std::string(n, ']'); };
  EXPECT_THAT(refusal(nested(63)), HasSubstr("the field 'sherpa' is missing"));
  EXPECT_EQ(refusal(nested(64)), "study.yaml:1:67: it is nested more than 64 levels deep");
  EXPECT_THAT(refusal(std::string(8'000'000, '[')), HasSubstr("nested more than 64 levels deep"));
  std::string blocks, indent;
  for (int i = 0; i < 600; ++i, indent += ' ') blocks += indent + "a:\n";
  EXPECT_EQ(refusal(blocks), "study.yaml:65:65: it is nested more than 64 levels deep");
  // Aliases are as deep as what they stand for.
  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 70; ++i)
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
             "]\n";
  EXPECT_THAT(refusal(chain), HasSubstr("more than 1000000 values or 64 levels"));
  EXPECT_EQ(refusal(std::string((16u << 20) + 1, '#')),
            "study.yaml:1:1: the file is larger than 16 MiB");
}

TEST(YamlDocument, ReadsTheCoreSchemaOfYaml12) {
  auto value = [](const std::string& text) {
    auto file =
        taken("sherpa: 1\nlower_is_better: true\nparameters: [{name: x, type: choice, range: [" +
              text + "]}]\nalgorithm: {name: RandomSearch}\nrun: {command: [train]}\n");
    return file.setup.parameters[0].as<Choice>()->values[0];
  };
  EXPECT_EQ(value("1e-4"), Value(1e-4));
  EXPECT_EQ(value("-.5"), Value(-0.5));
  EXPECT_EQ(value("+12"), Value(12));
  EXPECT_EQ(value("1."), Value(1.0));
  EXPECT_EQ(value("64.0"), Value(64.0));
  EXPECT_EQ(value("010"), Value(10));  // no octal of YAML 1.1
  EXPECT_EQ(value("0o10"), Value(8));
  EXPECT_EQ(value("0xFf"), Value(255));
  EXPECT_EQ(value("-9223372036854775808"), Value(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(value("True"), Value(true));
  EXPECT_EQ(value("FALSE"), Value(false));
  for (auto text : {"yes", "no", "on", "off", "y", "1_000", "12:30", "1e", "e5", ".", "-", "0x",
                    "0o8", "+.e1", "tRue"})
    EXPECT_EQ(value(text), Value(text));
  EXPECT_EQ(value("'1e-4'"), Value("1e-4"));
  EXPECT_EQ(value("\"true\""), Value("true"));
  EXPECT_EQ(value("!!str 12"), Value("12"));
  EXPECT_EQ(value("!!float 12"), Value(12.0));
  EXPECT_EQ(value("\"\\u00e9\\x41\""), Value("éA"));
}

TEST(YamlDocument, TakesJson) {
  std::string json = R"({"sherpa": 1, "name": "a\/b\ud83d\ude00\\ud83d", "lower_is_better": false,
	"parameters": [{"name": "lr", "type": "continuous", "range": [1E-4, 0.1], "scale": "log"}],
	"algorithm": {"name": "RandomSearch", "max_num_trials": null},
	"run": {"command": ["train", "{lr}", 1, true], "timeout": null}})";
  EXPECT_THAT(refusal(json), HasSubstr("the name 'a/b😀\\ud83d' cannot be that of a directory"));
  json.replace(json.find("\\/"), 2, "-");
  auto file = taken(json);
  EXPECT_EQ(file.setup.name, "a-b😀\\ud83d");
  EXPECT_EQ(file.run.command,
            (study_file::RunSpec{.command = std::vector<std::string>{"train", "{lr}", "1", "true"}}
                 .command));
}

TEST(YamlDocument, TakesOtherLineEndsAndAByteOrderMark) {
  auto expected = taken(running("timeout: 90s"));
  auto with_ends = [](std::string text, const std::string& end) {
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += end.size())
      text.replace(at, 1, end);
    return text;
  };
  EXPECT_EQ(taken(with_ends(running("timeout: 90s"), "\r\n")), expected);
  EXPECT_EQ(taken(with_ends(running("timeout: 90s"), "\r")), expected);
  EXPECT_EQ(taken("\xef\xbb\xbf" + running("timeout: 90s")), expected);
  EXPECT_EQ(taken("%YAML 1.2\n---\n" + running("timeout: 90s") + "...\n"), expected);
  EXPECT_THAT(refusal(with_ends(running("timeout: x"), "\r\n")),
              HasSubstr("study.yaml:8: run.timeout"));
}

TEST(YamlDocument, ResolvesAliases) {
  auto file = taken(
      "sherpa: 1\nlower_is_better: true\nparameters: [{name: a, type: ordinal, range: &r [1, 2]}, "
      "{name: b, type: choice, range: "
      "*r}]\nalgorithm: {name: RandomSearch}\nrun: {command: [train]}\n");
  EXPECT_EQ(file.setup.parameters[1], Parameter(Choice{"b", {1, 2}}));
}

}  // namespace
}  // namespace sherpa::study_file
