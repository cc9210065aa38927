#include "actors/team.hpp"

#include "core/base/clock.hpp"
#include "core/study/memory_store.hpp"
#include "runtime/coordinator/open_study.hpp"
#include "schedulers/local/function_launcher.hpp"
#include "tests/support/recorder.hpp"
#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stdexcept>
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
    if (broken_) throw std::runtime_error("a bug in the store");
    changed_.wait(lock, [&] { return open_; });
    ++commits_;
    return memory_.commit(groups);
  }
  Result<void> sync() override { return {}; }
  Result<void> replay(const std::function<Result<void>(study::Entry&&)>& tell) override {
    return memory_.replay(tell);
  }

  void hold(bool held) {
    std::scoped_lock lock(mutex_);
    open_ = !held;
    changed_.notify_all();
  }
  void fail() {
    std::scoped_lock lock(mutex_);
    fail_ = true;
  }
  /// From now on, commits throw.
  void break_down() {
    std::scoped_lock lock(mutex_);
    broken_ = true;
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
  bool open_ = true, fail_ = false, broken_ = false;
  int commits_ = 0;
};

/// An algorithm that breaks when it is asked for its k-th suggestion.
class BreakingAlgorithm final : public study::AlgorithmHost {
 public:
  BreakingAlgorithm(std::unique_ptr<study::AlgorithmHost> inner, std::uint64_t k)
      : AlgorithmHost("breaking", nullptr, {}, true, 0, 0, nullptr),
        inner_(std::move(inner)),
        k_(k) {}

  void learn(const study::Entry& entry) override { inner_->learn(entry); }
  study::command::Suggested suggest(const study::Ask& ask) override {
    if (ask.k == k_) throw std::runtime_error("a bug in the algorithm");
    return inner_->suggest(ask);
  }

 private:
  std::unique_ptr<study::AlgorithmHost> inner_;
  std::uint64_t k_;
};

/// A stopping rule that breaks at its n-th verdict.
class BreakingRule final : public study::RuleHost {
 public:
  BreakingRule(std::unique_ptr<study::RuleHost> inner, int n)
      : RuleHost("breaking", nullptr, nullptr), inner_(std::move(inner)), left_(n) {}

  void learn(const study::Entry& entry) override { inner_->learn(entry); }
  Result<std::string> verdict(TrialId trial) override {
    if (--left_ == 0) throw std::runtime_error("a bug in the rule");
    return inner_->verdict(trial);
  }

 private:
  std::unique_ptr<study::RuleHost> inner_;
  int left_;
};

/// Calls `before` ahead of each start; what that throws breaks the scheduler's actor.
class WatchedLauncher final : public study::Launcher {
 public:
  using Before = std::function<void(const study::effect::Start&, study::TrialChannel&)>;
  WatchedLauncher(std::unique_ptr<study::Launcher> inner, Before before)
      : inner_(std::move(inner)), before_(std::move(before)) {}

  study::Worker worker() const override { return inner_->worker(); }
  void launch(study::effect::Start start, std::shared_ptr<study::TrialChannel> channel) override {
    before_(start, *channel);
    inner_->launch(std::move(start), std::move(channel));
  }
  void settled(TrialId trial, AttemptId attempt) override { inner_->settled(trial, attempt); }

 private:
  std::unique_ptr<study::Launcher> inner_;
  Before before_;
};

class TeamTest : public testing::Test, private TeamServices {
 protected:
  StudySetup setup{.parameters = {Continuous{"x", {0, 1}}},
                   .algorithm = RandomSearch{.max_num_trials = 20},
                   .lower_is_better = true,
                   .random_seed = 7};
  SlowStore store;
  CaughtLog log;
  /// Changes the algorithm and the rule before the team begins.
  std::function<void(study::Hosts&)> change_hosts;

  std::unique_ptr<Team> start(std::function<void(Trial&)> run, std::uint32_t threads = 2) {
    return start(schedulers::make_function_launcher(std::move(run), threads, {}), threads);
  }

  std::unique_ptr<Team> start(std::unique_ptr<study::Launcher> launcher, std::uint32_t threads) {
    runtime::DriverOptions options{.prefetch = 2, .limits = {}};
    options.limits.max_concurrent = threads;
    options.token = [](const std::string&, TrialId trial, AttemptId attempt) {
      auto secret = std::to_string(trial) + "." + std::to_string(attempt);
      return study::Token{secret, "hash of " + secret};
    };
    auto opened = runtime::open_study(setup, options, &store, base::read_clocks());
    EXPECT_TRUE(opened) << opened.error().message;
    space_ = opened->space;
    if (change_hosts) change_hosts(*opened->hosts);
    return std::make_unique<Team>(TeamParts{.pipeline = std::move(opened->pipeline),
                                            .hosts = std::move(opened->hosts),
                                            .released = std::move(opened->released),
                                            .question = opened->question,
                                            .store = &store,
                                            .launcher = std::move(launcher),
                                            .planned = {},
                                            .services = this});
  }

