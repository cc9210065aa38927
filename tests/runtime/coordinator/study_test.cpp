#include "tests/support/scratch.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

namespace sherpa {
namespace {

using namespace testing_support;
namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr double inf = std::numeric_limits<double>::infinity();

StudySetup one_rate(std::filesystem::path output_dir = {}, std::uint64_t trials = 5) {
  return {.parameters = {Continuous{"lr", {1e-4, 1e-1}, Scale::log}},
          .algorithm = RandomSearch{.max_num_trials = trials},
          .lower_is_better = true,
          .output_dir = std::move(output_dir),
          .random_seed = 7};
}

/// Runs trials to their end; each reports three times.
void run(Study& study, std::uint64_t most = 1000) {
  std::uint64_t n = 0;
  for (Trial& trial : study) {
    for (int i = 1; i <= 3; ++i)
      study.add_observation(trial, {.objective = trial.get<double>("lr") / i,
                                    .iteration = i,
                                    .context = {{"loss", 0.5 * i}}});
    study.finalize(trial);
    if (++n == most) break;
  }
}

std::string table(const Study& study) {
  std::ostringstream out;
  study.results().write_csv(out);
  return out.str();
}

TEST(Study, RunsInMemory) {
  Study study(one_rate());
  run(study);
  EXPECT_EQ(study.results().size(), 20u);
  EXPECT_EQ(study.results().with_status(TrialStatus::completed).size(), 5u);
  auto best = study.get_best_result();
  ASSERT_TRUE(best);
  EXPECT_EQ(best->iteration, 3);
  EXPECT_EQ(best->context.at("loss"), 1.5);
}

TEST(Study, IsEmptyBeforeAnythingFiniteWasSeen) {
  Study study(one_rate());
  EXPECT_FALSE(study.get_best_result());
  auto trial = std::get<Trial>(study.get_suggestion());
  study.add_observation(trial, {.objective = std::nan(""), .iteration = 0});
  study.add_observation(trial, {.objective = inf, .iteration = 1});
  study.add_observation(trial, {.objective = -inf, .iteration = 2});
  study.finalize(trial);
  EXPECT_FALSE(study.get_best_result());
}

TEST(Study, KeepsNaNAndInfinityInTheStore) {
  Scratch scratch;
  {
    Study study(one_rate(scratch / "s"));
    auto trial = std::get<Trial>(study.get_suggestion());
    study.add_observation(trial,
                          {.objective = std::nan(""), .iteration = 0, .context = {{"m", inf}}});
    study.add_observation(trial,
                          {.objective = -inf, .iteration = 1, .context = {{"m", std::nan("")}}});
    study.finalize(trial, TrialStatus::stopped);
  }
  auto results = load_results(scratch / "s");
  auto rows = results.of_trial(1);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_TRUE(std::isnan(rows[0].objective()));
  EXPECT_EQ(rows[0].context("m"), inf);
  EXPECT_EQ(rows[1].objective(), -inf);
  EXPECT_TRUE(std::isnan(rows[1].context("m")));
  EXPECT_FALSE(results.best(true));
}

TEST(Study, RefusesWhatMakesNoSense) {
  Study study(one_rate()), other(one_rate());
  auto trial = std::get<Trial>(study.get_suggestion());
  EXPECT_THAT(message_of([&] { study.finalize(trial); }),
              HasSubstr("trial 1: completed without an observation"));
  EXPECT_THAT(message_of([&] { study.finalize(trial, TrialStatus::intermediate); }),
              HasSubstr("INTERMEDIATE is no end"));
  study.add_observation(trial, {.objective = 1, .iteration = 3});
  EXPECT_THAT(message_of([&] { study.add_observation(trial, {.objective = 1, .iteration = 3}); }),
              HasSubstr("iteration 3 was observed already"));
  EXPECT_THAT(message_of([&] { study.add_observation(trial, {.objective = 1, .iteration = -3}); }),
              HasSubstr("iteration -3 is negative"));
  EXPECT_THAT(message_of([&] { other.add_observation(trial, {.objective = 1}); }),
              HasSubstr("trial 1 belongs to another study"));
  EXPECT_THAT(message_of([&] { (void)trial.get<double>("learning_rate"); }),
              HasSubstr("there is no parameter 'learning_rate'"));
  study.finalize(trial);
  EXPECT_THAT(message_of([&] { study.add_observation(trial, {.objective = 1, .iteration = 4}); }),
              HasSubstr("trial 1 has ended"));
  EXPECT_THAT(message_of([&] { study.finalize(trial); }), HasSubstr("trial 1 has ended"));
  EXPECT_EQ(study.results().size(), 2u);
}

TEST(Study, LetsFailedAndStoppedTrialsEndWithoutAnObservation) {
  Study study(one_rate());
  for (auto status : {TrialStatus::failed, TrialStatus::stopped}) {
    auto trial = std::get<Trial>(study.get_suggestion());
    study.finalize(trial, status);
    EXPECT_EQ(study.results().with_status(status).size(), 1u);
  }
}

TEST(Study, GivesATrialWaitOrDone) {
  Study study(one_rate({}, 1));
  auto trial = std::get<Trial>(study.get_suggestion());
  EXPECT_TRUE(std::holds_alternative<Done>(study.get_suggestion()));
  study.finalize(trial, TrialStatus::failed);
  EXPECT_TRUE(std::holds_alternative<Done>(study.get_suggestion()));
}

TEST(Study, RunsUsersTrialsFirstAndEvenAfterTheAlgorithmIsDone) {
  Study study(one_rate({}, 2));
  study.add_trial({{"lr", 0.05}});
  study.add_trial({{"lr", 0.06}});
  std::vector<double> rates;
  for (Trial& trial : study) {
    rates.push_back(trial.get<double>("lr"));
    study.finalize(trial, TrialStatus::failed);
  }
  ASSERT_EQ(rates.size(), 4u);
  EXPECT_EQ(rates[0], 0.05);
  EXPECT_EQ(rates[1], 0.06);
  study.add_trial({{"lr", 0.07}});
  auto late = std::get<Trial>(study.get_suggestion());
  EXPECT_EQ(late.get<double>("lr"), 0.07);
  study.finalize(late, TrialStatus::failed);
  EXPECT_THAT(message_of([&] {
                study.add_trial({{"lrr", 0.07}});
              }),
              HasSubstr("no value for parameter 'lr'"));
  EXPECT_THAT(message_of([&] { study.add_trial({{"lr", 7}}); }), HasSubstr("outside"));
}

TEST(Study, AsksTheRuleThereAndThen) {
  StudySetup setup = one_rate({}, 10);
  setup.stopping_rule = MedianStoppingRule{.min_iterations = 1, .min_trials = 1};
  Study study(setup);
  int stopped = 0;
  for (Trial& trial : study) {
    study.add_observation(trial, {.objective = static_cast<double>(trial.id())});
    bool stop = study.should_trial_stop(trial);
    EXPECT_EQ(stop, trial.id() > 1);
    EXPECT_EQ(study.should_trial_stop(trial), stop);
    stopped += stop ? 1 : 0;
    study.finalize(trial, stop ? TrialStatus::stopped : TrialStatus::completed);
  }
  EXPECT_EQ(stopped, 9);
}

TEST(Study, ReportsThroughTheTrialToo) {
  Study study(one_rate());
  auto trial = std::get<Trial>(study.get_suggestion());
  trial.report({.objective = 1, .iteration = 1});
  EXPECT_FALSE(trial.should_stop());
  study.finalize(trial);
  EXPECT_EQ(study.results().size(), 2u);
}

TEST(Study, ResumesWhereItWas) {
  Scratch scratch;
  std::string whole;
  {
    Study study(one_rate(scratch / "whole"));
    run(study);
    whole = table(study);
  }
  EXPECT_EQ(read_file(scratch / "whole/results.csv"), whole);
  for (std::uint64_t at = 1; at <= 4; ++at) {
    auto directory = scratch / ("part" + std::to_string(at));
    {
      Study study(one_rate(directory));
      run(study, at);
    }
    Study study(one_rate(directory));
    EXPECT_EQ(study.results().with_status(TrialStatus::completed).size(), at);
    run(study);
    EXPECT_EQ(table(study), whole);
  }
}

TEST(Study, RunsAnAbandonedTrialAgainAfterAResume) {
  Scratch scratch;
  CaughtLog log;
  {
    Study study(one_rate(scratch / "s"));
    for (Trial& trial : study) {
      study.add_observation(trial, {.objective = 1, .iteration = 1});
      if (trial.id() <= 2) continue;  // forgotten
      study.finalize(trial);
      if (trial.id() == 3) break;
    }
  }
  EXPECT_EQ(log.lines().size(), 2u);
  EXPECT_THAT(log.lines()[0], HasSubstr("trial 1 was destroyed without finalize"));
  EXPECT_THAT(
      log.lines()[1],
      HasSubstr("trials 1 and 2 were not finalised; the next run of this study tries again"));
  Study study(one_rate(scratch / "s"));
  auto again = std::get<Trial>(study.get_suggestion());
  EXPECT_EQ(again.id(), 1u);
  EXPECT_EQ(again.attempt(), 2u);
  study.add_observation(again, {.objective = 2, .iteration = 1});
  study.finalize(again);
  EXPECT_EQ(study.results().of_trial(1).size(),
            2u);  // the first attempt's observation is withdrawn
  EXPECT_EQ(study.results().of_trial(1)[0].objective(), 2);
  EXPECT_EQ(std::get<Trial>(study.get_suggestion()).id(), 2u);
}

TEST(Study, AFinishedOneReopensWithARaisedLimit) {
  Scratch scratch;
  {
    Study study(one_rate(scratch / "s", 3));
    run(study);
  }
  {
    Study study(one_rate(scratch / "s", 3));
    EXPECT_TRUE(std::holds_alternative<Done>(study.get_suggestion()));
    EXPECT_TRUE(study.get_best_result());
  }
  Study study(one_rate(scratch / "s", 5));
  run(study);
  EXPECT_EQ(study.results().with_status(TrialStatus::completed).size(), 5u);
  Study fresh(one_rate({}, 5));
  run(fresh);
  EXPECT_EQ(table(study), table(fresh));
}

TEST(Study, RefusesToResumeAnotherStudy) {
  Scratch scratch;
  { Study study(one_rate(scratch / "s")); }
  auto with = [&](auto change) {
    return message_of([&] {
      auto setup = one_rate(scratch / "s");
      change(setup);
      Study study(setup);
    });
  };
  EXPECT_THAT(with([](StudySetup& s) {
                s.parameters = {Continuous{"lr", {1e-4, 1}, Scale::log}};
              }),
              HasSubstr("parameter 'lr' is another one there"));
  EXPECT_THAT(with([](StudySetup& s) {
                s.parameters = {Continuous{"rate", {1e-4, 1e-1}, Scale::log}};
              }),
              HasSubstr("parameter 'lr' there is 'rate' here"));
  EXPECT_THAT(with([](StudySetup& s) {
                s.parameters.push_back(Choice{"c", {1}});
              }),
              HasSubstr("there are 1 parameters there and 2 here"));
  EXPECT_THAT(with([](StudySetup& s) { s.lower_is_better = false; }),
              HasSubstr("lower_is_better is true there"));
  EXPECT_THAT(with([](StudySetup& s) { s.random_seed = 8; }),
              HasSubstr("random_seed is 7 there and 8 here"));
  EXPECT_THAT(with([](StudySetup& s) { s.algorithm = GridSearch{}; }),
              HasSubstr("set update (sherpa run --update) to change it"));
  EXPECT_THAT(with([](StudySetup& s) { s.algorithm = RandomSearch{.max_num_trials = 4}; }),
              HasSubstr("set update (sherpa run --update) to change it"));
  EXPECT_THAT(with([](StudySetup& s) { s.stopping_rule = MedianStoppingRule{}; }),
              HasSubstr("its stopping rule is none there"));
  EXPECT_EQ(with([](StudySetup& s) { s.random_seed.reset(); }), "nothing was thrown");
  EXPECT_EQ(with([](StudySetup& s) {
              s.stopping_rule = MedianStoppingRule{};
              s.update = true;
            }),
            "nothing was thrown");
}

TEST(Study, HasOneCoordinator) {
  Scratch scratch;
  Study study(one_rate(scratch / "s"));
  EXPECT_EQ(code_of([&] { Study second(one_rate(scratch / "s")); }), Errc::locked);
  EXPECT_EQ(code_of([&] { load_results(scratch / "s"); }), Errc::locked);
}

TEST(Study, StopsWhenAnotherHostHasTakenItOver) {
  Scratch scratch;
  CaughtLog log;
  Study study(one_rate(scratch / "s"));
  taken_over_elsewhere(scratch / "s");
  // It looks once a second.
  auto message = message_of([&] {
    for (;;) study.save();
  });
  EXPECT_THAT(message, HasSubstr("process 4711 on host far-away has taken it over with epoch 9"));
  EXPECT_EQ(code_of([&] { study.get_suggestion(); }), Errc::locked);
}

TEST(Study, RefusesADirectoryItCannotWrite) {
  Scratch scratch;
  std::ofstream(scratch / "file") << "in the way";
  EXPECT_EQ(code_of([&] { Study study(one_rate(scratch / "file/study")); }), Errc::store);
  EXPECT_THAT(message_of([&] { Study study(one_rate(scratch / "file/study")); }),
              HasSubstr("cannot make the output directory"));
}

TEST(Study, RefusesBadSetups) {
  auto with = [](auto change) {
    return message_of([&] {
      auto setup = one_rate();
      change(setup);
      Study study(setup);
    });
  };
  EXPECT_THAT(with([](StudySetup& s) { s.parameters.clear(); }), HasSubstr("no parameters"));
  EXPECT_THAT(with([](StudySetup& s) {
                s.parameters = {Choice{"", {1}}};
              }),
              HasSubstr("empty name"));
  EXPECT_THAT(
      with([](StudySetup& s) { s.algorithm = RandomSearch{.max_num_trials = {}, .repeat = 0}; }),
      HasSubstr("repeat is 0"));
  EXPECT_THAT(
      with([](StudySetup& s) { s.stopping_rule = MedianStoppingRule{.min_iterations = -1}; }),
      HasSubstr("min_iterations is negative"));
}

/// Waits until the trial before has ended.
class OneAtATime final : public Algorithm {
 public:
  Suggestion get_suggestion(const std::vector<Parameter>&, const Results& results, bool,
                            Random) override {
    auto ended = results.with_status(TrialStatus::completed).size();
    if (ended == 4) return Done{};
    if (ended < asked_++) return Wait{};
    return Configuration{{"lr", 0.01}};
  }

