#include "core/space/json.hpp"
#include "tests/support/process.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

// Studies in which trials fail, as the command sherpa shows and repairs them.
namespace sherpa {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_support::Outcome;
using testing_support::Process;
using testing_support::Scratch;
using Json = space::json::Json;

class FailedStudyTest : public testing::Test {
 protected:
  /// A study file; `algorithm` and `command` as they stand in it.
  std::filesystem::path study(const std::string& algorithm, const std::string& command,
                              const std::string& more = "") {
    auto file = scratch / "study.yaml";
    std::ofstream(file) << "sherpa: 1\nlower_is_better: true\n"
                        << "parameters: [{name: x, type: continuous, range: [0, 1]}]\n"
                        << "algorithm: " << algorithm << "\nrandom_seed: 7\n"
                        << "output_dir: " << output.string() << "\ndashboard: {enabled: false}\n"
                        << more << "run:\n  command: " << command << '\n';
    return file;
  }
  static Process start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SHERPA_COMMAND);
    return Process(std::move(arguments),
                   {"PATH=" + std::filesystem::path(SHERPA_COMMAND).parent_path().string() +
                    ":/usr/bin:/bin"});
  }
  static Outcome call(std::vector<std::string> arguments) {
    return start(std::move(arguments)).wait();
  }

  Scratch scratch;
  std::filesystem::path output = scratch / "output";
  const std::string five = "{name: RandomSearch, max_num_trials: 5}";
  const std::string fails = "'echo no such data >&2; exit 3'";
};

TEST_F(FailedStudyTest, IsNoSuccessAndNamesCountsReasonAndOutput) {
  const auto file = study(five, fails);
  const std::string why =
      "no trial completed: 5 failed; the last failure: trial 5, attempt 1: failed exit 3: no such "
      "data";
  for (const char* run : {"first", "resumed"}) {
    auto done = call({"run", file});
    EXPECT_EQ(done.exit_code(), 1) << run;
    EXPECT_THAT(done.err, HasSubstr(why)) << run;
    EXPECT_THAT(done.out, AllOf(HasSubstr((output / "jobs" / "trial_5.out").string()),
                                HasSubstr("sherpa run --retry-failed")))
        << run;
  }
  auto json = call({"run", file, "--json"});
  EXPECT_EQ(json.exit_code(), 1);
  auto said = Json::parse(json.out);
  EXPECT_EQ(said["error"], why);
  EXPECT_EQ(said["failed"], 5);
  EXPECT_EQ(said["last_failure"]["output"], (output / "jobs" / "trial_5.out").string());
  EXPECT_THAT(call({"status", output}).out, HasSubstr("failed: " + why));
  EXPECT_EQ(Json::parse(call({"status", output, "--json"}).out)["last_failure"]["trial"], 5);
  EXPECT_THAT(call({"export", output, "--csv"}).err, HasSubstr(why));
}

TEST_F(FailedStudyTest, StopsBesideFailuresAreNoSuccessEither) {
  auto file =
      study("{name: Iterate, configurations: [{x: 0.25}, {x: 0.5}]}",
            "'sherpa trial report --objective {x}; case {x} in 0.25) exit 3;; esac; sherpa trial "
            "should-stop; exit 0'",
            "stopping_rule: {name: ThresholdStoppingRule, upper: 0.4}\n");
  auto done = call({"run", file});
  EXPECT_EQ(done.exit_code(), 1);
  EXPECT_THAT(done.err, HasSubstr("no trial completed: 1 failed, 1 stopped"));
  EXPECT_THAT(done.out, HasSubstr("objective 0.25 (x=0.25); the trial failed"));
  EXPECT_THAT(call({"status", output}).out, HasSubstr("best 0.25 in trial 1, which failed"));
}