  static TeamResult result_of(Team& team) {
    while (!team.ended()) team.wait(100ms);
    return team.take_result();
  }

 private:
  Result<std::unique_ptr<study::AlgorithmHost>> rebuild_algorithm(
      const study::Engine& engine) override {
    return runtime::build_algorithm(setup.algorithm, space_, engine);
  }
  std::unique_ptr<study::RuleHost> rebuild_rule(const study::Engine& engine) override {
    return runtime::build_rule(*setup.stopping_rule, engine);
  }
  Result<void> point_current(const study::effect::CheckpointCurrent&) override { return {}; }
  Result<void> prune(const study::effect::CheckpointsUnneeded&) override { return {}; }
  std::string hash_token(const std::string& token) override { return "hash of " + token; }

  space::SearchSpace space_;
};

void one_report(Trial& trial) { trial.report({.objective = trial.get<double>("x")}); }

TEST_F(TeamTest, PlaysAStudyToItsEnd) {
  auto team = start(one_report);
  auto result = result_of(*team);
  EXPECT_EQ(result.why, study::EndOfStudy::budget);
  EXPECT_EQ(result.results.with_status(TrialStatus::completed).size(), 20u);
  EXPECT_TRUE(result.last.best);
}

TEST_F(TeamTest, StartsNothingBeforeItIsStored) {
  std::atomic<int> begun = 0;
  store.hold(true);
  auto team = start([&](Trial& trial) {
    ++begun;
    one_report(trial);
  });
  // It refuses this at once: by then it has decided to start two, and may not.
  Recorder<Result<void>> refused;
  team->steer(study::command::RequestStop{99, 0, study::StopBy::person, "me"}, std::ref(refused));
  EXPECT_FALSE(refused.wait());
  EXPECT_EQ(begun, 0);
  store.hold(false);
  result_of(*team);
  EXPECT_EQ(begun, 20);
}

TEST_F(TeamTest, EndsWithTheStoresErrorAndStopsWhatRuns) {
  std::atomic<bool> called = false;
  auto team = start([&](Trial& trial) {
    one_report(trial);
    if (trial.id() == 1) {
      store.fail();
      while (!trial.should_stop()) std::this_thread::yield();
      called = true;
    }
  });
  auto result = result_of(*team);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->message, "disk full");
  team.reset();
  EXPECT_TRUE(called);
}

TEST_F(TeamTest, MakesABrokenAlgorithmActorAgain) {
  std::mutex mutex;
  std::vector<double> tried;
  change_hosts = [](study::Hosts& hosts) {
    hosts.algorithm = std::make_unique<BreakingAlgorithm>(std::move(hosts.algorithm), 8);
  };
  auto team = start(
      [&](Trial& trial) {
        {
          std::scoped_lock lock(mutex);
          tried.push_back(trial.get<double>("x"));
        }
        one_report(trial);
      },
      1);
  auto result = result_of(*team);
  EXPECT_EQ(result.why, study::EndOfStudy::budget);
  EXPECT_THAT(log.text(), HasSubstr("the algorithm's actor broke; it is made again"));
  // The same as without.
  SlowStore other;
  std::vector<double> expected;
  auto study =
      runtime::open_study(setup, {.placement = study::OnDemand{}, .prefetch = 0, .limits = {}},
                          &other, base::read_clocks());
  for (std::uint64_t k = 1; k <= 20; ++k)
    expected.push_back(std::get<study::Chosen>(study->hosts->algorithm->suggest({k, 1}).answer)
                           .configuration.get<double>("x"));
  EXPECT_EQ(tried, expected);
}

TEST_F(TeamTest, MakesABrokenRuleActorAgainAndNobodyWaitsForEver) {
  setup.stopping_rule = MedianStoppingRule{.min_iterations = 1, .min_trials = 1};
  change_hosts = [](study::Hosts& hosts) {
    hosts.rule = std::make_unique<BreakingRule>(std::move(hosts.rule), 18);
  };
  auto team = start([&](Trial& trial) {
    for (int i = 1; i <= 5 && !trial.should_stop(); ++i)
      trial.report({.objective = 1, .iteration = i});
  });
  EXPECT_EQ(result_of(*team).results.with_status(TrialStatus::completed).size(), 20u);
  EXPECT_THAT(log.text(), HasSubstr("the stopping rule's actor broke; it is made again"));
}

