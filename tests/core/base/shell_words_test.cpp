#include "core/base/shell_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::base {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> split(std::string_view line) { return base::split_words(line).or_throw(); }

TEST(Words, AreWhatAShellWouldMakeOfALine) {
  EXPECT_THAT(split("--mem=4G  -p\tgpu"), ElementsAre("--mem=4G", "-p", "gpu"));
  EXPECT_THAT(split("-J 'my job' --comment=\"a \\\"b\\\" $HOME\""),
              ElementsAre("-J", "my job", "--comment=a \"b\" $HOME"));
  EXPECT_THAT(split("a\\ b 'it'\\''s'"), ElementsAre("a b", "it's"));
  EXPECT_THAT(split("'' x"), ElementsAre("", "x"));
  EXPECT_THAT(split("'a\\b' \"a\\b\""), ElementsAre("a\\b", "a\\b"));
  EXPECT_THAT(split(" \n "), IsEmpty());
}

TEST(Words, WithAQuoteThatIsNotClosedAreRefused) {
  auto words = base::split_words("-J 'my job");
  ASSERT_FALSE(words);
  EXPECT_THAT(words.error().message, HasSubstr("not closed"));
}

TEST(Words, QuotedForAShellAreReadAsTheyWere) {
  for (std::string word : {"plain", "", "it's", "a b", "$HOME `x` \"y\" \\", "line\nbreak"})
    EXPECT_THAT(split("x " + base::shell_quote(word)), ElementsAre("x", word));
}

}  // namespace
}  // namespace sherpa::base
