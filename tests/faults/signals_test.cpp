#include "tests/support/process.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <csignal>

// Programs that stop on signals, as users' programs do.
namespace sherpa {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_support::Process;
using testing_support::Scratch;

TEST(Signals, TheFirstEndsInOrder) {
  for (int number : {SIGINT, SIGTERM, SIGHUP}) {
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

/// What `timeout` and some service managers do.
TEST(Signals, TwoAtOnceAreOne) {
  Scratch scratch;
  auto study = scratch / "study";
  Process program({SHERPA_VICTIM, study, "patient", "random"});
  ASSERT_TRUE(program.says("running 1"));
  ASSERT_TRUE(program.says("running 2"));
  program.signal(SIGTERM);
  program.signal(SIGTERM);
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().exit_code(), 130);
  EXPECT_TRUE(std::filesystem::exists(study / "results.csv"));
  EXPECT_THAT(testing_support::read_file(study / "lock"), HasSubstr("state=released"));
}

TEST(Signals, HangUpIsIgnoredUnderNohup) {
  Scratch scratch;
  Process program({SHERPA_VICTIM, scratch / "study", "patient", "random"}, {},
                  [] { std::signal(SIGHUP, SIG_IGN); });
  ASSERT_TRUE(program.says("running 1"));
  program.signal(SIGHUP);
  program.signal(SIGTERM);
  const auto& outcome = program.wait();
  EXPECT_EQ(outcome.exit_code(), 130) << outcome.err;
}

/// `program 2>&1 | tee log` after Ctrl-C, which ends tee first; a terminal that is gone.
TEST(Signals, OutputThatNobodyCanReadEndsNothing) {
  Scratch scratch;
  auto study = scratch / "study";
  std::array<int, 2> broken{};
  ASSERT_EQ(pipe2(broken.data(), O_CLOEXEC), 0);
  close(broken[0]);
  Process program({"/bin/sh", "-c", "exec \"$0\" \"$1\" patient random 2>&9", SHERPA_VICTIM, study},
                  {}, [&] { dup2(broken[1], 9); });
  close(broken[1]);
  ASSERT_TRUE(program.says("running 1"));
  ASSERT_TRUE(program.says("running 2"));
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().exit_code(), 130);
  EXPECT_TRUE(std::filesystem::exists(study / "results.csv"));
}

/// A pager, a terminal stopped with Ctrl-S, a stalled connection.
TEST(Signals, OutputThatNobodyReadsHoldsNothingUp) {
  Scratch scratch;
  auto study = scratch / "study";
  std::array<int, 2> full{};
  ASSERT_EQ(pipe2(full.data(), O_CLOEXEC | O_NONBLOCK), 0);
  while (write(full[1], "x", 1) == 1) {}
  ASSERT_EQ(fcntl(full[1], F_SETFL, 0), 0);
  Process program({"/bin/sh", "-c", "exec \"$0\" \"$1\" patient random 2>&9", SHERPA_VICTIM, study},
                  {}, [&] { dup2(full[1], 9); });
  ASSERT_TRUE(program.says("running 1"));
  ASSERT_TRUE(program.says("running 2"));
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().exit_code(), 130);
  EXPECT_TRUE(std::filesystem::exists(study / "results.csv"));
  close(full[0]);
  close(full[1]);
}

TEST(Signals, TheSecondEndsAtOnce) {
  Scratch scratch;
  Process program({SHERPA_VICTIM, scratch / "study", "deaf", "random"});
  ASSERT_TRUE(program.says("running 1"));
  ASSERT_TRUE(program.says("running 2"));
  // One within a second of the first does not count: send it until it does.
  testing_support::wait_until([&] {
    program.signal(SIGINT);
    return program.has_ended();
  });
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