 private:
  std::size_t asked_ = 0;
};

TEST(Study, SaysForWhomTheAlgorithmWaitsWhenNobodyRunsAnything) {
  CaughtLog log;
  auto setup = one_rate();
  setup.algorithm = own("one at a time", [] { return std::make_unique<OneAtATime>(); });
  Study study(setup);
  auto message = message_of([&] {
    for (Trial& trial : study) study.add_observation(trial, {.objective = 1});
  });
  EXPECT_THAT(message, HasSubstr("the algorithm waits for trial 1, which were not finalized"));
}

TEST(Study, BlocksWhileOtherThreadsRunWhatTheAlgorithmWaitsFor) {
  struct Alternating final : Algorithm {
    Suggestion get_suggestion(const std::vector<Parameter>&, const Results& results, bool,
                              Random) override {
      auto ended = results.with_status(TrialStatus::completed).size();
      auto begun = static_cast<std::size_t>(begun_);
      if (begun == 20) return Done{};
      if (begun > ended) return Wait{};
      ++begun_;
      return Configuration{{"lr", 0.01}};
    }
    int begun_ = 0;
  };
  auto setup = one_rate();
  setup.algorithm = own("alternating", [] { return std::make_unique<Alternating>(); });
  Study study(setup);
  std::atomic<int> ran = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (Trial& trial : study) {
        study.add_observation(trial, {.objective = 1});
        study.finalize(trial);
        ++ran;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ran, 20);
}

TEST(Study, IsSharedByThreads) {
  Scratch scratch;
  for (auto directory : {std::filesystem::path(), scratch / "s"}) {
    auto setup = one_rate(directory, 400);
    setup.stopping_rule = MedianStoppingRule{.min_iterations = 2, .min_trials = 3};
    {
      Study study(setup);
      std::vector<std::thread> threads;
      for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
          for (Trial& trial : study) {
            auto status = TrialStatus::completed;
            for (int i = 0; i < 5; ++i) {
              study.add_observation(trial, {.objective = trial.get<double>("lr") / (i + 1),
                                            .iteration = i,
                                            .context = {{"t", 1}}});
              if (study.should_trial_stop(trial)) {
                status = TrialStatus::stopped;
                break;
              }
            }
            study.finalize(trial, status);
          }
        });
      std::thread reader([&] {
        for (int i = 0; i < 50; ++i) {
          (void)study.get_best_result();
          for (const auto& row : study.results()) ASSERT_GE(row.iteration(), 0);
        }
      });
      for (auto& thread : threads) thread.join();
      reader.join();
      EXPECT_EQ(study.results().with_status(TrialStatus::completed).size() +
                    study.results().with_status(TrialStatus::stopped).size(),
                400u);
    }
  }
  EXPECT_EQ(load_results(scratch / "s").with_status(TrialStatus::completed).size() +
                load_results(scratch / "s").with_status(TrialStatus::stopped).size(),
            400u);
}

