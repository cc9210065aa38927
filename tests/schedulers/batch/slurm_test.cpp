#include "schedulers/batch/slurm.hpp"

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

TEST(SlurmOutput, GivesTheIdOfANewJob) {
  EXPECT_EQ(slurm::parse_sbatch("4711\n"), "4711");
  EXPECT_EQ(slurm::parse_sbatch("4711;cluster\n"), "4711");
  EXPECT_EQ(slurm::parse_sbatch("Welcome to the site!\n4711\n"), "4711");
  EXPECT_EQ(slurm::parse_sbatch(""), std::nullopt);
  EXPECT_EQ(slurm::parse_sbatch("Submitted batch job\n"), std::nullopt);
}

TEST(SlurmOutput, TellsEveryStateApart) {
  for (const char* word : {"PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD",
                           "SPECIAL_EXIT", "CONFIGURING"})
    EXPECT_EQ(slurm::state_of(word, "").phase, Phase::queued) << word;
  for (const char* word : {"RUNNING", "SUSPENDED", "STOPPED", "RESIZING", "SIGNALING"})
    EXPECT_EQ(slurm::state_of(word, "").phase, Phase::running) << word;
  EXPECT_EQ(slurm::state_of("COMPLETING", "").phase, Phase::ending)
      << "its exit code may change still";
  EXPECT_EQ(slurm::state_of("NEW_IN_A_LATER_VERSION", "").phase, Phase::running) << "never an end";
  const std::vector<std::pair<const char*, How>> ends{
      {"COMPLETED", How::finished},    {"FAILED", How::failed},
      {"CANCELLED", How::killed},      {"REVOKED", How::killed},
      {"TIMEOUT", How::timeout},       {"DEADLINE", How::timeout},
      {"PREEMPTED", How::preempted},   {"NODE_FAIL", How::node_failed},
      {"BOOT_FAIL", How::node_failed}, {"OUT_OF_MEMORY", How::out_of_memory}};
  for (auto [word, how] : ends) {
    EXPECT_EQ(slurm::state_of(word, "").phase, Phase::over) << word;
    EXPECT_EQ(slurm::state_of(word, "").how, how) << word;
  }
}

TEST(SlurmOutput, OfSqueueHasReasons) {
  auto states = slurm::parse_squeue(
      "12|PENDING|Resources\n13|RUNNING|None\n14_3|COMPLETED|None\nsqueue: error\n|x|\n");
  EXPECT_THAT(states,
              ElementsAre(Pair("12", JobState{Phase::queued, How::finished, "PENDING (Resources)"}),
                          Pair("13", JobState{Phase::running, How::finished, "RUNNING"}),
                          Pair("14_3", JobState{Phase::over, How::finished, "COMPLETED"})));
}

TEST(SlurmOutput, OfSacctNamesWhoCancelled) {
  auto states = slurm::parse_sacct("12|CANCELLED by 1000|0:0\n13|COMPLETED|0:0\n");
  EXPECT_EQ(states.at("12").how, How::killed);
  EXPECT_EQ(states.at("13").how, How::finished);
}

class SlurmPrograms : public testing::Test {
 protected:
  BatchJob job() {
    BatchJob batch;
    batch.job = {.command = {"/bin/sherpa", "job", "--ticket", "/a b/t"},
                 .name = "digits-7",
                 .directory = "/work",
                 .output = "/out/100%/7"};
    batch.id_file = programs.directory() / "id";
    return batch;
  }
  FakePrograms programs;
  std::unique_ptr<BatchSystem> slurm =
      make_slurm({.options = {"-J", "my job"}, .environment = "/home/env's"});
};

TEST_F(SlurmPrograms, AreGivenTheJobAndTheUsersOptionsLast) {
  programs.add("sbatch",
               "cat > \"$FAKES/script\"; printf '%s\\n' \"$@\" > \"$FAKES/options\"; echo 4711");
  EXPECT_EQ(slurm->submit(job()).or_throw(), "4711");
  EXPECT_EQ(read_file(programs.directory() / "options"),
            "--parsable\n--job-name=digits-7\n--output=/out/100%%/7\n--open-mode=append\n--chdir=/"
            "work\n--no-requeue\n-J\nmy job\n");
  EXPECT_EQ(read_file(programs.directory() / "script"),
            "#!/bin/bash\n. '/home/env'\\''s' || exit\nexec /bin/sherpa job --ticket '/a b/t'\n");
  EXPECT_EQ(read_file(programs.directory() / "id"), "4711\n") << "also where this process dies now";
}

TEST_F(SlurmPrograms, ThatRefuseAJobAreDistinguishedFromThoseOutOfReach) {
  programs.add("sbatch", "echo 'sbatch: error: invalid partition specified: gpux' >&2; exit 1");
  auto refused = slurm->submit(job());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_THAT(refused.error().message, HasSubstr("invalid partition"));
  programs.add(
      "sbatch",
      "echo 'sbatch: error: Unable to contact slurm controller (connect failure)' >&2; exit 1");
  EXPECT_EQ(slurm->submit(job()).error().code, Errc::wrong_state);
}

TEST_F(SlurmPrograms, AreAskedForAllJobsInOneCallAndNeverForOneAlone) {
  programs.add("squeue", "printf '%s\\n' \"$@\" >> \"$FAKES/asked\"; echo '12|RUNNING|None'");
  EXPECT_EQ(slurm->ask({"12", "13"}).or_throw().size(), 1u);
  EXPECT_THAT(read_file(programs.directory() / "asked"), HasSubstr("--jobs=12,13,12\n"));
  programs.add("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
  EXPECT_THAT(slurm->ask({"12"}).or_throw(), IsEmpty());
  programs.add("squeue",
               "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
  EXPECT_FALSE(slurm->ask({"12"})) << "which says nothing about the jobs";
}

TEST_F(SlurmPrograms, DoNotSeeTheVariablesOfAJobThatTheCoordinatorIs) {
  programs.add("scancel",
               "echo \"${SLURM_NTASKS-unset} ${SLURM_CONF-unset} $*\" > \"$FAKES/said\"");
  ::setenv("SLURM_NTASKS", "17", 1);
  slurm->kill({"12", "13"});
  ::unsetenv("SLURM_NTASKS");
  EXPECT_EQ(read_file(programs.directory() / "said").substr(0, 6), "unset ");
  EXPECT_THAT(read_file(programs.directory() / "said"), HasSubstr("--quiet 12 13"));
}

TEST_F(SlurmPrograms, WithoutBooksKnowNothingOfWhatIsForgotten) {
  programs.add("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1");
  EXPECT_EQ(slurm->look_up("12"), std::nullopt);
  programs.add("sacct", "echo '12|TIMEOUT|0:0'");
  EXPECT_EQ(slurm->look_up("12")->how, How::timeout);
}

}  // namespace
}  // namespace sherpa::schedulers
