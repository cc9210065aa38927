#include "runtime/cli/manual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(ManualPages, HaveOnePageACommand) {
  const Described get{
      .name = "get-all",
      .about = "Print a value",
      .footer = "Example: lr=$(sherpa get-all lr)",
      .options = {{.names = {"-j", "--json"}, .value = "", .about = "for programs", .choices = {}},
                  {.names = {"NAME"},
                   .value = "TEXT",
                   .about = "which",
                   .choices = {},
                   .positional = true,
                   .required = true,
                   .repeated = true}},
      .commands = {}};
  const Described program{
      .name = "sherpa", .about = "tunes", .footer = "a note", .options = {}, .commands = {get}};
  auto pages = manual_pages(program, "1.2");
  ASSERT_EQ(pages.size(), 2u);
  EXPECT_EQ(pages[0].first, "sherpa");
  EXPECT_THAT(pages[0].second, AllOf(HasSubstr(".TH SHERPA 1 \"\" \"sherpa 1.2\""),
                                     HasSubstr(".SH COMMANDS\n.TP\n.BR sherpa\\-get\\-all (1)\n"),
                                     HasSubstr(".SH NOTES\na note\n")));
  EXPECT_EQ(pages[1].first, "sherpa-get-all");
  EXPECT_THAT(pages[1].second,
              AllOf(HasSubstr(".B sherpa get\\-all\n[\\fB\\-\\-json\\fR]\n\\fINAME\\fR...\n"),
                    HasSubstr("\\fB\\-j\\fR, \\fB\\-\\-json\\fR"),
                    HasSubstr(".SH EXAMPLE\n.nf\nlr=$(sherpa get\\-all lr)\n.fi\n"),
                    HasSubstr(".SH SEE ALSO\n.BR sherpa (1)\n")));
}

TEST(ManualPages, EscapeWhatRoffWouldTakeForItsOwn) {
  const Described program{
      .name = "sherpa", .about = ".x \\ y", .footer = {}, .options = {}, .commands = {}};
  EXPECT_THAT(manual_pages(program, "1")[0].second, HasSubstr("\\- \\&.x \\e y\n"));
}

}  // namespace
}  // namespace sherpa::cli
