#include "runtime/coordinator/results_writer.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>

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

}  // namespace
}  // namespace sherpa::runtime
