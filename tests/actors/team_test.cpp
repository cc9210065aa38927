#include "actors/team.hpp"

#include "runtime/open_study.hpp"
#include "schedulers/function_launcher.hpp"
#include "study/clock.hpp"
#include "study/memory_store.hpp"
#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace sherpa::actors {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::HasSubstr;

/// A store whose commits can be held up, and fail.
class SlowStore final : public study::Store {
 public:
  Result<void> commit(std::span<const study::Group> groups) override {
    std::unique_lock lock(mutex_);
    if (fail_) return Error{Errc::store, "disk full"};
    changed_.wait(lock, [&] { return open_; });
    ++commits_;
    return memory_.commit(groups);
  }
  Result<void> sync() override { return {}; }
  Result<void> replay(const std::function<Result<void>(study::Entry&&)>& tell) override { return memory_.replay(tell); }

  void hold(bool held) {
    std::scoped_lock lock(mutex_);
    open_ = !held;
    changed_.notify_all();
  }
  void fail() {
    std::scoped_lock lock(mutex_);
    fail_ = true;
  }
  template <class F>
  int count(F is) const {
    std::scoped_lock lock(mutex_);
    int n = 0;
    for (const auto& group : memory_.groups())
      for (const auto& entry : *group) n += is(entry.fact) ? 1 : 0;
    return n;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  study::MemoryStore memory_;
  bool open_ = true, fail_ = false;
  int commits_ = 0;
};

class TeamTest : public testing::Test {
 protected:
  StudySetup setup{.parameters = {Continuous{"x", {0, 1}}},
                   .algorithm = RandomSearch{.max_num_trials = 20},
                   .lower_is_better = true,
                   .random_seed = 7};
  SlowStore store;
  CaughtLog log;

  std::unique_ptr<Team> start(std::function<void(Trial&)> run, std::uint32_t threads = 2) {
    runtime::DriverOptions options{.direct = false, .prefetch = 2, .limits = {}};
    options.limits.max_concurrent = threads;
    auto opened = runtime::open_study(setup, options, &store, study::read_clocks());
    EXPECT_TRUE(opened) << opened.error().message;
    space_ = opened->space;
    TeamParts parts{.engine = std::move(opened->engine),
                    .algorithm = std::move(opened->algorithm),
                    .rule = std::move(opened->rule),
                    .journal = std::move(opened->journal),
                    .effects = std::move(opened->effects),
                    .ask = opened->ask,
                    .store = &store,
                    .launcher = schedulers::make_function_launcher(std::move(run), threads, {}),
                    .planned = {},
                    .make_algorithm = {},
                    .make_rule = {},
                    .point_current = {}};
    parts.make_algorithm = [this](const study::Engine& engine) {
      return runtime::build_algorithm(setup.algorithm, space_, engine);
    };
    parts.make_rule = [this](const study::Engine& engine) { return runtime::build_rule(*setup.stopping_rule, engine); };
    parts.point_current = [](const study::effect::CheckpointCurrent&) { return Result<void>(); };
    return std::make_unique<Team>(std::move(parts));
  }

  static TeamResult result_of(Team& team) {
    while (!team.ended()) team.wait(100ms);
    return team.take_result();
  }

 private:
  study::SearchSpace space_;
};

void one_report(Trial& trial) { trial.report({.objective = trial.get<double>("x")}); }

TEST_F(TeamTest, PlaysAStudyToItsEnd) {
  auto team = start(one_report);
  auto result = result_of(*team);
  EXPECT_EQ(result.why, study::EndOfStudy::budget);
  EXPECT_EQ(result.results.with_status(TrialStatus::completed).size(), 20u);
  EXPECT_TRUE(result.best);
}

TEST_F(TeamTest, StartsNothingBeforeItIsStored) {
  std::atomic<int> begun = 0;
  store.hold(true);
  auto team = start([&](Trial& trial) {
    ++begun;
    one_report(trial);
  });
  team->ask_for_progress();  // the study has answered: it has decided to start two, and may not
  while (!team->progress()) team->wait(10ms);
  EXPECT_EQ(begun, 0);
  store.hold(false);
  result_of(*team);
  EXPECT_EQ(begun, 20);
}

TEST_F(TeamTest, EndsWithTheStoresErrorAndStopsWhatRuns) {
  std::atomic<bool> told = false;
  auto team = start([&](Trial& trial) {
    one_report(trial);
    if (trial.id() == 1) {
      store.fail();
      while (!trial.should_stop()) std::this_thread::yield();
      told = true;
    }
  });
  auto result = result_of(*team);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->message, "disk full");
  team.reset();
  EXPECT_TRUE(told);
}

