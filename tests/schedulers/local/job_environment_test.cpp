#include "schedulers/local/job_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::schedulers {
namespace {

using testing::Contains;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;

study::effect::Start start_of(TrialId trial, AttemptId attempt) {
  study::effect::Start start;
  start.trial = trial;
  start.attempt = attempt;
  return start;
}

TEST(JobEnvironment, NamesTheAttemptAndItsFiles) {
  auto start = start_of(7, 2);
  start.load = "checkpoints/3/1";
  auto all = job_environment({}, {}, start, JobFiles("/out/jobs", 7, 2), "/out",
                             "/out/checkpoints/7/2", "http://127.0.0.1:8880/");
  EXPECT_THAT(
      all, IsSupersetOf(
               {"SHERPA_TRIAL_ID=7", "SHERPA_ATTEMPT=2", "SHERPA_URL=http://127.0.0.1:8880/",
                "SHERPA_DB_PORT=8880", "SHERPA_TOKEN_FILE=/out/jobs/trial_7.2.token",
                "SHERPA_LOAD_DIR=/out/checkpoints/3/1", "SHERPA_SAVE_DIR=/out/checkpoints/7/2"}));
  EXPECT_THAT(all, Not(Contains(StartsWith("CUDA_VISIBLE_DEVICES="))));
}

TEST(JobEnvironment, ShowsOnlyTheGpusOfTheAttempt) {
  auto start = start_of(1, 1);
  start.resources = {{"gpu:0", 1.0}, {"gpu:3", 0.5}, {"licence", 1.0}};
  auto all = job_environment({}, {}, start, JobFiles("/jobs", 1, 1), "/out", "/save", "");
  EXPECT_THAT(all, IsSupersetOf({"SHERPA_RESOURCE=gpu:0,gpu:3,licence", "CUDA_VISIBLE_DEVICES=0,3",
                                 "SHERPA_LOAD_DIR=", "SHERPA_DB_PORT="}));
}

TEST(JobEnvironment, PrefersTheAttemptToWhatIsAddedToWhatIsInherited) {
  auto all = job_environment({{"A", "1"}, {"B", "1"}, {"SHERPA_TRIAL_ID", "1"}}, {{"B", "2"}},
                             start_of(9, 1), JobFiles("/jobs", 9, 1), "/out", "/save", "");
  EXPECT_THAT(all, IsSupersetOf({"A=1", "B=2", "SHERPA_TRIAL_ID=9"}));
}

}  // namespace
}  // namespace sherpa::schedulers
