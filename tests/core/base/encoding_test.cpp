#include "core/base/encoding.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace sherpa::base {
namespace {

TEST(Encoding, PrintsUtf8AndReplacesInvalidBytes) {
  EXPECT_EQ(printable("plain, ä, €, 😀"), "plain, ä, €, 😀");
  EXPECT_EQ(printable("two\nlines\tand\x7f"), "two lines and ");
  EXPECT_EQ(printable("\xff|\xc3|\xed\xa0\x80|\xc0\xaf|\xf4\x90\x80\x80|\xe2\x82"),
            "\uFFFD|\uFFFD|\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD");
}

TEST(Encoding, WritesHexadecimal) {
  EXPECT_EQ(hexadecimal(""), "");
  EXPECT_EQ(hexadecimal(std::string("\0\x0f\xf0\xff", 4)), "000ff0ff");
}

TEST(Encoding, WritesBase64AsRfc4648) {
  for (auto [bytes, text] : {std::pair("", ""),
                             {"f", "Zg=="},
                             {"fo", "Zm8="},
                             {"foo", "Zm9v"},
                             {"foobar", "Zm9vYmFy"},
                             {"\xff\xfe\xfd", "//79"}})
    EXPECT_EQ(base64(bytes), text);
}

TEST(Encoding, KnowsTheLengthOfASequence) {
  EXPECT_EQ(utf8_sequence("a"), 1u);
  EXPECT_EQ(utf8_sequence("ä!"), 2u);
  EXPECT_EQ(utf8_sequence("€"), 3u);
  EXPECT_EQ(utf8_sequence("😀"), 4u);
  for (const char* invalid :
       {"", "\x80", "\xc1\xbf", "\xe2\x82", "\xed\xa0\x80", "\xf5\x80\x80\x80"})
    EXPECT_EQ(utf8_sequence(invalid), 0u) << hexadecimal(invalid);
}

}  // namespace
}  // namespace sherpa::base
