#include "core/study/engine.hpp"

#include "core/base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace sherpa::study {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

/// An engine with a worker or two and an algorithm that answers at once.
class EngineTest : public testing::Test {
 protected:
  void create(Limits limits = {}, Engine::Options options = {}, AlgorithmTraits algorithm = {}) {
    if (!limits.budget) limits.budget = 100;
    if (!options.token)
      options.token = [](const std::string&, TrialId t, AttemptId a) {
        return Token{"secret", "hash " + std::to_string(t) + '.' + std::to_string(a)};
      };
    engine = std::make_unique<Engine>(options);
    engine->begin(algorithm);
    act(command::Create{{.uuid = "u", .format = 1, .name = "n", .limits = limits}});
  }

  template <class C>
  Outcome act(const C& c) {
    Outcome outcome = engine->handle(c, at());
    Outcome all = outcome;
    keep(outcome);
    while (outcome.ask && answers) {
      ++asked;
      command::Suggested suggested{outcome.ask->k,
                                   outcome.ask->horizon,
                                   Configuration{{"x", static_cast<double>(outcome.ask->k)}},
                                   {}};
      if (suggest) suggested.answer = suggest(outcome.ask->k);
      outcome = engine->handle(suggested, at());
      keep(outcome);
      for (auto& e : outcome.effects) all.effects.push_back(e);
      for (auto& f : outcome.facts) all.facts.push_back(f);
    }
    return all;
  }
  void keep(const Outcome& outcome) {
    for (const auto& entry : outcome.facts) {
      EXPECT_EQ(entry.seq, entries.size() + 1);
      entries.push_back(entry);
    }
  }
  base::Now at() const { return {clock, 0}; }

  Outcome join(const std::string& name, std::uint32_t slots = 1, bool outlives = true,
               const std::string& incarnation = "1",
               std::vector<std::pair<TrialId, AttemptId>> running = {},
               std::vector<std::string> resources = {}) {
    return act(command::Join{Worker{name, incarnation, slots, std::move(resources), outlives},
                             std::move(running), ++session});
  }
  Outcome observe(TrialId trial, AttemptId attempt, std::int64_t iteration, double y,
                  std::uint64_t batch = 0, std::string token = "") {
    return act(command::Observe{
        trial, attempt, token.empty() ? hash(trial, attempt) : token, batch, {{iteration, y, {}}}});
  }
  Outcome end(TrialId trial, AttemptId attempt, End how, Detail detail = {},
              std::uint64_t after = 0, std::optional<StopWhy> told = {}) {
    return act(command::EndAttempt{
        trial, attempt, hash(trial, attempt), after, how, std::move(detail), told, {}});
  }
  static std::string hash(TrialId t, AttemptId a) {
    return "hash " + std::to_string(t) + '.' + std::to_string(a);
  }

  static std::vector<std::string> starts(const Outcome& outcome) {
    std::vector<std::string> out;
    for (const auto& effect : outcome.effects)
      if (auto* start = std::get_if<effect::Start>(&effect))
        out.push_back(std::to_string(start->trial) + '.' + std::to_string(start->attempt) + '@' +
                      start->worker);
    return out;
  }
  static std::vector<std::string> kinds(const Outcome& outcome) {
    std::vector<std::string> out;
    for (const auto& entry : outcome.facts) out.emplace_back(fact_names[entry.fact.index()]);
    return out;
  }
  template <class E>
  static int count(const Outcome& outcome) {
    int n = 0;
    for (const auto& effect : outcome.effects) n += std::holds_alternative<E>(effect) ? 1 : 0;
    return n;
  }
  TrialStatus status(TrialId trial) const {
    return engine->ledger()->ended(trial)
               ? engine->ledger()->status(engine->ledger()->summary_row(trial))
               : TrialStatus::intermediate;
  }
  /// Everything again, into another engine.
  std::unique_ptr<Engine> replayed() const {
    auto again = std::make_unique<Engine>(Engine::Options{});
    for (Entry entry : entries) {
      EXPECT_TRUE(again->follows(entry.fact)) << entry.seq << ' ' << fact_names[entry.fact.index()];
      again->apply(entry);
    }
    return again;
  }
  void TearDown() override {
    if (engine) {
      EXPECT_EQ(replayed()->describe(), engine->describe());
    }
  }

