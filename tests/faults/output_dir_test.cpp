#include "tests/support/command_study.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <optional>

// The output directory of `sherpa run`: nothing in it is overwritten that is not a study of ours.
namespace sherpa {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing_support::read_file;

constexpr const char* report = "sherpa trial report --objective {x}";

class OutputDirTest : public testing_support::CommandStudy {
 protected:
  std::map<std::string, std::string> content(const fs::path& directory) const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory))
      files[entry.path().string()] = entry.is_regular_file() ? read_file(entry.path()) : "";
    return files;
  }
};

TEST_F(OutputDirTest, BesideTheStudyFileIsRefusedAndNothingChanges) {
  output = scratch.path();
  write_study(report, 1);
  std::ofstream(scratch / "results.csv") << "another tool's\n";
  fs::create_directories(scratch / "checkpoints/1");
  const auto before = content(scratch.path());
  auto run = call({"run", file});
  EXPECT_EQ(run.exit_code(), 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("is not empty"), HasSubstr("use a new or empty directory")));
  EXPECT_EQ(content(scratch.path()), before);
}

TEST_F(OutputDirTest, WithAnEmptyOrMissingStoreIsRefused) {
  write_study(report, 2);
  ASSERT_EQ(call({"run", file}).exit_code(), 0);
  const auto table = read_file(output / "results.csv");
  std::ofstream(output / "study.db").close();
  fs::remove(output / "study.db-wal");
  auto emptied = call({"run", file});
  EXPECT_EQ(emptied.exit_code(), 4);
  EXPECT_THAT(emptied.err, HasSubstr("is empty: the study that was in it is lost"));
  fs::remove(output / "study.db");
  auto missing = call({"run", file});
  EXPECT_EQ(missing.exit_code(), 4);
  EXPECT_THAT(missing.err, HasSubstr("its store, study.db, is missing"));
  EXPECT_EQ(read_file(output / "results.csv"), table);
}

// Earlier versions accepted such directories, and wrote the study file anew.
TEST_F(OutputDirTest, KeepsTheStudyFileThatIsInItWithItsComments) {
  write_study(report, 2);
  ASSERT_EQ(call({"run", file}).exit_code(), 0);
  EXPECT_THAT(read_file(output / "study.yaml"), testing::Not(HasSubstr("# a comment")));
  fs::rename(file, output / "study.yaml");
  auto again = call({"run", output / "study.yaml"});
  EXPECT_EQ(again.exit_code(), 0) << again.err;
  EXPECT_THAT(read_file(output / "study.yaml"), HasSubstr("# a comment"));
}

TEST_F(OutputDirTest, MayBeEmpty) {
  write_study(report, 2);
  fs::create_directories(output);
  EXPECT_EQ(call({"run", file}).exit_code(), 0);
}

TEST_F(OutputDirTest, AParameterNamedLikeAColumnIsRefused) {
  write_study("sherpa trial report --objective {Objective}", 2, "", "Objective");
  auto checked = call({"validate", file});
  EXPECT_EQ(checked.exit_code(), 2);
  EXPECT_THAT(checked.err, HasSubstr("parameter 'Objective' has the name of a column"));
  EXPECT_EQ(call({"run", file}).exit_code(), 2);
}

TEST_F(OutputDirTest, MetricsBesideParametersHaveColumnsOfTheirOwn) {
  write_study("sherpa trial report --objective 1 --context x=7 Status=2 loss=3", 1);
  ASSERT_EQ(call({"run", file}).exit_code(), 0);
  EXPECT_THAT(call({"export", output, "--csv"}).out,
              testing::StartsWith("Trial-ID,Status,Iteration,x,Objective,context.Status,loss,"
                                  "context.x\n"));
}

TEST_F(OutputDirTest, AMetricTooManyIsAClearErrorForItsTrial) {
  write_study(
      "for i in $(seq 990 50 1040); do sherpa trial report --iteration $i --objective 1 "
      "--context $(seq -f m%g=1 $i) || exit; done",
      1);
  auto run = call({"run", file});
  EXPECT_THAT(read_file(output / "jobs/trial_1.out"),
              HasSubstr("is one too many: the study has 1000 different names of metrics already"));
  auto head = call({"export", output, "--csv"}).out;
  head = head.substr(0, head.find('\n'));
  EXPECT_EQ(std::count(head.begin(), head.end(), ','), 4 + 990);
}

/// A run whose output directory is moved away after its second trial has reported.
class MovedOutputDirTest : public testing_support::CommandStudy {
 protected:
  void start(int trials, const std::string& patience) {
    write_study(
        "sherpa trial report --objective {x} && echo on >> " + (scratch / "reported").string(),
        trials);
    std::ofstream(file, std::ios::app) << "output_dir_patience: " << patience << "\n";
    run.emplace(std::vector<std::string>{"/bin/bash", "-c",
                                         "export " + path().front() + "; exec " + SHERPA_COMMAND +
                                             " run " + file.string() + " 2> " + log.string()},
                path());
    testing_support::wait_until(
        [&] { return read_file(scratch / "reported").size() >= 6 || run->has_ended(); });
    fs::rename(output, moved);
    testing_support::wait_until([&] {
      return read_file(log).find("is out of reach") != std::string::npos || run->has_ended();
    });
  }

  fs::path moved = scratch / "moved", log = scratch / "log";
  std::optional<testing_support::Process> run;
};

TEST_F(MovedOutputDirTest, NoTrialStartsUntilItIsBack) {
  start(60, "10m");
  fs::rename(moved, output);
  EXPECT_EQ(run->wait().exit_code(), 0) << read_file(log);
  EXPECT_THAT(read_file(log), HasSubstr("is back; trials start again"));
  auto status = call({"status", output, "--json"});
  EXPECT_THAT(status.out, AllOf(HasSubstr("\"completed\": 60"), HasSubstr("\"failed\": 0")));
  EXPECT_THAT(run->wait().out, HasSubstr("all results"));
}

TEST_F(MovedOutputDirTest, TheStudyEndsAfterItsPatienceAndCanBeResumed) {
  start(60, "500ms");
  EXPECT_EQ(run->wait().exit_code(), 4);
  EXPECT_THAT(read_file(log), HasSubstr("for longer than 500ms; put it back"));
  EXPECT_THAT(run->wait().out, testing::Not(HasSubstr("all results")));
  EXPECT_FALSE(fs::exists(output)) << "nobody makes it again";
  fs::rename(moved, output);
  auto again = call({"run", file});
  EXPECT_EQ(again.exit_code(), 0) << again.err;
  EXPECT_THAT(call({"status", output, "--json"}).out,
              AllOf(HasSubstr("\"completed\": 60"), HasSubstr("\"failed\": 0")));
}

TEST_F(MovedOutputDirTest, ADeletedOneEndsTheStudy) {
  start(200, "10m");
  fs::remove_all(moved);
  EXPECT_EQ(run->wait().exit_code(), 4);
  EXPECT_THAT(read_file(log), HasSubstr("was deleted while the study ran"));
}

}  // namespace
}  // namespace sherpa