TEST_F(FailedStudyTest, RunsFailedConfigurationsAgainOnceTheCauseIsRepaired) {
  const auto data = scratch / "data";
  const std::string command = "'cat " + data.string() + " && sherpa trial report --objective {x}'";
  auto file = study(five, command);
  EXPECT_EQ(call({"run", file}).exit_code(), 1);
  std::ofstream(data) << "here\n";
  EXPECT_EQ(call({"run", file}).exit_code(), 1) << "without the option nothing runs again";
  auto done = call({"run", file, "--retry-failed"});
  EXPECT_EQ(done.exit_code(), 0) << done.err;
  auto results = load_results(output);
  auto failed = results.with_status(TrialStatus::failed);
  auto completed = results.with_status(TrialStatus::completed);
  ASSERT_EQ(failed.size(), 5u);
  ASSERT_EQ(completed.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(completed[i].parameters(), failed[i].parameters());
  EXPECT_EQ(call({"run", file, "--retry-failed"}).exit_code(), 0);
  EXPECT_EQ(load_results(output).with_status(TrialStatus::completed).size(), 5u) << "each once";
}

TEST_F(FailedStudyTest, EndsWhateverItsTrialsReport) {
  auto nan = call(
      {"run", study("{name: SuccessiveHalving}", "'sherpa trial report --objective nan'", "")});
  EXPECT_EQ(nan.exit_code(), 1);
  EXPECT_THAT(nan.err, AllOf(HasSubstr("the last 100 trials with the resource 1 failed, were "
                                       "stopped or have no finite objective (0 failed)"),
                             HasSubstr("max_num_trials")));
}

TEST_F(FailedStudyTest, TheHintNamesALimitThatTheAlgorithmHas) {
  const std::string reports = "'sherpa trial report --objective {x}'";
  EXPECT_THAT(call({"run", study(five, reports)}).out, HasSubstr("raise max_num_trials"));
  std::filesystem::remove_all(output);
  auto grid = call({"run", study("{name: GridSearch, num_grid_points: 2}", reports)});
  EXPECT_THAT(grid.out, AllOf(HasSubstr("it is finished"), Not(HasSubstr("raise"))));
  std::filesystem::remove_all(output);
  auto halving =
      call({"run", study("{name: SuccessiveHalving, R: 3, max_finished_configs: 1}", reports)});
  EXPECT_THAT(halving.out, HasSubstr("raise max_finished_configs"));
}

TEST_F(FailedStudyTest, ATimeBudgetEndsItAndIsUsedUpByAllRuns) {
  // Trials that never end by themselves.
  const std::string waits = "'sherpa trial report --objective {x}; exec sleep 1000'";
  auto file = study(five, waits, "time_budget: 1s\n");
  auto done = call({"run", file});
  EXPECT_EQ(done.exit_code(), 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("raise time_budget to continue"));
  auto status = call({"status", output}).out;
  EXPECT_THAT(status, HasSubstr("its time budget of 1s is used up"));
  EXPECT_THAT(status, HasSubstr("0:01"));
  const auto facts = Json::parse(call({"status", output, "--json"}).out)["elapsed"];
  EXPECT_EQ(call({"run", file}).exit_code(), 0) << "nothing is left";
  EXPECT_EQ(Json::parse(call({"status", output, "--json"}).out)["elapsed"], facts);
  EXPECT_EQ(call({"run", file, "--time-budget", "1s", "--time-budget-per-run"}).exit_code(), 0);
  EXPECT_GT(Json::parse(call({"status", output, "--json"}).out)["elapsed"], facts);
  EXPECT_EQ(call({"run", file, "--time-budget", "soon"}).exit_code(), 2);
}

TEST_F(FailedStudyTest, AKilledCoordinatorsStudyIsNotShownAsRunning) {
  auto file = study(five, "'sherpa trial report --objective {x}; exec sleep 1000'", "");
  std::ofstream(file, std::ios::app) << "  orphan_grace: 0s\n";
  auto run = start({"run", file});
  testing_support::wait_until([&] {
    return call({"status", output}).out.find("iteration 1") != std::string::npos;
  });
  run.signal(SIGKILL);
  run.wait();
  auto status = call({"status", output}).out;
  EXPECT_THAT(status, AllOf(HasSubstr("interrupted"), Not(HasSubstr("running:"))));
  EXPECT_EQ(Json::parse(call({"status", output, "--json"}).out)["running"].size(), 0u);
  EXPECT_THAT(call({"export", output, "--html"}).out, HasSubstr("\"alive\":false"));
}

}  // namespace
}  // namespace sherpa
