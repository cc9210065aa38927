#include "schedulers/local/local_job.hpp"

#include "tests/support/scratch.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <array>
#include <csignal>
#include <fstream>

namespace sherpa::schedulers {
namespace {

using study::End;
using study::StopWhy;
using testing_support::Scratch;
using Reason = JobEnd::Reason;

class LocalJobTest : public testing::Test {
 protected:
  LocalJobTest() {
    open->start.trial = 1;
    open->start.attempt = 1;
  }
  JobOutcome outcome(JobEnd ended) { return outcome_of(ended, job); }
  JobEnd exited(std::optional<int> code, std::optional<int> signal = {}) {
    JobEnd ended;
    ended.detail.exit_code = code;
    ended.detail.signal = signal;
    return ended;
  }

  Scratch scratch;
  std::shared_ptr<study::OpenAttempt> open = std::make_shared<study::OpenAttempt>();
  LocalJob job{scratch.path(), open};
};

TEST_F(LocalJobTest, EndsAsItsShimTells) {
  EXPECT_EQ(outcome({.reason = Reason::timeout}).end, End::timeout);
  EXPECT_EQ(outcome({.reason = Reason::orphaned}).end, End::interrupted);
  EXPECT_EQ(outcome({.reason = Reason::terminated}).end, End::lost);
  auto unable = outcome({.reason = Reason::could_not_start, .detail = {.message = "no such file"}});
  EXPECT_EQ(unable.end, End::failed);
  EXPECT_EQ(unable.detail.message, "no such file");
}

TEST_F(LocalJobTest, IsStoppedUnlessItsCoordinatorGoes) {
  for (auto why : {StopWhy::rule, StopWhy::person, StopWhy::superseded}) {
    auto last = outcome({.reason = Reason::stopped, .why = why});
    EXPECT_EQ(last.end, End::stopped);
    EXPECT_EQ(last.stop_why, why);
  }
  auto going = outcome({.reason = Reason::stopped, .why = StopWhy::going});
  EXPECT_EQ(going.end, End::interrupted);
  EXPECT_EQ(going.stop_why, StopWhy::going);
}

TEST_F(LocalJobTest, CompletesWithExitCodeZero) {
  auto last = outcome(exited(0));
  EXPECT_EQ(last.end, End::completed);
  EXPECT_EQ(last.detail.message, "");
  EXPECT_EQ(last.stop_why, std::nullopt);
}

TEST_F(LocalJobTest, EndsAsItsProgramDeclared) {
  open->declare(End::failed, "the loss is NaN");
  auto last = outcome(exited(0));
  EXPECT_EQ(last.end, End::failed);
  EXPECT_EQ(last.detail.message, "the loss is NaN");
  EXPECT_EQ(outcome(exited(3)).end, End::failed);
  EXPECT_EQ(outcome(exited(3)).detail.message, "the loss is NaN") << "it said why it failed";
}

TEST_F(LocalJobTest, FailsWithTheLastLineOfItsOwnOutput) {
  std::ofstream(job.files.output) << "of an earlier attempt\n";
  job.output_from = std::filesystem::file_size(job.files.output);
  EXPECT_EQ(outcome(exited(1)).detail.message, "");
  std::ofstream(job.files.output, std::ios::app) << "reads data\nno GPU\n";
  auto last = outcome(exited(1));
  EXPECT_EQ(last.end, End::failed);
  EXPECT_EQ(last.detail.message, "no GPU");
  EXPECT_EQ(last.detail.exit_code, 1);
}

TEST_F(LocalJobTest, NamesTheSignalThatEndedIt) {
  EXPECT_EQ(outcome(exited({}, SIGKILL)).detail.message, "ended by Killed");
  std::ofstream(job.files.output) << "epoch 3\n";
  auto last = outcome(exited({}, SIGSEGV));
  EXPECT_EQ(last.end, End::failed);
  EXPECT_EQ(last.detail.message, "ended by Segmentation fault: epoch 3");
}

TEST_F(LocalJobTest, IsToldToStopThroughItsShim) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
  base::Descriptor shim(ends[1]);
  auto running = std::make_shared<LocalJob>(scratch.path(), open);
  running->control = base::Descriptor(ends[0]);
  LocalJobs jobs;
  jobs.running.emplace(7, running);
  auto heard = [&] {
    std::array<char, 64> text{};
    auto size = ::recv(shim.get(), text.data(), text.size(), MSG_DONTWAIT);
    return size < 0 ? std::string("nothing")
                    : std::string(text.data(), static_cast<std::size_t>(size));
  };
  jobs.stop(8, StopWhy::rule);
  EXPECT_EQ(heard(), "nothing") << "another job";
  jobs.stop(7, StopWhy::rule);
  EXPECT_EQ(heard(), word(StopWhy::rule));
  EXPECT_FALSE(running->silent);
  jobs.stop(7, StopWhy::superseded);
  EXPECT_EQ(heard(), word(StopWhy::superseded));
  EXPECT_TRUE(running->silent);
}

}  // namespace
}  // namespace sherpa::schedulers
