#include "tests/support/command_study.hpp"

#include <gmock/gmock.h>

// What a command prints is its result: output that could not be written is a failure.
namespace sherpa {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using testing_support::read_file;

class OutputTest : public testing_support::CommandStudy {
 protected:
  void SetUp() override {
    write_study("sherpa trial report --objective {x}", 2);
    ASSERT_EQ(call({"run", file}).exit_code(), 0);
  }
  static constexpr std::initializer_list<const char*> printing{"export out --csv",
                                                               "export out --json",
                                                               "export out --html",
                                                               "status out",
                                                               "status out --json",
                                                               "run study.yaml",
                                                               "run study.yaml --json",
                                                               "predict out",
                                                               "predict out --json",
                                                               "algorithms",
                                                               "algorithms --json",
                                                               "algorithms RandomSearch",
                                                               "validate study.yaml",
                                                               "validate study.yaml --json",
                                                               "version",
                                                               "version --json",
                                                               "--version",
                                                               "--help",
                                                               "run --help"};
};

TEST_F(OutputTest, ToAFullDeviceIsAFailureOfEveryCommand) {
  for (const std::string arguments : printing) {
    auto done = call_into("> /dev/full", arguments);
    EXPECT_EQ(done.exit_code(), 4) << arguments;
    EXPECT_THAT(done.err, testing::EndsWith("sherpa: cannot write to standard output: No space "
                                            "left on device\n"))
        << arguments;
  }
}

TEST_F(OutputTest, ToAClosedPipeOrDescriptorIsAFailure) {
  for (const std::string arguments : printing) {
    // The reader has gone before the command writes.
    auto piped =
        call_into("2> err | true; code=${PIPESTATUS[0]}; cat err >&2; exit $code",
                  arguments.starts_with("run s") ? arguments + " --no-dashboard" : arguments);
    if (piped.exit_code() != 0) {
      EXPECT_EQ(piped.exit_code(), 4) << arguments;
      EXPECT_THAT(piped.err, HasSubstr("cannot write to standard output: Broken pipe"));
    }
    auto closed = call_into(">&-", arguments);
    EXPECT_EQ(closed.exit_code(), 4) << arguments;
    EXPECT_THAT(closed.err, HasSubstr("cannot write to standard output: Bad file descriptor"));
  }
}

TEST_F(OutputTest, ToAReaderThatHasGoneIsOneLine) {
  ASSERT_EQ(mkfifo((scratch / "pipe").c_str(), 0600), 0);
  // The pipe has a reader when it is opened, and none when the command writes.
  auto done = call_into("3<> pipe > pipe 3<&-", "export out --csv");
  EXPECT_EQ(done.exit_code(), 4);
  EXPECT_EQ(done.err, "sherpa: cannot write to standard output: Broken pipe\n");
}

TEST_F(OutputTest, OfAResultsTableThatCannotBeWrittenIsAFailure) {
  fs::remove(output / "results.csv");
  fs::create_directories(output / "results.csv/in the way");
  auto done = call({"run", file});
  EXPECT_EQ(done.exit_code(), 4);
  EXPECT_THAT(done.err, HasSubstr("cannot write " + (output / "results.csv").string()));
  EXPECT_THAT(done.err, HasSubstr("the study itself is stored"));
  EXPECT_THAT(done.out, Not(HasSubstr("all results")));
  EXPECT_EQ(call({"export", output, "--csv"}).exit_code(), 0);
}

TEST_F(OutputTest, OfFormulasIsGuardedUnlessItIsWantedRaw) {
  output = scratch / "other";
  write_study("sherpa trial report --objective 1 --context @sum=3", 1);
  ASSERT_EQ(call({"run", file}).exit_code(), 0);
  EXPECT_THAT(call({"export", output, "--csv"}).out, HasSubstr(",Objective,'@sum\n"));
  EXPECT_THAT(call({"export", output, "--csv", "--raw"}).out, HasSubstr(",Objective,@sum\n"));
  EXPECT_EQ(call({"export", output, "--json", "--raw"}).exit_code(), 2);
}

}  // namespace
}  // namespace sherpa