TEST_F(TeamTest, MakesABrokenAlgorithmActorAgain) {
  std::mutex mutex;
  std::vector<double> tried;
  Team* team_now = nullptr;
  std::atomic<bool> ready = false;
  auto team = start(
      [&](Trial& trial) {
        while (!ready) std::this_thread::yield();
        {
          std::scoped_lock lock(mutex);
          tried.push_back(trial.get<double>("x"));
        }
        if (trial.id() == 5) team_now->break_part(Part::algorithm);
        one_report(trial);
      },
      1);
  team_now = team.get();
  ready = true;
  auto result = result_of(*team);
  EXPECT_EQ(result.why, study::EndOfStudy::budget);
  EXPECT_THAT(log.text(), HasSubstr("the algorithm's actor broke; it is made again"));
  // The same as without.
  SlowStore other;
  std::vector<double> expected;
  auto study = runtime::open_study(setup, {.direct = true, .prefetch = 0, .limits = {}}, &other, study::read_clocks());
  for (std::uint64_t k = 1; k <= 20; ++k)
    expected.push_back(std::get<Configuration>(study->algorithm->suggest({k, 1}).answer).get<double>("x"));
  EXPECT_EQ(tried, expected);
}

TEST_F(TeamTest, MakesABrokenRuleActorAgainAndNobodyWaitsForEver) {
  setup.stopping_rule = MedianStoppingRule{.min_iterations = 1, .min_trials = 1};
  Team* team_now = nullptr;
  std::atomic<bool> ready = false;
  auto team = start([&](Trial& trial) {
    while (!ready) std::this_thread::yield();
    for (int i = 1; i <= 5 && !trial.should_stop(); ++i) {
      if (trial.id() == 4 && i == 3) team_now->break_part(Part::stopping_rule);
      trial.report({.objective = 1, .iteration = i});
    }
  });
  team_now = team.get();
  ready = true;
  EXPECT_EQ(result_of(*team).results.with_status(TrialStatus::completed).size(), 20u);
}

TEST_F(TeamTest, TriesATrialAgainWhoseActorBroke) {
  Team* team_now = nullptr;
  std::atomic<bool> ready = false;
  std::atomic<int> broken = 0;
  auto team = start(
      [&](Trial& trial) {
        while (!ready) std::this_thread::yield();
        if (trial.id() == 3 && trial.attempt() == 1) {
          ++broken;
          team_now->break_part(Part::some_trial);
          while (!trial.should_stop()) std::this_thread::yield();
          EXPECT_EQ(code_of([&] { one_report(trial); }), Errc::superseded);
          return;
        }
        one_report(trial);
      },
      1);
  team_now = team.get();
  ready = true;
  auto result = result_of(*team);
  EXPECT_EQ(result.results.with_status(TrialStatus::completed).size(), 20u);
  EXPECT_EQ(broken, 1);
  EXPECT_EQ(store.count([](const study::Fact& f) {
    auto* ended = std::get_if<study::fact::AttemptEnded>(&f);
    return ended && ended->end == study::End::lost;
  }),
            1);
}

class EssentialPart : public TeamTest, public testing::WithParamInterface<Part> {};

TEST_P(EssentialPart, EndsTheStudyWithAnErrorAndNeverHangs) {
  Team* team_now = nullptr;
  std::atomic<bool> ready = false;
  auto team = start([&](Trial& trial) {
    while (!ready) std::this_thread::yield();
    one_report(trial);
    if (trial.id() == 3) {
      team_now->break_part(GetParam());
      while (!trial.should_stop()) std::this_thread::yield();
    }
  });
  team_now = team.get();
  ready = true;
  auto result = result_of(*team);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::internal);
  EXPECT_THAT(result.error->message, HasSubstr("actor broke"));
}

INSTANTIATE_TEST_SUITE_P(Parts, EssentialPart, testing::Values(Part::journal, Part::scheduler, Part::study));

/// Thinks about the second suggestion until the first trial has reported a hundred times.
struct Thinks final : Algorithm {
  Suggestion get_suggestion(const std::vector<Parameter>&, const Results&, bool, Random random) override {
    if (calls++ == 1)
      while (reported < 100) std::this_thread::yield();
    if (calls > 4) return Done{};
    return Configuration{{"x", random.uniform()}};
  }
  static inline std::atomic<int> reported = 0;
  int calls = 0;
};

TEST_F(TeamTest, AnAlgorithmThatThinksLongHoldsUpNobody) {
  Thinks::reported = 0;
  setup.algorithm = own("thinks", [] { return std::make_unique<Thinks>(); });
  auto team = start([&](Trial& trial) {
    for (int i = 0; i < 100; ++i) {
      trial.report({.objective = 1, .iteration = i});
      ++Thinks::reported;
    }
  });
  EXPECT_EQ(result_of(*team).why, study::EndOfStudy::exhausted);
}

TEST_F(TeamTest, ShowsWhatRuns) {
  std::atomic<bool> seen = false;
  auto team = start(
      [&](Trial& trial) {
        trial.report({.objective = 0.25, .iteration = 7});
        if (trial.id() == 1)
          while (!seen) std::this_thread::yield();
      },
      1);
  while (!seen) {
    team->ask_for_progress();
    team->wait(10ms);
    auto picture = team->progress();
    if (!picture || picture->running.empty() || picture->running[0].iteration < 0) continue;
    EXPECT_EQ(picture->running[0].trial, 1u);
    EXPECT_EQ(picture->running[0].iteration, 7);
    EXPECT_EQ(picture->running[0].objective, 0.25);
    EXPECT_EQ(picture->total, 20u);
    EXPECT_EQ(picture->best->objective, 0.25);
    seen = true;
  }
  result_of(*team);
}

}  // namespace
}  // namespace sherpa::actors