TEST(Study, OutlivesNothingThatNeedsIt) {
  std::optional<Trial> left;
  CaughtLog log;
  {
    Study study(one_rate());
    left.emplace(std::get<Trial>(study.get_suggestion()));
  }
  EXPECT_THAT(message_of([&] { left->report({.objective = 1}); }),
              HasSubstr("the study of trial 1 is closed"));
  EXPECT_EQ(left->parameters().size(), 1u);
}

TEST(Study, SavesACopyThatResumes) {
  Scratch scratch;
  for (auto directory : {std::filesystem::path(), scratch / "stored"}) {
    auto copy = scratch / (directory.empty() ? "of memory" : "of store");
    Study study(one_rate(directory, 4));
    run(study, 2);
    study.save(copy);
    EXPECT_EQ(code_of([&] { study.save(copy); }), Errc::invalid_argument);
    EXPECT_EQ(read_file(copy / "results.csv"), table(study));
    Study resumed(one_rate(copy, 4));
    EXPECT_EQ(table(resumed), table(study));
    run(study);
    run(resumed);
    EXPECT_EQ(table(resumed), table(study));
  }
}

TEST(Study, SaveLeavesTheTableOnDisk) {
  Scratch scratch;
  Study study(one_rate(scratch / "s"));
  run(study, 1);
  study.save();
  EXPECT_EQ(read_file(scratch / "s/results.csv"), table(study));
}

