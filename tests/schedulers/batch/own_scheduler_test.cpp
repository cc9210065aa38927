#include "schedulers/batch/batch_system.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <stdexcept>

namespace sherpa::schedulers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Phase = JobState::Phase;
using How = JobState::How;

/// A user's scheduler that does as it is told.
class Scripted final : public Scheduler {
 public:
  std::string submit_job(const Job& job) override {
    if (throws) throws();
    submitted = job;
    return id;
  }
  JobStatus get_status(const std::string& of) override {
    if (throws) throws();
    asked.push_back(of);
    return statuses.at(of);
  }
  void kill_job(const std::string& of) override {
    killed.push_back(of);
    if (throws) throws();
  }

  std::string id = "17";
  std::function<void()> throws{};
  Job submitted{};
  std::map<std::string, JobStatus> statuses{};
  std::vector<std::string> asked{}, killed{};
};

class OwnSchedulerTest : public testing::Test {
 protected:
  Scripted scheduler;
  std::unique_ptr<BatchSystem> system = make_own_system(scheduler);
};

TEST_F(OwnSchedulerTest, IsGivenTheJobAndGivesAnId) {
  BatchJob batch;
  batch.job.name = "study-1";
  batch.job.trial = 1;
  auto id = system->submit(batch);
  ASSERT_TRUE(id);
  EXPECT_EQ(*id, "17");
  EXPECT_EQ(scheduler.submitted.name, "study-1");
  EXPECT_EQ(system->name(), "the scheduler");
}

TEST_F(OwnSchedulerTest, RefusesForGoodWhatThrowsAtSubmission) {
  scheduler.throws = [] { throw std::runtime_error("no account\n\x1b[31m"); };
  auto id = system->submit({});
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().code, Errc::invalid_argument) << "not wrong_state: it is not tried again";
  EXPECT_THAT(id.error().message, HasSubstr("the scheduler threw: no account"));
  EXPECT_EQ(id.error().message.find('\x1b'), std::string::npos);
  scheduler.throws = [] { throw 3; };
  EXPECT_EQ(system->submit({}).error().message, "the scheduler threw what is no exception");
  scheduler.throws = {};
  scheduler.id = "";
  EXPECT_EQ(system->submit({}).error().code, Errc::user_code);
}

TEST_F(OwnSchedulerTest, TellsEachStatus) {
  scheduler.statuses = {{"a", JobStatus::queued},         {"b", JobStatus::running},
                        {"c", JobStatus::finished},       {"d", JobStatus::failed},
                        {"e", JobStatus::killed},         {"f", JobStatus::other},
                        {"g", static_cast<JobStatus>(99)}};
  auto states = system->ask({"a", "b", "c", "d", "e", "f", "g"}).or_throw();
  EXPECT_EQ(states.at("a").phase, Phase::queued);
  EXPECT_EQ(states.at("b").phase, Phase::running);
  EXPECT_EQ(states.at("c"), (JobState{Phase::over, How::finished, "finished"}));
  EXPECT_EQ(states.at("d"), (JobState{Phase::over, How::failed, "failed"}));
  EXPECT_EQ(states.at("e"), (JobState{Phase::over, How::killed, "killed"}));
  EXPECT_EQ(states.at("f").phase, Phase::ending) << "never final";
  EXPECT_EQ(states.at("g").phase, Phase::ending);
  EXPECT_THAT(scheduler.asked, ElementsAre("a", "b", "c", "d", "e", "f", "g"));
}

TEST_F(OwnSchedulerTest, SaysNothingOfJobsWhenAskingFails) {
  auto states = system->ask({"unknown"});  // at() throws
  ASSERT_FALSE(states);
  EXPECT_EQ(states.error().code, Errc::wrong_state) << "it is asked again";
}

TEST_F(OwnSchedulerTest, KillsAllEvenWhereOneThrows) {
  scheduler.throws = [] { throw std::runtime_error("gone already"); };
  system->kill({"1", "2"});
  EXPECT_THAT(scheduler.killed, ElementsAre("1", "2"));
}

TEST_F(OwnSchedulerTest, KnowsWhetherSomethingOfAnArrayIsThere) {
  scheduler.statuses = {{"1", JobStatus::running}, {"2", JobStatus::killed}};
  EXPECT_TRUE(*system->is_there("1"));
  EXPECT_FALSE(*system->is_there("2")) << "it is over";
  EXPECT_FALSE(system->is_there("3")) << "asking fails";
}

}  // namespace
}  // namespace sherpa::schedulers