  std::unique_ptr<Engine> engine;
  std::vector<Entry> entries;
  base::Duration clock{};
  bool answers = true;
  int asked = 0;
  std::uint64_t session = 0;
  std::function<std::variant<Configuration, Wait, Done, Error>(std::uint64_t)> suggest;
};

TEST_F(EngineTest, FillsEverySlotAndNoMore) {
  create();
  EXPECT_THAT(starts(join("a", 2)), ElementsAre("1.1@a", "2.1@a"));
  EXPECT_THAT(starts(join("b", 1)), ElementsAre("3.1@b"));
  observe(1, 1, 1, 0.5);
  EXPECT_THAT(starts(end(1, 1, End::completed)), ElementsAre("4.1@a"));
}

TEST_F(EngineTest, StoresTheEndAndTheNextStartTogether) {
  create();
  join("a");
  observe(1, 1, 1, 0.5);
  answers = false;
  EXPECT_THAT(kinds(end(1, 1, End::completed)), ElementsAre("attempt_ended", "trial_ended"));
}

TEST_F(EngineTest, KeepsTheBudgetToTheTrial) {
  create({.budget = 3});
  join("a", 2);
  for (TrialId t = 1; t <= 3; ++t) {
    observe(t, 1, 1, 1);
    end(t, 1, t == 2 ? End::failed : End::completed);
  }
  EXPECT_EQ(engine->ledger()->trials(), 3u);
  EXPECT_EQ(engine->ended()->why, EndOfStudy::budget);
}

TEST_F(EngineTest, EndsWhenTheAlgorithmIsDone) {
  create();
  suggest = [](std::uint64_t k) -> std::variant<Configuration, Wait, Done, Error> {
    if (k > 2) return Done{};
    return Configuration{{"x", 1}};
  };
  join("a");
  observe(1, 1, 1, 1);
  end(1, 1, End::completed);
  observe(2, 1, 1, 1);
  auto last = end(2, 1, End::completed);
  EXPECT_THAT(kinds(last),
              ElementsAre("attempt_ended", "trial_ended", "algorithm_done", "study_ended"));
  EXPECT_EQ(count<effect::Finished>(last), 1);
  EXPECT_EQ(engine->ended()->why, EndOfStudy::exhausted);
}

TEST_F(EngineTest, OnlyTheCurrentAttemptWithItsTokenSpeaks) {
  create();
  join("a");
  EXPECT_EQ(observe(1, 1, 1, 1, 0, "wrong").answer.kind, Answer::Kind::superseded);
  EXPECT_EQ(observe(1, 2, 1, 1).answer.kind, Answer::Kind::superseded);
  EXPECT_EQ(observe(9, 1, 1, 1).answer.kind, Answer::Kind::superseded);
  EXPECT_EQ(observe(1, 1, 1, 1).answer.kind, Answer::Kind::accepted);
  end(1, 1, End::lost);
  EXPECT_EQ(observe(1, 1, 2, 1).answer.kind, Answer::Kind::superseded);
  EXPECT_EQ(end(1, 1, End::completed).answer.kind, Answer::Kind::superseded);
  EXPECT_EQ(observe(1, 2, 2, 1).answer.kind, Answer::Kind::accepted);
}