TEST(Study, KeepsCheckpointsOfAttempts) {
  Scratch scratch;
  CaughtLog log;
  {
    Study study(one_rate(scratch / "s"));
    auto trial = std::get<Trial>(study.get_suggestion());
    EXPECT_FALSE(trial.load_dir());
    std::ofstream(trial.save_dir() / "model") << "first";
    trial.publish();
    study.add_observation(trial, {.objective = 1});
  }
  Study study(one_rate(scratch / "s"));
  auto again = std::get<Trial>(study.get_suggestion());
  ASSERT_TRUE(again.load_dir());
  EXPECT_EQ(read_file(*again.load_dir() / "model"), "first");
  EXPECT_EQ(read_file(scratch / "s/checkpoints/1/current/model"), "first");
  EXPECT_NE(again.save_dir(), *again.load_dir());
  Study in_memory(one_rate());
  auto other = std::get<Trial>(in_memory.get_suggestion());
  EXPECT_EQ(code_of([&] { other.save_dir(); }), Errc::wrong_state);
}

/// Runs a trial that adds a letter to what it loaded, and says what it loaded.
std::string go_on(Study& study, double objective) {
  auto trial = std::get<Trial>(study.get_suggestion());
  std::string text = trial.load_dir() ? read_file(*trial.load_dir() / "text") : "";
  std::ofstream(trial.save_dir() / "text") << text << trial.id() << ' ';
  study.add_observation(trial, {.objective = objective});
  study.finalize(trial);  // publishes
  return text;
}

