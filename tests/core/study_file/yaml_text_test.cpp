#include "core/study_file/yaml_text.hpp"

#include <gtest/gtest.h>

namespace sherpa::study_file {
namespace {

constexpr std::size_t enough = 1u << 20;

std::string cleaned(std::string_view text) { return clean_text(text, enough); }

/// `line:column: what` of the refusal.
std::string fault(std::string_view text, std::size_t most = enough) {
  try {
    clean_text(text, most);
  } catch (const Fault& fault) {
    return std::to_string(fault.at.line) + ":" + std::to_string(fault.at.column) + ": " +
           fault.what;
  }
  return "taken";
}

TEST(CleanText, MakesOneLineEndOfAll) {
  EXPECT_EQ(cleaned("a\r\nb\rc\nd"), "a\nb\nc\nd");
  EXPECT_EQ(cleaned("a\r\r\nb"), "a\n\nb");
  EXPECT_EQ(cleaned("\r"), "\n");
  EXPECT_EQ(cleaned(""), "");
}

TEST(CleanText, TakesOffAByteOrderMarkAtTheBeginningOnly) {
  EXPECT_EQ(cleaned("\xef\xbb\xbf"
                    "a"),
            "a");
  EXPECT_EQ(cleaned("a\xef\xbb\xbf"), "a\xef\xbb\xbf");
}

TEST(CleanText, NamesThePlaceInCharacters) {
  EXPECT_EQ(fault("é: \xff"), "1:4: this is not UTF-8; save the file as UTF-8");
  EXPECT_EQ(fault("a\r\nb\r\x01"),
            "3:1: there is a control character; write it as an escape within double quotes");
  EXPECT_EQ(fault("a:\t1"), "taken") << "a tab is not refused here";
}

TEST(CleanText, RefusesOtherEncodingsAndTooMuch) {
  EXPECT_EQ(fault("\xfe\xff"), "1:1: the file is UTF-16; save it as UTF-8");
  EXPECT_EQ(fault("abc", 3), "taken");
  EXPECT_EQ(fault("abcd", 3), "1:1: the file is larger than 16 MiB");
}

TEST(CleanText, CountsBracketsThatAreNotClosed) {
  EXPECT_EQ(fault(std::string(10'000, '[')), "taken") << "what is left to the parser";
  EXPECT_EQ(fault(std::string(10'001, '{')), "1:10001: it is nested more than 64 levels deep");
  std::string pairs;
  for (int i = 0; i < 20'000; ++i) pairs += "[]";
  EXPECT_EQ(fault(pairs), "taken");
}

std::string joined(std::string text) {
  join_surrogates(text);
  return text;
}

TEST(JoinSurrogates, MakesOneEscapeOfTwo) {
  EXPECT_EQ(joined(R"({"a": "\ud83d\ude00"})"), R"({"a": "\U0001f600"})");
  EXPECT_EQ(joined(R"({"a": "\uD83D\uDE00x\udbff\udfff"})"), R"({"a": "\U0001f600x\U0010ffff"})");
  EXPECT_EQ(joined("\n {\"\\ud83d\\ude00\": 1}"), "\n {\"\\U0001f600\": 1}");
}

TEST(JoinSurrogates, LeavesEverythingElseAlone) {
  for (const std::string text :
       {R"({"a": "\\ud83d\\ude00"})", R"({"a": "\u00e9\n\""})", R"(a: "\ud83d\ude00")",
        R"({a: "\ud83d\ude00"})", R"({"a": "x"})", "", "{", R"({"a": "\ud83d"})"})
    EXPECT_EQ(joined(text), text);
}

}  // namespace
}  // namespace sherpa::study_file
