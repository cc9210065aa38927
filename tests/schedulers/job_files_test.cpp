#include "schedulers/job_files.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace sherpa::schedulers {
namespace {

using testing::HasSubstr;
using testing_support::Scratch;

TEST(JobFiles, ShowWhatIsUtf8AndReplaceWhatIsNot) {
  EXPECT_EQ(printable("plain, ä, €, 😀"), "plain, ä, €, 😀");
  EXPECT_EQ(printable("two\nlines\tand\x7f"), "two lines and ");
  EXPECT_EQ(printable("\xff|\xc3|\xed\xa0\x80|\xc0\xaf|\xf4\x90\x80\x80|\xe2\x82"),
            "\uFFFD|\uFFFD|\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD");
}

TEST(JobFiles, FindTheLastWords) {
  Scratch scratch;
  auto file = scratch / "out";
  auto of = [&](const std::string& text, std::uint64_t from = 0) {
    std::ofstream(file, std::ios::binary) << text;
    return last_words(file, from);
  };
  EXPECT_EQ(of("one\ntwo\n\n  \n"), "two");
  EXPECT_EQ(of("12 %\r50 %\r100 %\n"), "100 %");
  EXPECT_EQ(of("no end"), "no end");
  EXPECT_EQ(of("earlier\n", 8), "");
  EXPECT_EQ(of("", 100), "");
  EXPECT_EQ(of("\n\n"), "");
  EXPECT_EQ(of(std::string(100'000, '.') + "\nlast\n"), "last");
  EXPECT_EQ(of(std::string(100'000, '.')).size(), 300u);
  EXPECT_EQ(last_words(scratch / "none", 0), "");
}

TEST(JobFiles, SayWhatCannotBeRead) {
  EXPECT_THAT(job_end_from_json("{}").error().message, HasSubstr("does not say how it ended"));
  EXPECT_THAT(job_end_from_json(R"({"reason": "gone"})").error().message, HasSubstr("'gone'"));
  EXPECT_THAT(job_end_from_json(R"({"reason": "stopped"})").error().message, HasSubstr("why"));
  EXPECT_THAT(job_record_from_json(R"({"trial": 1})").error().message, HasSubstr("not whole"));
  EXPECT_FALSE(job_record_from_json("[1"));
}

}  // namespace
}  // namespace sherpa::schedulers
