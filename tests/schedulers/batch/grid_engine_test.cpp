#include "schedulers/batch/grid_engine.hpp"

#include "tests/support/fake_programs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::schedulers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing_support::FakePrograms;
using testing_support::read_file;
using Phase = JobState::Phase;
using How = JobState::How;

const std::string two_jobs = R"(<?xml version='1.0'?>
<job_info  xmlns:xsd="http://arc.liv.ac.uk/repos/darcs/sge/source/dist/util/resources/schemas/qstat/qstat.xsd">
  <queue_info>
    <job_list state="running">
      <JB_job_number>6</JB_job_number>
      <JB_name>STDIN</JB_name>
      <state>r</state>
    </job_list>
  </queue_info>
  <job_info>
    <job_list state="pending">
      <JB_job_number>4</JB_job_number>
      <JB_name>STDIN</JB_name>
      <state>Eqw</state>
    </job_list>
  </job_info>
</job_info>
)";

std::string account(const std::string& failed, const std::string& status) {
  return "==============================================================\nqname        all.q       "
         "        \njobnumber    "
         "7\nfailed       " +
         failed + "\nexit_status  " + status + "\nru_wallclock 1s\n";
}

TEST(GridEngineOutput, GivesTheIdOfANewJob) {
  EXPECT_EQ(grid_engine::parse_qsub("4711\n"), "4711");
  EXPECT_EQ(grid_engine::parse_qsub("4711.1-4:1\n"), "4711");
  EXPECT_EQ(grid_engine::parse_qsub("Unable to run job: unknown queue\n"), std::nullopt);
}

TEST(GridEngineOutput, TellsStatesApartByTheirLetters) {
  for (const char* letters : {"qw", "hqw", "Rq", "hRwq"})
    EXPECT_EQ(grid_engine::state_of(letters).phase, Phase::queued) << letters;
  for (const char* letters : {"r", "t", "Rr", "s", "S", "T", "hr"})
    EXPECT_EQ(grid_engine::state_of(letters).phase, Phase::running) << letters;
  for (const char* letters : {"dr", "dt", "dRr", "dqw"})
    EXPECT_EQ(grid_engine::state_of(letters).phase, Phase::ending) << letters;
  for (const char* letters : {"Eqw", "Ehqw"})
    EXPECT_EQ(grid_engine::state_of(letters).phase, Phase::stuck) << letters;
}

TEST(GridEngineOutput, OfQstatListsJobs) {
  EXPECT_THAT(grid_engine::parse_qstat(two_jobs),
              ElementsAre(Pair("4", JobState{Phase::stuck, How::finished, "Eqw"}),
                          Pair("6", JobState{Phase::running, How::finished, "r"})));
  EXPECT_THAT(
      grid_engine::parse_qstat("<job_list><JB_job_number>x</JB_job_number><state>r</state>"),
      IsEmpty());
}

TEST(GridEngineOutput, OfQacctTellsEndsApart) {
  auto how = [](const std::string& failed, const std::string& status) {
    return grid_engine::parse_qacct(account(failed, status))->how;
  };
  EXPECT_EQ(how("0    ", "0"), How::finished);
  EXPECT_EQ(how("0    ", "7"), How::failed);
  EXPECT_EQ(how("100 : assumedly after job", "137                  (Killed)"), How::killed);
  EXPECT_EQ(how("37  : qmaster enforced h_rt, h_cpu, or h_vmem limit", "137"), How::timeout);
  EXPECT_EQ(how("28  : changing into working directory", "0"), How::failed);
  EXPECT_EQ(how("45  : something else", "0"), How::node_failed);
  EXPECT_EQ(grid_engine::parse_qacct(account("25  : rescheduling", "99")), std::nullopt)
      << "it runs again";
  EXPECT_EQ(grid_engine::parse_qacct(account("25  : rescheduling", "99") + account("0", "0"))->how,
            How::finished);
  EXPECT_EQ(grid_engine::parse_qacct("error: job id 7 not found\n"), std::nullopt);
}

TEST(GridEngineOutput, SaysWhyAJobIsInError) {
  EXPECT_EQ(grid_engine::parse_reason(
                "job_number: 4\nerror reason          1:      11/25/2026 21:56:07 [0:27746]: "
                "error: can't "
                "chdir to /nonexist: No such file or directory\nscheduling info:  x\n"),
            "error: can't chdir to /nonexist: No such file or directory");
  EXPECT_EQ(grid_engine::parse_reason("job_number: 4\n"), "");
}

class GridEnginePrograms : public testing::Test {
 protected:
  FakePrograms programs;
  std::unique_ptr<BatchSystem> engine =
      make_grid_engine({.options = {"-l", "h_rt=60"}, .environment = {}});
};

TEST_F(GridEnginePrograms, AreGivenTheJobUnderANameTheyTake) {
  programs.add("qsub",
               "cat > \"$FAKES/script\"; printf '%s ' \"$@\" > \"$FAKES/options\"; echo 12");
  BatchJob batch;
  batch.job = {
      .command = {"/bin/sherpa"}, .name = "1 a/b", .directory = "/work", .output = "/out/7"};
  batch.id_file = programs.directory() / "id";
  EXPECT_EQ(engine->submit(batch).or_throw(), "12");
  EXPECT_EQ(read_file(programs.directory() / "options"),
            "-terse -notify -N t1_a_b -wd /work -j y -o /out/7 -S /bin/sh -r n -l h_rt=60 ");
  EXPECT_EQ(read_file(programs.directory() / "script"), "#!/bin/sh\nexec /bin/sherpa\n");
}

TEST_F(GridEnginePrograms, ShowOtherJobsToo) {
  programs.add("qstat", "cat <<'END'\n" + two_jobs + "END");
  EXPECT_THAT(engine->ask({"6", "9"}).or_throw(), ElementsAre(Pair("6", testing::_)));
  programs.add("qstat", "echo 'error: commlib error: got select error' >&2; exit 1");
  EXPECT_FALSE(engine->ask({"6"})) << "which says nothing about the jobs";
}

TEST_F(GridEnginePrograms, LookIntoTheBooksOfAJobThatIsGone) {
  programs.add("qstat", "exit 1");
  programs.add("qacct", "cat <<'END'\n" + account("0", "0") + "END");
  EXPECT_EQ(engine->look_up("7")->phase, Phase::over);
  programs.add("qacct", "echo 'error: job id 7 not found' >&2; exit 1");
  EXPECT_EQ(engine->look_up("7"), std::nullopt);
  programs.add("qstat", "echo 'error reason 1: can not'");
  EXPECT_THAT(engine->look_up("7")->why, HasSubstr("can not"));
}

}  // namespace
}  // namespace sherpa::schedulers