TEST_F(EngineTest, RefusesASecondObservationOfAnIteration) {
  create();
  join("a");
  observe(1, 1, 5, 1);
  EXPECT_THAT(observe(1, 1, 5, 1).answer.error.message,
              HasSubstr("trial 1: iteration 5 was observed already"));
  EXPECT_THAT(observe(1, 1, -1, 1).answer.error.message, HasSubstr("iteration -1 is negative"));
  EXPECT_EQ(observe(1, 1, 3, 1).answer.kind, Answer::Kind::accepted);
  EXPECT_EQ(observe(1, 1, 3, 1).answer.kind, Answer::Kind::refused);
  EXPECT_EQ(observe(1, 1, 4, 1).answer.kind, Answer::Kind::accepted);
  auto both = act(command::Observe{1, 1, hash(1, 1), 0, {{8, 1, {}}, {8, 2, {}}}});
  EXPECT_EQ(both.answer.kind, Answer::Kind::refused);
  EXPECT_TRUE(both.facts.empty());
  auto unordered = act(command::Observe{1, 1, hash(1, 1), 0, {{9, 1, {}}, {7, 1, {}}, {9, 2, {}}}});
  EXPECT_EQ(unordered.answer.kind, Answer::Kind::refused);
}

TEST_F(EngineTest, TakesBatchesOnceAndInOrder) {
  create();
  join("a");
  EXPECT_EQ(observe(1, 1, 1, 1, 1).answer.kind, Answer::Kind::accepted);
  auto again = observe(1, 1, 1, 1, 1);
  EXPECT_EQ(again.answer.kind, Answer::Kind::duplicate);
  EXPECT_EQ(count<effect::Acknowledge>(again), 1);
  EXPECT_TRUE(again.facts.empty());
  auto early = observe(1, 1, 3, 1, 3);
  EXPECT_EQ(early.answer.kind, Answer::Kind::early);
  EXPECT_EQ(early.answer.expected_batch, 2u);
  EXPECT_EQ(end(1, 1, End::completed, {}, 2).answer.kind, Answer::Kind::early);
  observe(1, 1, 2, 1, 2);
  EXPECT_EQ(end(1, 1, End::completed, {}, 2).answer.kind, Answer::Kind::accepted);
}

TEST_F(EngineTest, TriesAgainAsOftenAsTheKindOfEndAllows) {
  create({.retry = {.failed = 1, .lost = 2}});
  join("a");
  observe(1, 1, 1, 1);
  end(1, 1, End::lost);
  end(1, 2, End::lost);
  end(1, 3, End::preempted);
  end(1, 4, End::interrupted);
  end(1, 5, End::failed);
  EXPECT_EQ(status(1), TrialStatus::intermediate);
  end(1, 6, End::failed);
  EXPECT_EQ(status(1), TrialStatus::failed);
  for (AttemptId a = 1; a <= 2; ++a) end(2, a, End::lost);
  EXPECT_EQ(status(2), TrialStatus::intermediate);
  end(2, 3, End::lost);
  EXPECT_EQ(status(2), TrialStatus::failed);
  end(3, 1, End::timeout);
  EXPECT_EQ(status(3), TrialStatus::failed);
}

TEST_F(EngineTest, RetriesComeBeforeEnqueuedTrialsAndThoseBeforeSuggestions) {
  create();
  join("a", 2);
  act(command::Enqueue{{{"x", 7.0}}, "me"});
  observe(1, 1, 1, 1);
  end(1, 1, End::lost);
  EXPECT_EQ(engine->open_trials().front(), (std::pair<TrialId, AttemptId>(1, 2)));
  EXPECT_THAT(starts(end(1, 2, End::completed)), ElementsAre("3.1@a"));
  EXPECT_EQ(engine->ledger()->configuration(3), (Configuration{{"x", 7.0}}));
  EXPECT_EQ(engine->ledger()->origin(3).k, 0u);
  EXPECT_EQ(engine->issued_by_algorithm(), 2u);
}

TEST_F(EngineTest, ATrialWithAPendingStopIsNotTriedAgain) {
  create();
  join("a");
  observe(1, 1, 1, 1);
  auto stop = act(command::RequestStop{1, 1, StopBy::rule, "median"});
  EXPECT_EQ(count<effect::Stop>(stop), 1);
  EXPECT_EQ(act(command::RequestStop{1, 1, StopBy::rule, "median"}).answer.kind,
            Answer::Kind::duplicate);
  end(1, 1, End::lost);
  EXPECT_EQ(status(1), TrialStatus::stopped);
}

