#include "tests/support/scratch.hpp"
#include "tests/support/visitor.hpp"

#include <sherpa/optimize.hpp>
#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

namespace sherpa {
namespace {

using namespace testing_support;
using namespace std::chrono_literals;
using testing::HasSubstr;

StudySetup one_rate(std::filesystem::path output_dir = {}, std::uint64_t trials = 20) {
  return {.parameters = {Continuous{"lr", {1e-4, 1e-1}, Scale::log}},
          .algorithm = RandomSearch{.max_num_trials = trials},
          .lower_is_better = true,
          .output_dir = std::move(output_dir),
          .random_seed = 7};
}

void three_reports(Trial& trial) {
  for (int i = 1; i <= 3; ++i)
    trial.report(
        {.objective = trial.get<double>("lr") / i, .iteration = i, .context = {{"loss", 0.5 * i}}});
}

/// The table, in the order of trials, which several threads end in any order.
std::multiset<std::string> lines(const std::string& csv) {
  std::istringstream in(csv);
  std::multiset<std::string> out;
  for (std::string line; std::getline(in, line);) out.insert(line);
  return out;
}

class OptimizeTest : public testing::TestWithParam<bool> {
 protected:
  Scratch scratch;
  std::filesystem::path directory() const {
    return GetParam() ? scratch / "s" : std::filesystem::path();
  }
};

TEST_P(OptimizeTest, RunsEveryTrialOnce) {
  std::atomic<int> calls = 0;
  auto best = optimize(one_rate(directory()),
                       [&](Trial& trial) {
                         ++calls;
                         three_reports(trial);
                       },
                       {.max_concurrent = 4});
  EXPECT_EQ(calls, 20);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->iteration, 3);
}

TEST_P(OptimizeTest, RunsAsManyAtOnceAsAsked) {
  // Four must be inside together, or the latch never opens.
  std::latch together(4);
  std::atomic<int> inside = 0, most = 0;
  optimize(one_rate(directory(), 8),
           [&](Trial& trial) {
             int now = ++inside;
             for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {}
             if (trial.id() <= 4) together.arrive_and_wait();
             trial.report({.objective = 1});
             --inside;
           },
           {.max_concurrent = 4});
  EXPECT_EQ(most, 4);
}

TEST_P(OptimizeTest, TurnsExceptionsIntoFailedTrialsWithTheirText) {
  Scratch other;
  auto setup = one_rate(directory(), 6);
  std::vector<Progress> seen;
  auto best =
      optimize(setup,
               [&](Trial& trial) {
                 trial.report({.objective = 1.0 / static_cast<double>(trial.id())});
                 if (trial.id() == 2) throw std::runtime_error("out of memory");
                 if (trial.id() == 3) throw 42;
               },
               {.max_concurrent = 2, .progress = [&](const Progress& p) { seen.push_back(p); }});
  ASSERT_TRUE(best);
  EXPECT_EQ(best->trial_id, 6u);
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back().failed, 2u);
  EXPECT_EQ(seen.back().completed, 4u);
  EXPECT_TRUE(seen.back().finished);
}

TEST_P(OptimizeTest, TriesFailedTrialsAgainWhenAsked) {
  std::atomic<int> calls = 0;
  optimize(one_rate(directory(), 3),
           [&](Trial& trial) {
             ++calls;
             trial.report({.objective = static_cast<double>(trial.attempt())});
             if (trial.attempt() < 3) throw std::runtime_error("not yet");
           },
           {.resubmit_failed_trials = 2});
  EXPECT_EQ(calls, 9);
}

