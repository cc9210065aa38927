#include "runtime/coordinator/results_writer.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <vector>

namespace sherpa::runtime {
namespace {

using testing::HasSubstr;
using testing_support::read_file;
using testing_support::Scratch;

TEST(WriteResults, ReplacesTheTableAsAWhole) {
  Scratch scratch;
  std::ofstream(scratch / "results.csv") << "an older table";
  ASSERT_TRUE(write_results(scratch.path(), Results()));
  EXPECT_THAT(read_file(scratch / "results.csv"), HasSubstr("Trial-ID,Status,Iteration"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "results.csv.new"));
}

TEST(WriteResults, NamesTheFileThatItCannotWrite) {
  Scratch scratch;
  auto done = write_results(scratch / "none", Results());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::store);
  EXPECT_THAT(done.error().message,
              HasSubstr("cannot write " + (scratch / "none" / "results.csv").string()));
}

TEST(ResultsWriter, SaysOnceThatTheStudyIsLost) {
  Scratch scratch;
  std::promise<std::string> said;
  std::atomic<int> asked = 0, calls = 0;
  {
    ResultsWriter writer({.directory = scratch.path(),
                          .results = [] { return Results(); },
                          .still_ours = [&]() -> Result<void> {
                            ++asked;
                            return Error{Errc::locked, "another host has it"};
                          },
                          .lost =
                              [&](const Error& error) {
                                if (++calls == 1) said.set_value(error.message);
                              }});
    EXPECT_EQ(said.get_future().get(), "another host has it");
  }
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(std::filesystem::exists(scratch / "results.csv"));
}

/// A directory that is out of reach for the first `times` looks.
std::function<Result<void>()> away_for(std::atomic<int>& times) {
  return [&times]() -> Result<void> {
    if (times-- > 0) return Error{Errc::store, "output directory x is out of reach: gone"};
    return {};
  };
}

TEST(ResultsWriter, WaitsForADirectoryThatIsOutOfReach) {
  Scratch scratch;
  testing_support::CaughtLog log;
  std::atomic<int> times = 1;
  std::promise<void> back;
  std::vector<bool> looked;
  {
    ResultsWriter writer({.directory = scratch.path(),
                          .results = [] { return Results(); },
                          .still_ours = away_for(times),
                          .lost = [](const Error& error) { FAIL() << error.message; },
                          .looked =
                              [&](bool there) {
                                looked.push_back(there);
                                if (looked.size() == 2) back.set_value();
                              }});
    back.get_future().wait();
  }
  EXPECT_FALSE(looked[0]);
  EXPECT_TRUE(looked[1]);
  EXPECT_THAT(log.lines(),
              testing::ElementsAre(HasSubstr("is out of reach: gone; no trial starts until it is "
                                             "back. The study waits for 10m"),
                                   HasSubstr("is back; trials start again")));
}

TEST(ResultsWriter, GivesADirectoryUpAfterItsPatience) {
  Scratch scratch;
  testing_support::CaughtLog log;
  std::atomic<int> times = 1000;
  std::promise<Error> lost;
  ResultsWriter writer({.directory = scratch.path(),
                        .results = [] { return Results(); },
                        .still_ours = away_for(times),
                        .lost = [&](const Error& error) { lost.set_value(error); },
                        .patience = std::chrono::milliseconds(1)});
  auto error = lost.get_future().get();
  EXPECT_EQ(error.code, Errc::store);
  EXPECT_THAT(error.message, HasSubstr("is out of reach: gone, for longer than 1ms; put it back"));
}

TEST(WriteLastResults, WaitsForTheDirectory) {
  Scratch scratch;
  testing_support::CaughtLog log;
  std::atomic<int> times = 2;
  EXPECT_TRUE(
      write_last_results(scratch.path(), Results(), away_for(times), std::chrono::minutes(10), {}));
  EXPECT_TRUE(std::filesystem::exists(scratch / "results.csv"));
  EXPECT_EQ(log.lines().size(), 1u);
}

TEST(WriteLastResults, DoesNotWaitLongerThanItsPatienceOrAfterAStop) {
  Scratch scratch;
  testing_support::CaughtLog log;
  std::atomic<int> times = 1000;
  auto impatient = write_last_results(scratch.path(), Results(), away_for(times),
                                      std::chrono::milliseconds(0), {});
  ASSERT_FALSE(impatient);
  EXPECT_EQ(impatient.error().code, Errc::store);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(write_last_results(scratch.path(), Results(), away_for(times),
                                  std::chrono::minutes(10), stop.get_token()));
  EXPECT_FALSE(std::filesystem::exists(scratch / "results.csv"));
}

}  // namespace
}  // namespace sherpa::runtime