TEST_F(EngineTest, AStaleVerdictIsDropped) {
  create();
  join("a");
  observe(1, 1, 1, 1);
  end(1, 1, End::lost);
  EXPECT_EQ(act(command::RequestStop{1, 1, StopBy::rule, "median"}).answer.kind,
            Answer::Kind::duplicate);
  EXPECT_FALSE(engine->stop_pending(1));
  EXPECT_THAT(act(command::RequestStop{9, 0, StopBy::person, ""}).answer.error.message,
              HasSubstr("there is no trial 9"));
}

TEST_F(EngineTest, AStoppedTrialBetweenAttemptsEndsAtOnce) {
  create({.max_concurrent = 1});
  join("a");
  act(command::Pause{"me"});
  end(1, 1, End::lost);
  act(command::RequestStop{1, 0, StopBy::person, "enough"});
  EXPECT_EQ(status(1), TrialStatus::stopped);
  EXPECT_THAT(act(command::RequestStop{1, 0, StopBy::person, ""}).answer.error.message,
              HasSubstr("trial 1 has ended"));
}

TEST_F(EngineTest, CompletedWithoutAnObservationIsFailed) {
  create();
  join("a");
  end(1, 1, End::completed);
  EXPECT_EQ(status(1), TrialStatus::failed);
  auto seen = std::find_if(entries.begin(), entries.end(), [](const Entry& e) {
    return std::holds_alternative<fact::AttemptEnded>(e.fact);
  });
  EXPECT_THAT(std::get<fact::AttemptEnded>(seen->fact).detail.message, HasSubstr("no metrics"));
}

TEST_F(EngineTest, GivesUpWhenTheFirstAttemptsAllFailWithoutAnObservation) {
  create({.give_up_after = 3});
  join("a", 2);
  end(1, 1, End::failed, {.exit_code = 127, .message = "no such file"});
  end(2, 1, End::failed, {.exit_code = 127, .message = "no such file"});
  auto third = end(3, 1, End::failed, {.exit_code = 127, .message = "no such file"});
  EXPECT_TRUE(engine->closing());
  EXPECT_EQ(count<effect::Stop>(third), 1);  // of the one that still runs
  EXPECT_TRUE(starts(third).empty());
  end(4, 1, End::failed);
  EXPECT_EQ(engine->ended()->why, EndOfStudy::error);
  EXPECT_THAT(engine->ended()->message,
              HasSubstr("the first 3 attempts all failed without one observation; the last: failed "
                        "exit 127: no such file"));
}

TEST_F(EngineTest, OneObservationIsEnoughNotToGiveUp) {
  create({.give_up_after = 3});
  join("a");
  observe(1, 1, 1, 1);
  for (TrialId t = 1; t <= 6; ++t) end(t, 1, End::failed);
  EXPECT_FALSE(engine->closing());
}

TEST_F(EngineTest, PauseHoldsEverythingNewAndNothingThatRuns) {
  create({.retry = {.failed = 1}});
  join("a", 2);
  act(command::Pause{"me"});
  observe(1, 1, 1, 1);
  EXPECT_TRUE(starts(end(1, 1, End::completed)).empty());
  EXPECT_TRUE(starts(end(2, 1, End::failed)).empty());
  act(command::Enqueue{{{"x", 7.0}}, "me"});
  EXPECT_THAT(starts(act(command::Resume{"me"})), ElementsAre("2.2@a", "3.1@a"));
}

TEST_F(EngineTest, ALoweredLimitDrains) {
  create();
  join("a", 3);
  act(command::LimitConcurrency{1, "me"});
  observe(1, 1, 1, 1);
  observe(2, 1, 1, 1);
  EXPECT_TRUE(starts(end(1, 1, End::completed)).empty());
  EXPECT_TRUE(starts(end(2, 1, End::completed)).empty());
  observe(3, 1, 1, 1);
  EXPECT_THAT(starts(end(3, 1, End::completed)), ElementsAre("4.1@a"));
  EXPECT_THAT(starts(act(command::LimitConcurrency{2, "me"})), ElementsAre("5.1@a"));
  EXPECT_THAT(act(command::LimitConcurrency{0, "me"}).answer.error.message,
              HasSubstr("at least 1"));
}

