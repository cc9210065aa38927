#include "schedulers/batch/batch_verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::schedulers {
namespace {

using study::End;
using study::StopWhy;
using testing::HasSubstr;
using How = JobState::How;

OverJob over(How how) {
  return {.name = "job 12 of Slurm", .state = {JobState::Phase::over, how, "WORD"}, .came = true};
}
LastWord failed(std::optional<int> exit_code, std::optional<int> signal) {
  return {End::failed, {.exit_code = exit_code, .signal = signal, .message = ""}, {}};
}

TEST(BatchVerdict, OfAJobThatSaidNothingIsNeverASuccess) {
  EXPECT_EQ(verdict(over(How::finished)).end, End::lost);
  EXPECT_EQ(verdict(over(How::failed)).end, End::lost);
}

TEST(BatchVerdict, OfAJobThatNeverCameIsAFailureWithWhatItPrinted) {
  auto job = over(How::failed);
  job.came = false;
  job.output = "sh: 1: exec: /opt/sherpa: not found";
  EXPECT_EQ(verdict(job).end, End::failed);
  EXPECT_THAT(verdict(job).detail.message, HasSubstr("not found"));
}

TEST(BatchVerdict, IsTheBatchSystemsWhereItEndedTheJob) {
  EXPECT_EQ(verdict(over(How::killed)).end, End::stopped);
  EXPECT_EQ(verdict(over(How::timeout)).end, End::timeout);
  EXPECT_EQ(verdict(over(How::preempted)).end, End::preempted);
  EXPECT_EQ(verdict(over(How::node_failed)).end, End::lost);
  EXPECT_EQ(verdict(over(How::out_of_memory)).end, End::failed);
  auto job = over(How::killed);
  job.said = failed({}, 15);  // the command died of the signal that scancel sent
  EXPECT_EQ(verdict(job).end, End::stopped);
}

TEST(BatchVerdict, IsTheProgramsWhereTheBatchSystemDidNothing) {
  auto job = over(How::finished);
  job.said = failed({}, 11);
  EXPECT_EQ(verdict(job).end, End::failed);
  EXPECT_EQ(verdict(job).detail.signal, 11);
  // it received a warning, and ended in order
  job.said = LastWord{End::interrupted, {}, StopWhy::going};
  EXPECT_EQ(verdict(job).end, End::preempted);
  EXPECT_EQ(verdict(job).stop_why, std::nullopt) << "its coordinator sent it nothing";
}

TEST(BatchVerdict, OfAStoppedJobIsStopped) {
  auto job = over(How::killed);
  job.stop_why = StopWhy::rule;
  EXPECT_EQ(verdict(job).end, End::stopped);
  EXPECT_EQ(verdict(job).stop_why, StopWhy::rule);
  job.stop_why = StopWhy::going;
  EXPECT_EQ(verdict(job).end, End::interrupted);
}

TEST(BatchVerdict, IsAskedForWhereASignalMayHaveComeFromTheBatchSystem) {
  EXPECT_TRUE(needs_explanation(failed({}, 15), {}));
  EXPECT_TRUE(needs_explanation(failed(143, {}), {})) << "a shell whose child was killed";
  EXPECT_TRUE(needs_explanation({End::lost, {}, {}}, {}));
  EXPECT_TRUE(needs_explanation({End::interrupted, {}, StopWhy::going}, {}));
  EXPECT_FALSE(needs_explanation(failed(3, {}), {}));
  EXPECT_FALSE(needs_explanation({End::completed, {}, {}}, {}));
  EXPECT_FALSE(needs_explanation({End::interrupted, {}, StopWhy::going}, StopWhy::going));
}

}  // namespace
}  // namespace sherpa::schedulers