TEST(Study, GoesOnFromTheTrialThatWasPromoted) {
  Scratch scratch;
  auto setup = one_rate(scratch / "s");
  setup.algorithm = SuccessiveHalving{.r = 1, .R = 4, .eta = 2, .max_finished_configs = 1};
  std::vector<std::string> loaded;
  for (double objective : {2., 1., 0., 4., 3., 0., 0.}) {
    Study study(setup);
    loaded.push_back(go_on(study, objective));
  }
  EXPECT_THAT(loaded, testing::ElementsAre("", "", "2 ", "", "", "1 ", "2 3 "));
  EXPECT_TRUE(fs::exists(scratch / "s/checkpoints/1/1/text"));
}

TEST(Study, ARetryPrefersItsOwnCheckpoint) {
  Scratch scratch;
  CaughtLog log;
  auto setup = one_rate(scratch / "s");
  setup.algorithm = SuccessiveHalving{.r = 1, .R = 2, .eta = 2, .max_finished_configs = 1};
  {
    Study study(setup);
    go_on(study, 1);
    go_on(study, 2);
    auto trial = std::get<Trial>(study.get_suggestion());
    EXPECT_EQ(read_file(*trial.load_dir() / "text"), "1 ");
    std::ofstream(trial.save_dir() / "text") << "half";
    trial.publish();
  }
  Study study(setup);
  EXPECT_EQ(go_on(study, 1), "half");
}