TEST_P(OptimizeTest, StopsWhatTheRuleStops) {
  auto setup = one_rate(directory(), 12);
  setup.stopping_rule = MedianStoppingRule{.min_iterations = 2, .min_trials = 1};
  std::mutex mutex;
  std::map<TrialId, int> reported;
  optimize(setup,
           [&](Trial& trial) {
             int i = 0;
             while (i < 10 && !trial.should_stop())
               trial.report({.objective = static_cast<double>(trial.id()), .iteration = ++i});
             std::scoped_lock lock(mutex);
             reported[trial.id()] = i;
           },
           {.max_concurrent = 1});
  EXPECT_EQ(reported[1], 10);
  for (TrialId id = 2; id <= 12; ++id)
    EXPECT_EQ(reported[id], 2) << "trial " << id;  // as soon as it may
}

TEST_P(OptimizeTest, WhereATrialStopsDoesNotDependOnTiming) {
  // One slot, and should_stop after every report: the verdict always rests on the trial's own
  // preceding observations.
  std::string first;
  for (int run = 0; run < 3; ++run) {
    Scratch one;
    auto setup = one_rate(one / "s", 15);
    setup.stopping_rule = MedianStoppingRule{.min_iterations = 1, .min_trials = 2};
    optimize(setup, [&](Trial& trial) {
      for (int i = 1; i <= 8 && !trial.should_stop(); ++i)
        trial.report(
            {.objective = trial.get<double>("lr") + 1.0 / (i + static_cast<double>(trial.id() % 3)),
             .iteration = i});
    });
    auto table = read_file(one / "s/results.csv");
    if (run == 0) first = table;
    EXPECT_EQ(table, first);
  }
}

TEST_P(OptimizeTest, IsTheSameAsTheLoopOnOneSlot) {
  Scratch other;
  auto setup = one_rate(other / "optimize", 10);
  optimize(setup, three_reports);
  setup.output_dir = other / "loop";
  {
    Study study(setup);
    for (Trial& trial : study) {
      three_reports(trial);
      study.finalize(trial);
    }
  }
  EXPECT_EQ(read_file(other / "optimize/results.csv"), read_file(other / "loop/results.csv"));
}

TEST_P(OptimizeTest, AReportlessTrialHasFailed) {
  std::optional<Progress> last;
  auto run = [&] {
    optimize(one_rate(directory(), 3), [](Trial&) {},
             {.progress = [&](const Progress& p) { last = p; }, .give_up_after = 0});
  };
  EXPECT_THAT(
      message_of(run),
      HasSubstr("no trial completed: 3 failed; the last failure: trial 3, attempt 1: failed: "
                "no metrics: it ended without one observation"));
  EXPECT_EQ(last->failed, 3u);
}

