#include "schedulers/job_files.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace sherpa::schedulers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing_support::Scratch;

TEST(JobFiles, AreFoundByTheirRecords) {
  Scratch scratch;
  for (const char* name : {"trial_10.1.json", "trial_2.3.json", "trial_2.1.json", "trial_4.1.batch",
                           "trial_5.json", "trial_6.1.json.new", "trial_.1.json", "worker"})
    std::ofstream(scratch / name) << "{}";
  EXPECT_THAT(recorded_jobs(scratch.path()), ElementsAre(Pair(2, 1), Pair(2, 3), Pair(10, 1)));
  EXPECT_THAT(recorded_jobs(scratch.path(), ".batch"), ElementsAre(Pair(4, 1)));
  EXPECT_THAT(recorded_jobs(scratch / "none"), IsEmpty());
}

TEST(JobFiles, LeaveTheOutputBehind) {
  Scratch scratch;
  JobFiles files(scratch.path(), 7, 2);
  for (const auto& file :
       {files.record, files.lock, files.token, files.parameters, files.end, files.output})
    std::ofstream(file) << "text";
  files.remove();
  EXPECT_TRUE(std::filesystem::exists(scratch / "trial_7.out"));
  std::filesystem::remove(files.output);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

}  // namespace
}  // namespace sherpa::schedulers
