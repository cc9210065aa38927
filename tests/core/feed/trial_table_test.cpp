#include "core/feed/trial_table.hpp"

#include "core/space/json.hpp"
#include "tests/support/facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace sherpa::feed {
namespace {

using space::json::Json;
namespace fact = study::fact;

class TrialTableTest : public testing::Test {
 protected:
  TrialTableTest() {
    tell(fact::StudyCreated{
        .uuid = "u", .name = "digits", .parameters = "[]", .limits = {.max_concurrent = 4}});
  }
  void tell(study::Fact fact) {
    ++seq;
    table.learn(
        {.seq = seq, .at = 1'000'000 * static_cast<std::int64_t>(seq), .fact = std::move(fact)});
  }
  Json json() const { return Json::parse("{" + table.to_json() + "}"); }

  study::Seq seq = 0;
  TrialTable table;
};

TEST_F(TrialTableTest, HasAColumnForEachValueAndMetricOfAnyTrial) {
  tell(fact::TrialIssued{1, {{"lr", 0.5}}, {.k = 1}});
  tell(fact::TrialIssued{2, {{"act", "relu"}, {"n", 3}}, {}});
  tell(fact::TrialEnded{.trial = 2, .objective = 1, .context = {{"loss", 2}}});
  auto trials = json()["trials"];
  EXPECT_EQ(trials["values"]["lr"], (Json{0.5, nullptr}));
  EXPECT_EQ(trials["values"]["act"], (Json{nullptr, "relu"}));
  EXPECT_EQ(trials["values"]["n"], (Json{nullptr, 3}));
  EXPECT_EQ(trials["context"]["loss"], (Json{nullptr, 2}));
  EXPECT_EQ(trials["k"], (Json{1, 0}));
  EXPECT_EQ(table.trials(), 2u);
}

TEST_F(TrialTableTest, HasTimesInMillisecondsOnceTheyAreKnown) {
  tell(fact::TrialIssued{1, {}, {}});
  tell(fact::AttemptStarted{.trial = 1, .attempt = 1});
  tell(fact::AttemptEnded{.trial = 1, .attempt = 1, .end = study::End::lost});
  tell(fact::AttemptStarted{.trial = 1, .attempt = 2, .worker = "b"});
  auto trials = json()["trials"];
  EXPECT_EQ(trials["issued"], Json{2000});
  EXPECT_EQ(trials["started"], Json{3000}) << "its first attempt";
  EXPECT_EQ(trials["ended"], Json{nullptr});
  EXPECT_EQ(trials["attempt"], Json{2});
  EXPECT_EQ(trials["worker"], Json{"b"});
  EXPECT_EQ(trials["objective"], Json{nullptr});
}

TEST_F(TrialTableTest, AConfiguredLimitReplacesWhatAPersonSet) {
  EXPECT_EQ(json()["study"]["max_concurrent"], 4);
  tell(fact::Steered{.action = study::Steering::limited, .max_concurrent = 2});
  tell(fact::StudyChanged{.limits = {.budget = 9, .max_concurrent = 4}});
  EXPECT_EQ(json()["study"]["max_concurrent"], 2) << "the configured limit has not changed";
  tell(fact::StudyChanged{.limits = {.max_concurrent = 3}});
  EXPECT_EQ(json()["study"]["max_concurrent"], 3);
}

TEST_F(TrialTableTest, EndsAndReopens) {
  EXPECT_EQ(json()["study"]["ended"], nullptr);
  tell(fact::StudyEnded{.why = study::EndOfStudy::cancelled, .message = "by a signal"});
  EXPECT_EQ(json()["study"]["ended"], (Json{{"why", "cancelled"}, {"message", "by a signal"}}));
  tell(fact::Steered{.action = study::Steering::reopened});
  EXPECT_EQ(json()["study"]["ended"], nullptr);
}

TEST_F(TrialTableTest, AWorkerLeavesByItsIncarnation) {
  tell(fact::WorkerJoined{study::Worker{.name = "a", .incarnation = "2", .slots = 3}});
  tell(fact::WorkerLeft{.name = "a", .incarnation = "1", .why = "stale"});
  tell(fact::WorkerLeft{.name = "never joined", .incarnation = "1"});
  EXPECT_EQ(json()["workers"][0]["left"], nullptr);
  tell(fact::WorkerLeft{.name = "a", .incarnation = "2", .why = "done"});
  auto workers = json()["workers"];
  ASSERT_EQ(workers.size(), 1u);
  EXPECT_EQ(workers[0]["slots"], 3);
  EXPECT_EQ(workers[0]["joined"], 2000);
  EXPECT_EQ(workers[0]["left"], 5000);
  EXPECT_EQ(workers[0]["why"], "done");
}

TEST_F(TrialTableTest, WritesWhatJsonLacksAsText) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  tell(fact::TrialIssued{1, {{"x", -inf}, {"name", "\"\xff<"}}, {}});
  tell(fact::TrialEnded{.trial = 1, .objective = inf});
  auto trials = json()["trials"];
  EXPECT_EQ(trials["values"]["x"], Json{"-Infinity"});
  EXPECT_EQ(trials["objective"], Json{"Infinity"});
  EXPECT_EQ(trials["values"]["name"], Json{"\"\xef\xbf\xbd<"});
}

TEST(TrialTable, TakesEveryKindOfFact) {
  TrialTable table;
  EXPECT_FALSE(table.created());
  study::Seq seq = 0;
  for (auto& fact : testing_support::one_of_each()) table.learn({.seq = ++seq, .fact = fact});
  EXPECT_TRUE(table.created());
  EXPECT_EQ(table.last(), seq);
  EXPECT_TRUE(Json::accept("{" + table.to_json() + "}"));
}

}  // namespace
}  // namespace sherpa::feed