TEST_F(TeamTest, TriesATrialAgainWhoseActorBroke) {
  std::atomic<int> broken = 0;
  auto functions = schedulers::make_function_launcher(
      [&](Trial& trial) {
        if (trial.id() == 3 && trial.attempt() == 1) {
          ++broken;
          while (!trial.should_stop()) std::this_thread::yield();
          EXPECT_EQ(code_of([&] { one_report(trial); }), Errc::superseded);
          return;
        }
        one_report(trial);
      },
      1, {});
  // The callback of a post is called by the trial's actor.
  auto launcher = std::make_unique<WatchedLauncher>(
      std::move(functions), [](const study::effect::Start& start, study::TrialChannel& channel) {
        if (start.trial == 3 && start.attempt == 1)
          channel.post({{0.5, 1, {}}}, [](const Result<std::optional<study::StopWhy>>&) {
            throw std::runtime_error("a bug in the launcher");
          });
      });
  auto team = start(std::move(launcher), 1);
  auto result = result_of(*team);
  EXPECT_EQ(result.results.with_status(TrialStatus::completed).size(), 20u);
  EXPECT_EQ(broken, 1);
  EXPECT_EQ(store.count([](const study::Fact& f) {
    auto* ended = std::get_if<study::fact::AttemptEnded>(&f);
    return ended && ended->end == study::End::lost;
  }),
            1);
}

enum class Part : std::uint8_t { journal, scheduler, study };
class EssentialPart : public TeamTest, public testing::WithParamInterface<Part> {};

TEST_P(EssentialPart, EndsTheStudyWithAnErrorAndNeverHangs) {
  Team* team_now = nullptr;
  std::atomic<bool> ready = false, launcher_broken = false;
  auto functions = schedulers::make_function_launcher(
      [&](Trial& trial) {
        while (!ready) std::this_thread::yield();
        one_report(trial);
        if (trial.id() != 3) return;
        switch (GetParam()) {
          case Part::journal: store.break_down(); break;
          case Part::scheduler: launcher_broken = true; break;
          case Part::study:  // people are answered by the study's actor
            team_now->progress(
                [](const Result<Progress>&) { throw std::runtime_error("a bug in the page"); });
            break;
        }
        while (!trial.should_stop()) std::this_thread::yield();
      },
      2, {});
  auto launcher = std::make_unique<WatchedLauncher>(
      std::move(functions), [&](const study::effect::Start&, study::TrialChannel&) {
        if (launcher_broken) throw std::runtime_error("a bug in the launcher");
      });
  auto team = start(std::move(launcher), 2);
  team_now = team.get();
  ready = true;
  auto result = result_of(*team);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, Errc::internal);
  EXPECT_THAT(result.error->message, HasSubstr("actor broke"));
}

INSTANTIATE_TEST_SUITE_P(Parts, EssentialPart,
                         testing::Values(Part::journal, Part::scheduler, Part::study));

/// Thinks about the second suggestion until the first trial has reported a hundred times.
struct Thinks final : Algorithm {
  Suggestion get_suggestion(const std::vector<Parameter>&, const Results&, bool,
                            Random random) override {
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
    auto snapshot = team->progress();
    if (!snapshot || snapshot->running.empty() || snapshot->running[0].iteration < 0) continue;
    EXPECT_EQ(snapshot->running[0].trial, 1u);
    EXPECT_EQ(snapshot->running[0].iteration, 7);
    EXPECT_EQ(snapshot->running[0].objective, 0.25);
    EXPECT_EQ(snapshot->total, 20u);
    EXPECT_EQ(snapshot->best->objective, 0.25);
    seen = true;
  }
  result_of(*team);
}

/// Attempts that the test runs by hand, on a worker that outlives the coordinator.
class ByHand final : public study::Launcher {
 public:
  struct Job {
    study::effect::Start start;
    std::shared_ptr<study::TrialChannel> channel;
  };
  struct Table {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Job> jobs;
    std::vector<std::pair<TrialId, AttemptId>> settled;

    Job next() {
      std::unique_lock lock(mutex);
      changed.wait(lock, [this] { return !jobs.empty(); });
      auto job = std::move(jobs.front());
      jobs.pop_front();
      return job;
    }
  };