TEST_P(OptimizeTest, RunsFailedConfigurationsAgainWhenAsked) {
  Scratch other;
  bool broken = true;
  auto run = [&](bool retry) {
    optimize(one_rate(other / "s", 3),
             [&](Trial& trial) {
               if (broken) throw std::runtime_error("no such file: train.csv");
               three_reports(trial);
             },
             {.retry_failed = retry});
  };
  EXPECT_EQ(code_of([&] { run(false); }), Errc::study_failed);
  broken = false;
  EXPECT_EQ(code_of([&] { run(false); }), Errc::study_failed) << "it is finished";
  run(true);
  auto results = load_results(other / "s");
  auto failed = results.with_status(TrialStatus::failed);
  auto completed = results.with_status(TrialStatus::completed);
  ASSERT_EQ(failed.size(), 3u);
  ASSERT_EQ(completed.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(completed[i].parameters(), failed[i].parameters());
}

TEST_P(OptimizeTest, ATimeBudgetEndsTheStudy) {
  std::optional<Progress> last;
  auto setup = one_rate(directory(), 2);
  auto best = optimize(std::move(setup),
                       [](Trial& trial) {
                         trial.report({.objective = 1});
                         while (!trial.should_stop()) std::this_thread::sleep_for(1ms);
                       },
                       {.progress = [&](const Progress& p) { last = p; }, .time_budget = 50ms});
  EXPECT_TRUE(best) << "what was observed counts";
  EXPECT_EQ(last->ended(), 0u) << "the trial runs again when there is more time";
  EXPECT_LE(last->time_left->count(), 0);
  EXPECT_THAT(
      message_of([&] { optimize(one_rate(directory(), 2), three_reports, {.time_budget = 0ms}); }),
      HasSubstr("time_budget must be at least a millisecond"));
}

TEST_P(OptimizeTest, GivesUpOnABrokenObjective) {
  std::atomic<int> calls = 0;
  auto run = [&] {
    optimize(one_rate(directory(), 1000),
             [&](Trial&) {
               ++calls;
               throw std::runtime_error("no such file: train.csv");
             },
             {.max_concurrent = 2, .give_up_after = 5});
  };
  EXPECT_THAT(message_of(run), HasSubstr("the first 5 attempts all failed without one observation; "
                                         "the last: failed: no such file: train.csv"));
  EXPECT_LT(calls, 10);
  EXPECT_EQ(code_of(run), Errc::study_failed);
}

TEST_P(OptimizeTest, RefusesMistakesInReportsWhereTheyAreMade) {
  std::vector<std::string> messages;
  optimize(one_rate(directory(), 1), [&](Trial& trial) {
    trial.report({.objective = 1, .iteration = 3});
    messages.push_back(message_of([&] { trial.report({.objective = 1, .iteration = 3}); }));
    messages.push_back(message_of([&] { trial.report({.objective = 1, .iteration = -1}); }));
  });
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_THAT(messages[0], HasSubstr("trial 1: iteration 3 was observed already"));
  EXPECT_THAT(messages[1], HasSubstr("iteration -1 is negative"));
}

TEST_P(OptimizeTest, EndsSoonOnRequestAndResumesExactly) {
  Scratch other;
  auto setup = one_rate(other / "s", 10);
  std::stop_source stop;
  std::atomic<int> begun = 0;
  auto slow = [&](Trial& trial) {
    if (++begun == 4) stop.request_stop();
    for (int i = 1; i <= 3 && !trial.should_stop(); ++i)
      trial.report({.objective = trial.get<double>("lr") / i,
                    .iteration = i,
                    .context = {{"loss", 0.5 * i}}});
    if (trial.id() == 4)
      while (!trial.should_stop()) std::this_thread::yield();
  };
  optimize(setup, slow, {.max_concurrent = 2, .stop = stop.get_token()});
  EXPECT_LT(load_results(other / "s").with_status(TrialStatus::completed).size(), 10u);
  optimize(setup, three_reports, {.max_concurrent = 2});
  auto whole = one_rate(other / "whole", 10);
  optimize(whole, three_reports, {.max_concurrent = 2});
  EXPECT_EQ(lines(read_file(other / "s/results.csv")),
            lines(read_file(other / "whole/results.csv")));
}

TEST_P(OptimizeTest, ReturnsAtOnceWhenItIsFinished) {
  Scratch other;
  auto best = optimize(one_rate(other / "s", 5), three_reports);
  auto again = optimize(one_rate(other / "s", 5), [](Trial&) { FAIL(); });
  EXPECT_EQ(best, again);
  EXPECT_NE(optimize(one_rate(other / "s", 8), three_reports), std::nullopt);
  EXPECT_EQ(load_results(other / "s").with_status(TrialStatus::completed).size(), 8u);
}

TEST_P(OptimizeTest, ATimeOutIsSeenByShouldStopAndEndsTheTrialAsFailed) {
  std::optional<Progress> last;
  auto run = [&] {
    optimize(
        one_rate(directory(), 2),
        [](Trial& trial) {
          trial.report({.objective = 1});
          while (!trial.should_stop()) std::this_thread::sleep_for(1ms);
        },
        {.max_concurrent = 2, .progress = [&](const Progress& p) { last = p; }, .timeout = 50ms});
  };
  EXPECT_THAT(message_of(run), HasSubstr("timeout: ran longer than 50 ms"));
  EXPECT_EQ(last->failed, 2u);
}

TEST_P(OptimizeTest, SaysWhatTheAlgorithmThrew) {
  struct Throws final : Algorithm {
    Suggestion get_suggestion(const std::vector<Parameter>&, const Results& results, bool,
                              Random random) override {
      if (results.size() > 5) throw std::runtime_error("out of ideas");
      return Configuration{{"lr", random.uniform(1e-4, 1e-1)}};
    }
  };
  auto setup = one_rate(directory());
  setup.algorithm = own("throws", [] { return std::make_unique<Throws>(); });
  EXPECT_THAT(message_of([&] { optimize(setup, three_reports, {.max_concurrent = 2}); }),
              HasSubstr("algorithm 'throws' threw: out of ideas"));
}

TEST_P(OptimizeTest, SaysWhatTheRuleThrew) {
  struct Throws final : StoppingRule {
    bool should_trial_stop(const Trial& trial, const Results&, bool) override {
      if (trial.id() == 3) throw std::runtime_error("cannot say");
      return false;
    }
  };
  auto setup = one_rate(directory());
  setup.stopping_rule = own("throws", [] { return std::make_unique<Throws>(); });
  EXPECT_THAT(message_of([&] { optimize(setup, three_reports, {.max_concurrent = 2}); }),
              HasSubstr("stopping rule 'throws' threw: cannot say"));
}

TEST_P(OptimizeTest, WhatTheProgressCallbackThrowsEndsItAndComesOut) {
  auto run = [&] {
    optimize(one_rate(directory(), 100000), [](Trial& trial) { trial.report({.objective = 1}); },
             {.progress = [](const Progress& p) {
               if (p.ended() > 3) throw std::out_of_range("the terminal is gone");
             }});
  };
  EXPECT_THROW(run(), std::out_of_range);
}

TEST(Optimize, StopsWhenAnotherHostHasTakenItOver) {
  Scratch scratch;
  CaughtLog log;
  auto message = message_of([&] {
    optimize(one_rate(scratch / "s"), [&](Trial& trial) {
      taken_over_elsewhere(scratch / "s");
      while (!trial.should_stop()) std::this_thread::yield();
    });
  });
  EXPECT_THAT(message, HasSubstr("process 4711 on host far-away has taken it over with epoch 9"));
}

TEST_P(OptimizeTest, PublishesWhatTrialsSaveAndLoadsItAfterAResume) {
  Scratch other;
  std::stop_source stop;
  auto train = [&](Trial& trial) {
    int epoch = 0;
    if (auto from = trial.load_dir()) epoch = std::stoi(read_file(*from / "epoch"));
    for (++epoch; epoch <= 10 && !trial.should_stop(); ++epoch) {
      trial.report({.objective = 1.0 / epoch, .iteration = epoch});
      if (epoch == 4 && trial.attempt() == 1) stop.request_stop();
      if (epoch == 4 && trial.attempt() == 1)
        while (!trial.should_stop()) std::this_thread::yield();
    }
    std::ofstream(trial.save_dir() / "epoch") << epoch - 1;
  };
  optimize(one_rate(other / "s", 1), train, {.stop = stop.get_token()});
  EXPECT_EQ(read_file(other / "s/checkpoints/1/current/epoch"), "4");
  optimize(one_rate(other / "s", 1), train);
  EXPECT_EQ(read_file(other / "s/checkpoints/1/current/epoch"), "10");
  auto rows = load_results(other / "s").of_trial(1);
  ASSERT_EQ(rows.size(), 11u);
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(rows[static_cast<std::size_t>(i - 1)].iteration(), i);
}

INSTANTIATE_TEST_SUITE_P(Where, OptimizeTest, testing::Values(false, true), [](const auto& one) {
  return std::string(one.param ? "stored" : "in_memory");
});

TEST(Optimize, IsWatchedAndSteeredOnItsPage) {
  RecordedErrors errors;
  Scratch scratch;
  auto setup = one_rate(scratch / "s", 1);
  setup.dashboard = Dashboard{};
  optimize(setup, [&](Trial& trial) {
    Visitor visitor(scratch / "s");
    trial.report({.objective = 1, .iteration = 1});
    EXPECT_THAT(visitor.get("/study").body, HasSubstr(R"("running":[{)"));
    EXPECT_EQ(visitor.post("/study/stop", R"({"trial": 1})").status, 200);
    while (!trial.should_stop()) std::this_thread::yield();
  });
  EXPECT_THAT(errors.text(), HasSubstr("dashboard      http://127.0.0.1:"));
  EXPECT_THAT(read_file(scratch / "s/results.csv"), HasSubstr("STOPPED"));
}

TEST(Optimize, RefusesOptionsThatMakeNoSense) {
  EXPECT_THAT(message_of([] { optimize(one_rate(), three_reports, {.max_concurrent = 0}); }),
              HasSubstr("max_concurrent is 0"));
  EXPECT_THAT(message_of([] { optimize(one_rate(), nullptr); }), HasSubstr("no objective"));
  EXPECT_THAT(message_of([] { optimize(one_rate(), three_reports, {.timeout = 0s}); }),
              HasSubstr("timeout must be longer"));
}

/// Signal actions and masks, threads and descriptors of this process.
struct HostState {
  std::vector<std::string> actions;
  std::string mask;
  std::set<std::string> threads;
  std::size_t descriptors = 0;

  static HostState now() {
    HostState state;
    for (int s = 1; s < NSIG; ++s) {
      struct sigaction action {};
      if (sigaction(s, nullptr, &action) == 0)
        state.actions.push_back(
            std::to_string(s) + ' ' + std::to_string(action.sa_flags) + ' ' +
            std::to_string(reinterpret_cast<std::uintptr_t>(action.sa_handler)));
    }
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    for (int s = 1; s < NSIG; ++s) state.mask += sigismember(&mask, s) == 1 ? '1' : '0';
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
      state.threads.insert(entry.path().filename());
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
      state.descriptors += entry.exists() || true ? 1 : 0;
    return state;
  }
};

TEST(Optimize, LeavesItsHostAsItWas) {
  Scratch scratch;
  optimize(one_rate(scratch / "warm up", 1), three_reports);
  auto before = HostState::now();
  std::mutex mutex;
  std::vector<std::string> masks;
  optimize(one_rate(scratch / "s"),
           [&](Trial& trial) {
             three_reports(trial);
             // Where training runs, the host's signals do not arrive.
             std::scoped_lock lock(mutex);
             auto mask = HostState::now().mask;
             masks.push_back(
                 {mask[SIGINT - 1], mask[SIGTERM - 1], mask[SIGUSR1 - 1], mask[SIGSEGV - 1]});
           },
           {.max_concurrent = 4});
  { Study study(one_rate(scratch / "loop")); }
  auto after = HostState::now();
  EXPECT_EQ(after.actions, before.actions);
  EXPECT_EQ(after.mask, before.mask);
  EXPECT_EQ(after.threads, before.threads);
  EXPECT_EQ(after.descriptors, before.descriptors);
  for (const auto& mask : masks) EXPECT_EQ(mask, "1110");
}

TEST(Optimize, LeavesNothingPerTrial) {
  std::size_t most_threads = 0;
  std::mutex mutex;
  optimize(one_rate({}, 3000),
           [&](Trial& trial) {
             trial.report({.objective = 1});
             if (trial.id() % 500 != 0) return;
             std::scoped_lock lock(mutex);
             most_threads = std::max(most_threads, HostState::now().threads.size());
           },
           {.max_concurrent = 2});
  EXPECT_LE(most_threads, 12u);
}

}  // namespace
}  // namespace sherpa
