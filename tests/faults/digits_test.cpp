#include "tests/support/process.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <functional>
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
  std::vector<std::string> command{SHERPA_DIGITS, scratch / "a b", "--trials",
                                   "6",           "--epochs",      "20"};
  auto first = Process(command).wait();
  ASSERT_EQ(first.exit_code(), 0) << first.err;
  EXPECT_THAT(first.out, AllOf(HasSubstr("best validation accuracy 0.9"),
                               HasSubstr((scratch / "a b/results.csv").string()),
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
  std::vector<std::string> command{SHERPA_DIGITS, study, "--trials", "5",
                                   "--epochs",    "15",  "--jobs",   "2"};
  Process interrupted(command);
  // The first checkpoint means that the first trial has ended.
  while (!std::filesystem::exists(study / "checkpoints") ||
         std::filesystem::is_empty(study / "checkpoints"))
    std::this_thread::yield();
  interrupted.signal(SIGINT);
  auto outcome = interrupted.wait();
  EXPECT_EQ(outcome.exit_code(), 130) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("it resumes where it stopped"));
  auto resumed = Process(command).wait();
  EXPECT_EQ(resumed.exit_code(), 0) << resumed.err;
  auto results = load_results(study);
  EXPECT_EQ(results.with_status(TrialStatus::completed).size() +
                results.with_status(TrialStatus::stopped).size(),
            5u);
}

/// Every trial that resumes from another continues its curve, and nothing is trained twice.
void expect_curves_that_go_on(const std::filesystem::path& study,
                              const std::function<std::int64_t(const Configuration&)>& last) {
  auto results = load_results(study);
  std::size_t gone_on = 0;
  for (const auto& row : results.with_status(TrialStatus::completed)) {
    auto from = row.parameters().get<std::string>("load_from");
    std::int64_t before = 0;
    if (!from.empty()) {
      ++gone_on;
      for (const auto& other : results.with_status(TrialStatus::completed))
        if (std::to_string(other.trial_id()) == from) before = other.iteration();
      EXPECT_GT(before, 0) << "trial " << row.trial_id();
    }
    std::int64_t least = row.iteration();
    for (const auto& seen : results.of_trial(row.trial_id()))
      least = std::min(least, seen.iteration());
    EXPECT_EQ(least, before + 1) << "trial " << row.trial_id();
    EXPECT_EQ(row.iteration(), last(row.parameters())) << "trial " << row.trial_id();
  }
  EXPECT_GT(gone_on, 0u);
}

TEST(Digits, HalvingPromotesWithItsCheckpoints) {
  Scratch scratch;
  auto outcome = Process({SHERPA_DIGITS_HALVING, scratch / "study", "1"}).wait();
  ASSERT_EQ(outcome.exit_code(), 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("best validation accuracy 0.9"));
  expect_curves_that_go_on(scratch / "study",
                           [](const Configuration& c) { return c.get<std::int64_t>("resource"); });
}

TEST(Digits, PopulationTrainsOnWithItsCheckpoints) {
  Scratch scratch;
  auto outcome = Process({SHERPA_DIGITS_POPULATION, scratch / "study", "3", "5"}).wait();
  ASSERT_EQ(outcome.exit_code(), 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("best validation accuracy 0.9"));
  expect_curves_that_go_on(scratch / "study", [](const Configuration& c) {
    return 3 * c.get<std::int64_t>("generation");
  });
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
  auto missing =
      Process({SHERPA_DIGITS, "/dev/shm/never-made", "--data", "/nowhere/digits.csv.gz"}).wait();
  EXPECT_EQ(missing.exit_code(), 1);
  EXPECT_THAT(missing.err, HasSubstr("/nowhere/digits.csv.gz"));
}

}  // namespace
}  // namespace sherpa
