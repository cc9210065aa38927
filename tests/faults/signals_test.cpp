#include "tests/support/process.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

// Programs that stop on signals, as users' programs do.
namespace sherpa {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_support::Process;
using testing_support::Scratch;

TEST(Signals, TheFirstEndsInOrder) {
  for (int number : {SIGINT, SIGTERM}) {
    Scratch scratch;
    auto study = scratch / "study";
    Process program({SHERPA_VICTIM, study, "patient", "random"});
    ASSERT_TRUE(program.says("running 1"));
    ASSERT_TRUE(program.says("running 2"));
    program.signal(number);
    const auto& outcome = program.wait();
    EXPECT_EQ(outcome.exit_code(), 130) << outcome.err;
    EXPECT_THAT(
        outcome.err,
        HasSubstr("stopping: running trials are asked to end; signal again to end at once"));
    // What was reported is stored, and the trials are not over: they run again.
    auto results = load_results(study);
    EXPECT_EQ(results.size(), 2u);
    EXPECT_TRUE(std::filesystem::exists(study / "results.csv"));
    EXPECT_THAT(testing_support::read_file(study / "lock"), HasSubstr("state=released"));
    Process again({SHERPA_VICTIM, study, "patient", "random"});
    EXPECT_TRUE(again.says("running 1")) << again.wait().err;
    EXPECT_TRUE(again.says("running 2")) << again.wait().err;
  }
}

TEST(Signals, TheSecondEndsAtOnce) {
  Scratch scratch;
  Process program({SHERPA_VICTIM, scratch / "study", "deaf", "random"});
  ASSERT_TRUE(program.says("running 1"));
  ASSERT_TRUE(program.says("running 2"));
  program.signal(SIGINT);
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().exit_code(), 130);
  EXPECT_EQ(load_results(scratch / "study").size(), 2u) << "what was reported is stored";
}

TEST(Signals, DeafTrialsAreLeftBehind) {
  Scratch scratch;
  Process program({SHERPA_VICTIM, scratch / "study", "deaf", "random", "--grace", "0"});
  ASSERT_TRUE(program.says("running 1"));
  ASSERT_TRUE(program.says("running 2"));
  program.signal(SIGTERM);
  const auto& outcome = program.wait();
  EXPECT_EQ(outcome.exit_code(), 130);
  EXPECT_THAT(outcome.err,
              HasSubstr("running trials did not end within 0 s; leaving without them"));
  EXPECT_EQ(load_results(scratch / "study").size(), 2u);
}

TEST(Signals, ASecondCoordinatorIsRefused) {
  Scratch scratch;
  Process program({SHERPA_VICTIM, scratch / "study", "patient", "random"});
  ASSERT_TRUE(program.says("running 1"));
  Process second({SHERPA_VICTIM, scratch / "study", "patient", "random"});
  const auto& outcome = second.wait();
  EXPECT_EQ(outcome.exit_code(), 3);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("is in use by process " + std::to_string(program.pid())),
                                 HasSubstr("stop it first")));
}

}  // namespace
}  // namespace sherpa
