#include "tests/support/process.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

// The main job of ./quickstart, smaller.
namespace sherpa {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_support::Process;
using testing_support::Scratch;

TEST(Digits, FindsAGoodNetworkAndRunsTwice) {
  Scratch scratch;
  std::vector<std::string> command{SHERPA_DIGITS, scratch / "a b", "--trials", "6", "--epochs", "20"};
  auto first = Process(command).wait();
  ASSERT_EQ(first.exit_code(), 0) << first.err;
  EXPECT_THAT(first.out, AllOf(HasSubstr("best validation accuracy 0.9"), HasSubstr((scratch / "a b/results.csv").string()),
                               HasSubstr("run it again   "), HasSubstr("a b'")));
  EXPECT_THAT(first.err, HasSubstr("6 of 6 trials"));
  auto table = testing_support::read_file(scratch / "a b/results.csv");
  auto second = Process(command).wait();
  EXPECT_EQ(second.exit_code(), 0);
  EXPECT_EQ(second.out, first.out);
  EXPECT_EQ(testing_support::read_file(scratch / "a b/results.csv"), table);
}

TEST(Digits, InterruptedItGoesOn) {
  Scratch scratch;
  auto study = scratch / "study";
  std::vector<std::string> command{SHERPA_DIGITS, study, "--trials", "5", "--epochs", "15", "--jobs", "2"};
  Process interrupted(command);
  // The first checkpoint means that the first trial has ended.
  while (!std::filesystem::exists(study / "checkpoints") || std::filesystem::is_empty(study / "checkpoints"))
    std::this_thread::yield();
  interrupted.signal(SIGINT);
  auto outcome = interrupted.wait();
  EXPECT_EQ(outcome.exit_code(), 130) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("it goes on where it was"));
  auto resumed = Process(command).wait();
  EXPECT_EQ(resumed.exit_code(), 0) << resumed.err;
  auto results = load_results(study);
  EXPECT_EQ(results.with_status(TrialStatus::completed).size() + results.with_status(TrialStatus::stopped).size(), 5u);
}

TEST(Digits, SaysWhatIsWrongWithItsArguments) {
  for (auto [arguments, message] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"--trials", "many"}, "--trials needs a whole number from 1, not 'many'"},
           {{"--colour"}, "--colour needs a value"},
           {{"--colour", "red"}, "unknown option --colour"}}) {
    arguments.insert(arguments.begin(), SHERPA_DIGITS);
    auto outcome = Process(arguments).wait();
    EXPECT_EQ(outcome.exit_code(), 2);
    EXPECT_THAT(outcome.err, HasSubstr(message));
  }
  auto missing = Process({SHERPA_DIGITS, "/dev/shm/never-made", "--data", "/nowhere/digits.csv.gz"}).wait();
  EXPECT_EQ(missing.exit_code(), 1);
  EXPECT_THAT(missing.err, HasSubstr("/nowhere/digits.csv.gz"));
}

}  // namespace
}  // namespace sherpa