  ByHand(Table& table, std::uint32_t slots, std::vector<study::effect::Start> running = {})
      : table_(&table), slots_(slots), running_(std::move(running)) {}

  study::Worker worker() const override {
    return {.name = "here", .incarnation = "1", .slots = slots_, .outlives = true};
  }
  void launch(study::effect::Start start, std::shared_ptr<study::TrialChannel> channel) override {
    std::scoped_lock lock(table_->mutex);
    table_->jobs.push_back({std::move(start), std::move(channel)});
    table_->changed.notify_all();
  }
  std::vector<study::effect::Start> running() override { return running_; }
  void adopt(const study::effect::Start& start,
             std::shared_ptr<study::TrialChannel> channel) override {
    launch(start, std::move(channel));
  }
  void settled(TrialId trial, AttemptId attempt) override {
    std::scoped_lock lock(table_->mutex);
    table_->settled.emplace_back(trial, attempt);
    table_->changed.notify_all();
  }

 private:
  Table* table_;
  std::uint32_t slots_;
  std::vector<study::effect::Start> running_;
};

using testing_support::Recorder;
using Answered = Recorder<Result<std::optional<study::StopWhy>>>;

TEST_F(TeamTest, AnswersAPostWhenItIsStored) {
  ByHand::Table table;
  auto team = start(std::make_unique<ByHand>(table, 1), 1);
  auto job = table.next();
  EXPECT_EQ(job.start.token, "1.1");
  store.hold(true);
  Answered first, second;
  job.channel->post({{0.5, 1, {}}, {0.4, 2, {}}}, std::ref(first));
  Recorder<Result<void>> refused;  // at once: by then the study has taken the post
  team->steer(study::command::RequestStop{99, 0, study::StopBy::person, "me"}, std::ref(refused));
  EXPECT_FALSE(refused.wait());
  EXPECT_FALSE(first.yet());
  store.hold(false);
  auto answer = first.wait();
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer);
  job.channel->post({}, std::ref(second));
  EXPECT_TRUE(second.wait());
}

TEST_F(TeamTest, RefusesAPostByItselfAndWhole) {
  ByHand::Table table;
  setup.algorithm = RandomSearch{.max_num_trials = 1};
  auto team = start(std::make_unique<ByHand>(table, 1), 1);
  auto job = table.next();
  Answered before, twice, after;
  job.channel->post({{0.5, 1, {}}}, std::ref(before));
  job.channel->post({{0.4, 2, {}}, {0.3, 1, {}}}, std::ref(twice));
  job.channel->post({{0.4, 2, {}}}, std::ref(after));
  EXPECT_TRUE(before.wait());
  auto refused = twice.wait();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("iteration 1 was observed already"));
  EXPECT_TRUE(after.wait());
  job.channel->ended(study::End::completed, {}, {});
  auto result = result_of(*team);
  EXPECT_EQ(result.results.size(), 3u);
}

TEST_F(TeamTest, TellsOfStops) {
  ByHand::Table table;
  setup.algorithm = RandomSearch{.max_num_trials = 2};
  setup.stopping_rule = MedianStoppingRule{};
  auto team = start(std::make_unique<ByHand>(table, 2), 2);
  auto good = table.next(), bad = table.next();
  Answered first, second;
  Recorder<study::StopWhy> stopped;
  bad.channel->on_stop(std::ref(stopped));
  good.channel->post({{0.1, 1, {}}}, std::ref(first));
  EXPECT_TRUE(first.wait());
  bad.channel->post({{0.9, 1, {}}}, std::ref(second));
  auto answer = second.wait();
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, study::StopWhy::rule);
  EXPECT_EQ(stopped.wait(), study::StopWhy::rule);
  Recorder<study::StopWhy> late;
  bad.channel->on_stop(std::ref(late));
  EXPECT_EQ(late.wait(), study::StopWhy::rule);
  bad.channel->ended(study::End::completed, {}, study::StopWhy::rule);
  good.channel->ended(study::End::completed, {}, {});
  auto result = result_of(*team);
  EXPECT_EQ(result.results.with_status(TrialStatus::stopped).size(), 1u);
}