TEST_F(EngineTest, LendsResourcesAndTheirParts) {
  create({.needs = {.slots = 1, .resources = {{"gpu", 0.5}}}});
  auto joined = join("a", 8, true, "1", {}, {"gpu:0", "gpu:1"});
  EXPECT_EQ(starts(joined).size(), 4u);
  std::vector<std::string> units;
  for (const auto& effect : joined.effects)
    if (auto* start = std::get_if<effect::Start>(&effect))
      units.push_back(start->resources.begin()->first);
  EXPECT_THAT(units, ElementsAre("gpu:0", "gpu:0", "gpu:1", "gpu:1"));
  observe(3, 1, 1, 1);
  auto next = end(3, 1, End::completed);
  ASSERT_EQ(starts(next).size(), 1u);
}

TEST_F(EngineTest, LendsSeveralWholeUnitsToOneTrial) {
  create({.needs = {.slots = 2, .resources = {{"gpu", 2}}}});
  EXPECT_EQ(starts(join("a", 3, true, "1", {}, {"gpu:0", "gpu:1", "gpu:2"})).size(), 1u);
  EXPECT_TRUE(starts(join("b", 8, true, "1", {}, {"gpu:0"})).empty());
}

TEST_F(EngineTest, ALeaseThatRunsOutLosesTheWorkersAttempts) {
  create({.lease_ms = 60'000});
  join("a", 2);
  clock += 50s;
  act(command::Alive{"a", "1"});
  clock += 50s;
  EXPECT_TRUE(act(command::Tick{}).facts.empty());
  clock += 11s;
  auto tick = act(command::Tick{});
  EXPECT_THAT(kinds(tick), ElementsAre("attempt_ended", "attempt_ended", "worker_left"));
  EXPECT_THAT(starts(join("b", 2)), ElementsAre("1.2@b", "2.2@b"));
  EXPECT_EQ(observe(1, 1, 1, 1).answer.kind, Answer::Kind::superseded);
}

TEST_F(EngineTest, AWorkerWhoseLeaseRanOutUnawaresIsToldToJoinAgain) {
  create({.lease_ms = 60'000});
  join("a");
  EXPECT_EQ(act(command::Alive{"a", "1"}).answer.kind, Answer::Kind::accepted);
  clock += 61s;
  act(command::Tick{});
  EXPECT_EQ(act(command::Alive{"a", "1"}).answer.kind, Answer::Kind::superseded);
  EXPECT_THAT(starts(join("a")), ElementsAre("1.2@a"));
  EXPECT_EQ(act(command::Alive{"a", "0"}).answer.kind, Answer::Kind::superseded);
}

TEST_F(EngineTest, AnObservationIsASignOfLife) {
  create({.lease_ms = 60'000});
  join("a");
  clock += 50s;
  observe(1, 1, 1, 1);
  clock += 50s;
  EXPECT_TRUE(act(command::Tick{}).facts.empty());
}

TEST_F(EngineTest, AnAttemptInsideTheProcessHasNoLease) {
  create({.lease_ms = 60'000});
  join("local", 1, false);
  clock += 1h;
  EXPECT_TRUE(act(command::Tick{}).facts.empty());
}

TEST_F(EngineTest, ATimeOutStopsTheAttemptAndIsItsEnd) {
  create({.timeout_ms = 1000});
  join("a");
  observe(1, 1, 1, 1);
  clock += 1001ms;
  EXPECT_EQ(count<effect::Stop>(act(command::Tick{})), 1);
  EXPECT_EQ(count<effect::Stop>(act(command::Tick{})), 0);
  end(1, 1, End::completed, {}, 0, StopWhy::timeout);
  EXPECT_EQ(status(1), TrialStatus::failed);
  EXPECT_EQ(std::get<fact::AttemptEnded>(entries[entries.size() - 4].fact).end, End::timeout);
}

TEST_F(EngineTest, CompletingJustInTimeCounts) {
  create({.timeout_ms = 1000});
  join("a");
  observe(1, 1, 1, 1);
  clock += 1001ms;
  act(command::Tick{});
  end(1, 1, End::completed);
  EXPECT_EQ(status(1), TrialStatus::completed);
}

TEST_F(EngineTest, AWorkerThatComesBackKeepsWhatItRunsAndLosesWhatItForgot) {
  create();
  join("a", 3);
  auto back = join("a", 3, true, "1", {{1, 1}, {3, 1}, {9, 1}});
  EXPECT_THAT(kinds(back), testing::Contains("attempt_ended"));
  EXPECT_THAT(starts(back), ElementsAre("2.2@a"));
  EXPECT_EQ(count<effect::Stop>(back),
            2);  // of 9, which is nothing, and of 2, whose start may be on the way
  EXPECT_EQ(observe(1, 1, 1, 1).answer.kind, Answer::Kind::accepted);
  // A late repetition of an earlier join changes nothing.
  EXPECT_EQ(act(command::Join{Worker{"a", "1", 3, {}, true}, {}, 1}).answer.kind,
            Answer::Kind::duplicate);
}

TEST_F(EngineTest, AWorkerStartedAgainHasLostEverything) {
  create();
  join("a", 1);
  auto again = join("a", 1, true, "2");
  EXPECT_THAT(kinds(again),
              ElementsAre("attempt_ended", "worker_left", "worker_joined", "attempt_started"));
  EXPECT_THAT(starts(again), ElementsAre("1.2@a"));
  EXPECT_EQ(act(command::Leave{"a", "1", "late", End::lost}).answer.kind, Answer::Kind::duplicate);
}

TEST_F(EngineTest, AWorkerThatDrainsTakesNoMoreUntilItIsStartedAgain) {
  create();
  join("a", 2);
  join("b", 1);
  act(command::Drain{"a", "1"});
  observe(1, 1, 1, 0.5);
  EXPECT_THAT(starts(end(1, 1, End::completed)), ElementsAre());
  observe(3, 1, 1, 0.5);
  EXPECT_THAT(starts(end(3, 1, End::completed)), ElementsAre("4.1@b"));
  auto workers = engine->workers();
  ASSERT_EQ(workers.size(), 2u);
  EXPECT_TRUE(workers[0].draining);
  EXPECT_EQ(workers[0].free_slots, 1u);
  EXPECT_THAT(workers[0].trials, ElementsAre(2u));
  // Over a new connection of the same start nothing changes.
  EXPECT_THAT(starts(join("a", 2, true, "1", {{2, 1}})), ElementsAre());
  EXPECT_THAT(starts(act(command::Leave{"a", "1", "drained", End::preempted})), ElementsAre());
  EXPECT_THAT(starts(join("a", 2, true, "2")), ElementsAre("2.2@a", "5.1@a"));
  EXPECT_EQ(act(command::Drain{"a", "1"}).answer.kind, Answer::Kind::superseded);
}

TEST_F(EngineTest, TakesAWorkerOutOfUseOnWhichEverythingFailsAndNotElsewhere) {
  create();
  join("good", 1);
  join("bad", 1);  // trials 1 on good, 2 on bad
  observe(1, 1, 1, 1);
  end(1, 1, End::completed);                                      // 3 on good
  end(2, 1, End::failed, {.exit_code = 1, .message = "no GPU"});  // 4 on bad
  end(4, 1, End::failed, {.exit_code = 1, .message = "no GPU"});  // 5 on bad
  observe(3, 1, 1, 1);
  end(3, 1, End::completed);  // 6 on good
  auto third = end(5, 1, End::failed, {.exit_code = 1, .message = "no GPU"});
  EXPECT_THAT(kinds(third), testing::Contains("worker_left"));
  EXPECT_TRUE(starts(third).empty());
  EXPECT_THAT(join("bad", 1).answer.error.message, HasSubstr("taken out of use"));
  EXPECT_EQ(join("bad", 1, true, "2").answer.kind, Answer::Kind::accepted);
}

TEST_F(EngineTest, ABrokenScriptIsNotTheWorkersFault) {
  create();
  join("a", 1);
  join("b", 1);
  for (TrialId t = 1; t <= 8; ++t) end(t, 1, End::failed, {.exit_code = 1, .message = "bug"});
  for (const auto& entry : entries)
    EXPECT_FALSE(std::holds_alternative<fact::WorkerLeft>(entry.fact));
}

TEST_F(EngineTest, AFailedCommitPoisonsIt) {
  create();
  join("a");
  engine->poison({Errc::store, "disk full"});
  EXPECT_EQ(observe(1, 1, 1, 1).answer.error.message, "disk full");
  EXPECT_EQ(end(1, 1, End::completed).answer.error.message, "disk full");
  EXPECT_TRUE(act(command::Tick{}).facts.empty());
}

TEST_F(EngineTest, ALaterAttemptLoadsTheNewestCheckpoint) {
  create();
  join("a");
  auto published = act(command::Publish{1, 1, hash(1, 1), "checkpoints/1/1"});
  EXPECT_EQ(count<effect::CheckpointCurrent>(published), 1);
  EXPECT_EQ(act(command::Publish{1, 1, "wrong", "elsewhere"}).answer.kind,
            Answer::Kind::superseded);
  auto next = end(1, 1, End::lost);
  const auto* start = std::get_if<effect::Start>(&next.effects.back());
  for (const auto& effect : next.effects)
    if (auto* s = std::get_if<effect::Start>(&effect)) start = s;
  ASSERT_TRUE(start);
  EXPECT_EQ(start->load, "checkpoints/1/1");
}

TEST_F(EngineTest, InterruptedTrialsRunAgainAfterAResume) {
  create();
  join("local", 2, false);
  observe(1, 1, 1, 1);
  auto interrupt = act(command::Interrupt{EndOfStudy::cancelled, "told to go"});
  EXPECT_EQ(count<effect::Stop>(interrupt), 2);
  act(command::EndAttempt{1, 1, "", 0, End::completed, {}, StopWhy::going, {}});
  observe(2, 1, 1, 5, 0, "");
  act(command::EndAttempt{
      2, 1, "", 0, End::completed, {}, {}, {}});  // it had just finished by itself
  ASSERT_TRUE(engine->ended());
  EXPECT_EQ(engine->ended()->why, EndOfStudy::cancelled);

  engine = replayed();
  auto recover = act(command::Recover{"a new run"});
  EXPECT_THAT(kinds(recover), ElementsAre("steered", "worker_left"));
  EXPECT_THAT(starts(join("local", 1, false, "2")), ElementsAre("1.2@local"));
}

TEST_F(EngineTest, RecoverInterruptsWhatRanInsideAndLeavesWhatRunsOutside) {
  create({.lease_ms = 60'000});
  join("local", 1, false);
  join("remote", 1, true);
  engine = replayed();
  clock = 5h;  // another process, another clock
  auto recover = act(command::Recover{"a new run"});
  EXPECT_THAT(kinds(recover), ElementsAre("attempt_ended", "worker_left"));
  clock += 59s;
  EXPECT_TRUE(act(command::Tick{}).facts.empty());
  EXPECT_EQ(observe(2, 1, 1, 1).answer.kind, Answer::Kind::accepted);
  clock += 61s;
  EXPECT_THAT(kinds(act(command::Tick{})), ElementsAre("attempt_ended", "worker_left"));
}

TEST_F(EngineTest, AsksAgainAfterAWaitOnceSomethingItReadsHappened) {
  create({}, {}, {.reads = {.ends = true}});
  bool waits = true;
  suggest = [&](std::uint64_t k) -> std::variant<Configuration, Wait, Done, Error> {
    if (k == 2 && waits) return Wait{};
    return Configuration{{"x", 1}};
  };
  join("a", 2);
  EXPECT_EQ(asked, 2);
  observe(1, 1, 1, 1);  // read by nobody
  EXPECT_EQ(asked, 2);
  waits = false;
  EXPECT_THAT(starts(end(1, 1, End::completed)), ElementsAre("2.1@a", "3.1@a"));
}

TEST_F(EngineTest, EndsWithAnErrorWhenTheAlgorithmWaitsForNothing) {
  create({}, {}, {.reads = {.ends = true}});
  suggest = [&](std::uint64_t) -> std::variant<Configuration, Wait, Done, Error> { return Wait{}; };
  join("a");
  EXPECT_EQ(engine->ended()->why, EndOfStudy::error);
  EXPECT_THAT(engine->ended()->message, HasSubstr("the algorithm waits, but no trial is running"));
}

TEST_F(EngineTest, PreparesSuggestionsAheadForAlgorithmsThatReadNothing) {
  create({.budget = 5}, {.prefetch = 2});
  join("a");
  EXPECT_EQ(asked, 3);
  observe(1, 1, 1, 1);
  answers = false;
  EXPECT_THAT(starts(end(1, 1, End::completed)), ElementsAre("2.1@a"));
  observe(2, 1, 1, 1);
  EXPECT_THAT(starts(end(2, 1, End::completed)), ElementsAre("3.1@a"));
}

TEST_F(EngineTest, NeverPreparesMoreThanTheBudget) {
  create({.budget = 2}, {.prefetch = 9});
  join("a");
  EXPECT_EQ(asked, 2);
}

TEST_F(EngineTest, VoidsWhatWasPreparedBeforeSomethingTheAlgorithmReads) {
  create({}, {}, {.reads = {.ends = true}});
  answers = false;
  auto first = join("a", 2);  // asked for k = 1, with both slots free
  ASSERT_TRUE(first.ask);
  act(command::Pause{"me"});
  auto given =
      engine->handle(command::Suggested{1, first.ask->horizon, Configuration{{"x", 1}}, {}}, at());
  keep(given);
  EXPECT_TRUE(starts(given).empty());  // paused: it is kept
  // Something it reads happens: a trial of a user's ends. (Pause holds it, so the slot is opened
  // for it alone.)
  act(command::Enqueue{{{"x", 7.0}}, "me"});
  auto resumed = act(command::Resume{"me"});
  EXPECT_THAT(
      starts(resumed),
      ElementsAre("1.1@a", "2.1@a"));  // the user's, then what was prepared: nothing had ended
}

TEST_F(EngineTest, AnErrorOfTheAlgorithmEndsTheStudyOnceRunningTrialsAreDone) {
  create();
  suggest = [&](std::uint64_t k) -> std::variant<Configuration, Wait, Done, Error> {
    if (k == 2) return Error{Errc::user_code, "it threw"};
    return Configuration{{"x", 1}};
  };
  join("a", 2);
  EXPECT_TRUE(engine->closing());
  end(1, 1, End::completed, {}, 0, StopWhy::going);
  EXPECT_EQ(engine->ended()->why, EndOfStudy::error);
  EXPECT_EQ(engine->ended()->message, "it threw");
}

TEST_F(EngineTest, ReplayRefusesFactsThatCannotFollow) {
  create();
  join("a");
  EXPECT_FALSE(engine->follows(fact::StudyCreated{}));
  EXPECT_FALSE(engine->follows(fact::TrialIssued{7, {}, {}}));
  EXPECT_FALSE(engine->follows(fact::AttemptStarted{1, 2}));
  EXPECT_FALSE(engine->follows(fact::Observation{1, 2, 1, 1, {}, 0}));
  EXPECT_FALSE(engine->follows(fact::Observation{8, 1, 1, 1, {}, 0}));
  EXPECT_FALSE(engine->follows(fact::TrialEnded{1, TrialStatus::completed, 1, 1, {}}));
  EXPECT_FALSE(engine->follows(fact::AttemptEnded{2, 1, End::lost, {}}));
  EXPECT_FALSE(engine->follows(fact::StopRequested{8, 1, StopBy::rule, ""}));
  EXPECT_FALSE(Engine(Engine::Options{}).follows(fact::StudyEnded{}));
}

}  // namespace
}  // namespace sherpa::study