TEST(Study, DeletesCheckpointsThatNothingCanLoad) {
  Scratch scratch;
  auto there = [&](TrialId trial) {
    return fs::exists(scratch / "s/checkpoints" / std::to_string(trial));
  };
  auto setup = one_rate(scratch / "s");
  setup.prune_checkpoints = true;
  {
    Study study(setup);  // random search: the best alone stays
    for (double objective : {2., 1., 3.}) go_on(study, objective);
    EXPECT_FALSE(there(1));
    EXPECT_TRUE(there(2));
    EXPECT_FALSE(there(3));
  }
  // What a crash kept from being deleted goes after the next start.
  fs::create_directories(scratch / "s/checkpoints/1/1");
  Study study(setup);
  EXPECT_FALSE(there(1));
  EXPECT_TRUE(there(2));
}

TEST(Study, KeepsTheCheckpointsThatAGenerationCanLoad) {
  Scratch scratch;
  auto setup = one_rate(scratch / "s");
  setup.prune_checkpoints = true;
  setup.algorithm = PopulationBasedTraining{.num_generations = 12, .population_size = 4};
  std::size_t most = 0;
  Study study(setup);
  for (int n = 0; n < 48; ++n) {
    EXPECT_EQ(go_on(study, n % 4).empty(), n < 4);
    std::size_t directories = 0;
    for (const auto& entry : fs::directory_iterator(scratch / "s/checkpoints"))
      directories += fs::exists(entry.path() / "1");
    most = std::max(most, directories);
  }
  EXPECT_LE(most, 24u);  // two generations, and what the next look finds
  EXPECT_GE(most, 4u);
}

TEST(Study, HoldsTenThousandParametersAndNamesOfAllKinds) {
  Scratch scratch;
  StudySetup setup = one_rate(scratch / "s", 2);
  setup.parameters.clear();
  for (int i = 0; i < 10000; ++i)
    setup.parameters.push_back(Continuous{"p" + std::to_string(i), {0, 1}});
  setup.parameters.push_back(Choice{"a,\"b\"\nc 🎲", {"x,y", "\"", "\n"}});
  {
    Study study(setup);
    auto trial = std::get<Trial>(study.get_suggestion());
    study.add_observation(trial, {.objective = 1, .iteration = 1, .context = {{"m,\"", 1}}});
    study.finalize(trial);
  }
  Study again(setup);
  EXPECT_EQ(again.results().size(), 2u);
  EXPECT_EQ(again.results().best(true)->parameters.size(), 10001u);
}

TEST(LoadResults, SaysWhenThereIsNothing) {
  Scratch scratch;
  EXPECT_THAT(message_of([&] { load_results(scratch / "none"); }),
              HasSubstr("there is no study in"));
}

TEST(Study, NamesItselfAfterItsDirectory) {
  Scratch scratch;
  EXPECT_EQ(Study(one_rate(scratch / "digits")).name(), "digits");
  EXPECT_EQ(Study(one_rate(scratch / "more/")).name(), "more");
  EXPECT_EQ(Study(one_rate()).name(), "study");
}

}  // namespace
}  // namespace sherpa