TEST_F(TeamTest, AdoptsWhatAnEarlierCoordinatorStarted) {
  ByHand::Table table;
  setup.algorithm = RandomSearch{.max_num_trials = 2};
  std::vector<study::effect::Start> running;
  {
    auto team = start(std::make_unique<ByHand>(table, 1), 1);
    auto job = table.next();
    Answered posted;
    job.channel->post({{0.5, 1, {}}}, std::ref(posted));
    EXPECT_TRUE(posted.wait());
    running.push_back(job.start);
  }  // killed, so to speak: the job runs on
  study::effect::Start other;
  other.trial = 7;
  other.attempt = 1;
  other.token = "another study's";
  running.push_back(other);
  auto team = start(std::make_unique<ByHand>(table, 1, running), 1);
  auto adopted = table.next(), unknown = table.next();
  ASSERT_EQ(adopted.start.trial, 1u);
  Answered posted;
  adopted.channel->post({{0.4, 2, {}}}, std::ref(posted));
  EXPECT_TRUE(posted.wait());
  Recorder<study::StopWhy> stopped;
  unknown.channel->on_stop(std::ref(stopped));
  EXPECT_EQ(stopped.wait(), study::StopWhy::superseded);
  adopted.channel->ended(study::End::completed, {}, {});
  auto second = table.next();
  EXPECT_EQ(second.start.trial, 2u);
  Answered last;
  second.channel->post({{0.3, 1, {}}}, std::ref(last));
  EXPECT_TRUE(last.wait());
  second.channel->ended(study::End::completed, {}, {});
  auto result = result_of(*team);
  EXPECT_EQ(result.results.of_trial(1).size(), 3u)
      << "both observations and the summary: one attempt";
  EXPECT_EQ(result.results.with_status(TrialStatus::completed).size(), 2u);
}

TEST_F(TeamTest, SaysWhichEndsAreSettled) {
  ByHand::Table table;
  setup.algorithm = RandomSearch{.max_num_trials = 1};
  study::effect::Start other;
  other.trial = 7;
  other.attempt = 1;
  auto team = start(std::make_unique<ByHand>(table, 1, std::vector{other}), 1);
  auto unknown = table.next(), job = table.next();
  auto settled = [&](std::vector<std::pair<TrialId, AttemptId>> wanted) {
    std::unique_lock lock(table.mutex);
    table.changed.wait(lock, [&] { return table.settled.size() >= wanted.size(); });
    return table.settled == wanted;
  };
  unknown.channel->ended(study::End::completed, {}, {});
  EXPECT_TRUE(settled({{7, 1}})) << "of an attempt that is not the current one nothing is stored";
  Answered posted;
  job.channel->post({{0.5, 1, {}}}, std::ref(posted));
  EXPECT_TRUE(posted.wait());
  store.hold(true);
  job.channel->ended(study::End::completed, {}, {});
  EXPECT_TRUE(settled({{7, 1}})) << "not before it is stored";
  store.hold(false);
  EXPECT_TRUE(settled({{7, 1}, {1, 1}}));
  result_of(*team);
}

TEST_F(TeamTest, IsSteeredAndAnswersWhenItIsStored) {
  ByHand::Table table;
  setup.algorithm = RandomSearch{.max_num_trials = 2};
  auto team = start(std::make_unique<ByHand>(table, 1), 1);
  auto first = table.next();
  auto steer = [&](study::SteeringCommand command) {
    Recorder<Result<void>> done;
    team->steer(std::move(command), std::ref(done));
    return done.wait();
  };
  EXPECT_TRUE(steer(study::command::Enqueue{{{"x", 0.25}}, "me"}));
  EXPECT_TRUE(steer(study::command::Pause{"me"}));
  EXPECT_FALSE(steer(study::command::RequestStop{99, 0, study::StopBy::person, "me"}));
  Recorder<study::StopWhy> stopped;
  first.channel->on_stop(std::ref(stopped));
  EXPECT_TRUE(steer(study::command::RequestStop{1, 0, study::StopBy::person, "me"}));
  EXPECT_EQ(stopped.wait(), study::StopWhy::person);
  store.hold(true);
  Recorder<Result<void>> resumed;
  team->steer(study::command::Resume{"me"}, std::ref(resumed));
  Recorder<Result<Progress>> snapshot;
  team->progress(std::ref(snapshot));
  EXPECT_FALSE(steer(study::command::RequestStop{99, 0, study::StopBy::person, "me"}));
  EXPECT_FALSE(resumed.yet());
  EXPECT_FALSE(snapshot.yet()) << "what is shown is stored";
  store.hold(false);
  EXPECT_TRUE(resumed.wait());
  EXPECT_EQ(snapshot.wait()->running.size(), 1u);
  first.channel->ended(study::End::completed, {}, study::StopWhy::person);
  auto second = table.next();
  EXPECT_EQ(second.start.configuration.get<double>("x"), 0.25) << "the enqueued one comes first";
}

}  // namespace
}  // namespace sherpa::actors
