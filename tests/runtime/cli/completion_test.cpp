#include "runtime/cli/manual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// With an option that has few values, and texts that shells would take for their own.
Described example() {
  const Described end{.name = "end",
                      .about = "Say how it's [over]",
                      .footer = {},
                      .options = {{.names = {"-s", "--status"},
                                   .value = "TEXT",
                                   .about = "how: it ended",
                                   .choices = {"completed", "failed"}},
                                  {.names = {"FILE"},
                                   .value = "TEXT",
                                   .about = "which",
                                   .choices = {},
                                   .positional = true}},
                      .commands = {}};
  return {.name = "sherpa", .about = {}, .footer = {}, .options = {}, .commands = {end}};
}

TEST(Completion, OffersCommandsOptionsValuesAndFilesInBash) {
  EXPECT_THAT(bash_completion(example()),
              AllOf(HasSubstr("'sherpa') words='end' ;;"),
                    HasSubstr("'sherpa end --status') words='completed failed' ;;"),
                    HasSubstr("'sherpa end') words='-s --status' files=yes ;;")));
}

TEST(Completion, EscapesTextsInZsh) {
  EXPECT_THAT(zsh_completion(example()),
              AllOf(HasSubstr("'end:Say how it'\\''s [over]'"),
                    HasSubstr("'--status[how\\: it ended]:TEXT:(completed failed)'"),
                    HasSubstr("'*:file:_files'")));
}

TEST(Completion, NamesShortAndLongOptionsInFish) {
  EXPECT_THAT(fish_completion(example()),
              AllOf(HasSubstr("-a 'end' -d 'Say how it'\\''s [over]'"),
                    HasSubstr(" -s s -l status -x -a 'completed failed' -d 'how: it ended'"),
                    HasSubstr("complete -c sherpa -n '__sherpa_at sherpa end' -F\n")));
}

}  // namespace
}  // namespace sherpa::cli
