#include "tests/support/own_address.hpp"
#include "tests/support/process.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

// A program with a scheduler of its own (examples/own_scheduler.cpp), whose jobs are real
// processes.
namespace sherpa {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing_support::Process;
using testing_support::read_file;
using testing_support::Scratch;
using testing_support::wait_until;

class OwnScheduler : public testing::Test {
 protected:
  std::filesystem::path study(int trials, const std::string& command,
                              const std::string& more = "") {
    auto file = scratch / "study.yaml";
    std::ofstream(file) << "sherpa: 1\nlower_is_better: true\nparameters:\n  - {name: x, type: "
                           "continuous, range: [0, 1]}\n"
                        << "algorithm: {name: RandomSearch, max_num_trials: " << trials
                        << "}\nrandom_seed: 7\noutput_dir: " << output.string()
                        << "\ndashboard: {host: " << testing_support::own_address()
                        << "}\nrun:\n  command: '" << command
                        << "'\n  directory: " << scratch.path().string() << "\n  grace: 5s\n  "
                        << more << "\n";
    return file;
  }
  static std::vector<std::string> words(const std::filesystem::path& file) {
    return {SHERPA_OWN_SCHEDULER, file, SHERPA_COMMAND};
  }
  static std::string report(const std::string& more = "") {
    return SHERPA_COMMAND " trial report --objective {x}" + more + " || exit 1";
  }
  std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(output / "jobs"))
      if (auto name = entry.path().filename().string(); !name.ends_with(".out") && name != "worker")
        names.push_back(name);
    return names;
  }

  Scratch scratch;
  std::filesystem::path output = scratch / "out";
};

TEST_F(OwnScheduler, RunsAStudyToItsEnd) {
  Process run(words(study(6, report(), "max_concurrent: 3")));
  EXPECT_EQ(run.wait().exit_code(), 0) << run.wait().err;
  EXPECT_THAT(run.wait().out, HasSubstr("objective"));
  EXPECT_EQ(load_results(output).with_status(TrialStatus::completed).size(), 6u);
  wait_until([&] { return left().empty(); });  // jobs tidy up after they were released
}

TEST_F(OwnScheduler, TellsFailuresAndTimeoutsFromSuccess) {
  Process run(words(study(2, "test $SHERPA_TRIAL_ID = 1 && exit 3; " + report() + "; sleep 600",
                          "timeout: 300ms")));
  EXPECT_EQ(run.wait().exit_code(), 1) << run.wait().err;
  EXPECT_THAT(run.wait().err, HasSubstr("no trial completed: 2 failed"));
  EXPECT_EQ(load_results(output).with_status(TrialStatus::failed).size(), 2u);
}

TEST_F(OwnScheduler, FindsItsJobsAgainAfterItWasKilled) {
  auto go = scratch / "go", began = scratch / "began";
  auto file = study(2,
                    report(" --iteration 1") + "; : > " + began.string() +
                        ".$SHERPA_TRIAL_ID; until [ -e " + go.string() +
                        " ]; do sleep 0.05; done; " + report(" --iteration 2"),
                    "max_concurrent: 2");
  {
    Process run(words(file));
    wait_until([&] {
      return std::filesystem::exists(began.string() + ".1") &&
             std::filesystem::exists(began.string() + ".2");
    });
    run.signal(SIGKILL);
    run.wait();
  }
  Process again(words(file));
  std::ofstream{go};
  EXPECT_EQ(again.wait().exit_code(), 0) << again.wait().err;
  auto results = load_results(output);
  EXPECT_EQ(results.with_status(TrialStatus::completed).size(), 2u);
  EXPECT_EQ(results.size(), 6u) << "two observations of each trial, and no attempt twice";
}

TEST_F(OwnScheduler, LeavesNoJobBehindThatNobodyComesBackFor) {
  auto began = scratch / "began", pid = scratch / "pid";
  auto file = study(1,
                    report() + "; test $SHERPA_ATTEMPT = 1 || exit 0; echo $$ > " + pid.string() +
                        "; : > " + began.string() + "; sleep 600",
                    "orphan_grace: 200ms");
  {
    Process run(words(file));
    wait_until([&] { return std::filesystem::exists(began); });
    run.signal(SIGKILL);
    run.wait();
  }
  const auto command = static_cast<pid_t>(std::stol(read_file(pid)));
  wait_until([&] { return ::kill(command, 0) != 0; });
  Process again(words(file));
  EXPECT_EQ(again.wait().exit_code(), 0) << again.wait().err;
  EXPECT_EQ(load_results(output).with_status(TrialStatus::completed).size(), 1u)
      << "by a second attempt";
  wait_until([&] { return left().empty(); });  // jobs tidy up after they were released
}

TEST_F(OwnScheduler, EndsItsJobsWhenItIsInterrupted) {
  auto began = scratch / "began";
  Process run(words(study(1, report() + "; : > " + began.string() + "; sleep 600")));
  wait_until([&] { return std::filesystem::exists(began); });
  run.signal(SIGTERM);
  EXPECT_EQ(run.wait().exit_code(), 130) << run.wait().err;
  wait_until([&] { return left().empty(); });  // jobs tidy up after they were released
}

}  // namespace
}  // namespace sherpa
