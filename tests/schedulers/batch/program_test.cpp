#include "schedulers/batch/program.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace sherpa::schedulers {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::read_file;
using testing_support::Scratch;

ProgramRun shell(const std::string& script) { return {.words = {"sh", "-c", script}}; }

TEST(Program, GetsItsInputAndReturnsWhatItPrints) {
  auto run = shell("read line; echo out: $line; echo err >&2; exit 3");
  run.input = "in\n";
  auto end = run_program(run);
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->exit_code, 3);
  EXPECT_EQ(end->out, "out: in\n");
  EXPECT_EQ(end->err, "err\n");
  EXPECT_EQ(complaint(*end), "err");
}

TEST(Program, PrintsIntoAFileAndSeesOnlyWhatItMay) {
  Scratch scratch;
  ::setenv("SHERPA_PROGRAM_TEST", "seen", 1);
  auto run = shell("echo \"[$SHERPA_PROGRAM_TEST]\"");
  run.output = scratch / "out";
  EXPECT_EQ(run_program(run)->out, "[seen]\n");
  run.without = [](std::string_view name) { return name == "SHERPA_PROGRAM_TEST"; };
  EXPECT_EQ(run_program(run)->out, "[]\n");
  EXPECT_EQ(read_file(scratch / "out"), "[]\n");
  ::unsetenv("SHERPA_PROGRAM_TEST");
}

TEST(Program, FailsWhenThereIsNoneOrASignalOrTimeEndsIt) {
  EXPECT_EQ(run_program({.words = {"sherpa-no-such-program"}}).error().code,
            Errc::invalid_argument);
  EXPECT_THAT(run_program(shell("echo why >&2; kill -9 $$")).error().message,
              HasSubstr("was ended by a signal: why"));
  auto slow = shell("sleep 60");
  slow.patience = 50ms;
  EXPECT_EQ(run_program(slow).error().code, Errc::wrong_state);
}

TEST(Program, PrintsLinesWithEitherEnd) {
  std::vector<std::string> lines;
  each_line("a\r\n\nb", [&](std::string_view line) { lines.emplace_back(line); });
  EXPECT_THAT(lines, ElementsAre("a", "", "b"));
}

}  // namespace
}  // namespace sherpa::schedulers
