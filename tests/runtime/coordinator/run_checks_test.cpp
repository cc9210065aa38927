#include "runtime/coordinator/run_checks.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace sherpa::runtime {
namespace {

using testing::HasSubstr;
using testing_support::Scratch;

class RunChecksTest : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& run, const std::string& more = "") {
    auto path = scratch / "study.yaml";
    std::ofstream(path) << "sherpa: 1\nlower_is_better: true\nparameters:\n  - {name: x, type: "
                           "continuous, range: [0, 1]}\nalgorithm: {name: RandomSearch, "
                           "max_num_trials: 1}\noutput_dir: "
                        << (scratch / "out").string() << "\nrun: {" << run << "}\n"
                        << more;
    return path;
  }
  std::string refusal(const std::string& run, const std::string& more = "", bool own = false) {
    try {
      read_for_run(file(run, more), false, false, own);
      return "accepted";
    } catch (const Exception& e) {
      EXPECT_EQ(e.code(), Errc::invalid_argument);
      return e.what();
    }
  }
  Scratch scratch;
};

TEST_F(RunChecksTest, TakeOverWhatTheCommandLineSays) {
  auto read = read_for_run(file("command: [/bin/true]"), true, true, false);
  EXPECT_TRUE(read.setup.update);
  EXPECT_TRUE(read.setup.take_over);
  EXPECT_EQ(read.setup.output_dir, scratch / "out");
}

TEST_F(RunChecksTest, RefuseAProgramThatIsNotThere) {
  EXPECT_THAT(refusal("command: [/no/such/program]"),
              HasSubstr("run.command: there is no /no/such/program"));
  EXPECT_THAT(refusal("command: [no-such-program-anywhere]"),
              HasSubstr("there is no program 'no-such-program-anywhere' in PATH"));
  EXPECT_THAT(refusal("command: [" + (scratch / "study.yaml").string() + "]"),
              HasSubstr("is not executable; chmod +x it"));
  EXPECT_EQ(refusal("command: [true]"), "accepted");
  EXPECT_THAT(refusal("command: [true], environment: {PATH: /no/such/directory}"),
              HasSubstr("there is no program 'true' in PATH"));
}

TEST_F(RunChecksTest, LeaveItToWorkersAndParametersWhichProgramThereIs) {
  EXPECT_EQ(refusal("command: [/no/such/program]", "workers: {launch: none}\n"), "accepted");
  EXPECT_EQ(refusal("command: ['/no/such/{x}']"), "accepted");
  EXPECT_EQ(refusal("command: 'no-such-program-anywhere'"), "accepted") << "a shell finds it";
}

TEST_F(RunChecksTest, RefuseWordsThatNoShellTakes) {
  EXPECT_THAT(refusal("command: [true], scheduler: {name: SLURMScheduler, submit_options: \"'\"}"),
              HasSubstr("run.scheduler.submit_options: "));
}

TEST_F(RunChecksTest, RefuseWorkersBesideASchedulerOfTheCallers) {
  EXPECT_THAT(refusal("command: [true]", "workers: {launch: none}\n", true),
              HasSubstr("the file asks for workers"));
  EXPECT_EQ(refusal("command: [true]", "", true), "accepted");
}

}  // namespace
}  // namespace sherpa::runtime
