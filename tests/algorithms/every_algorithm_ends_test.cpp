#include "core/base/clock.hpp"
#include "core/study/direct_driver.hpp"
#include "runtime/coordinator/open_study.hpp"
#include "tests/support/rehearse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

// Every algorithm ends its study, whatever becomes of the trials.
namespace sherpa {
namespace {

using namespace testing_support;
namespace command = study::command;
using study::EndOfStudy;

enum class Fate {
  completed,
  nan,
  infinite,
  stopped,
  failed,
  failed_after_the_first,
  failed_at_the_last,
  failed_at_the_top,
};
constexpr std::pair<Fate, const char*> fates[]{
    {Fate::completed, "Constant"},
    {Fate::nan, "NaN"},
    {Fate::infinite, "Infinite"},
    {Fate::stopped, "Stopped"},
    {Fate::failed, "Failed"},
    {Fate::failed_after_the_first, "FailedAfterTheFirst"},
    {Fate::failed_at_the_last, "FailedAtTheLast"},
    {Fate::failed_at_the_top, "FailedAtTheTop"},
};

struct Named {
  const char* name;
  AlgorithmSpecification algorithm;
};

constexpr std::uint64_t most_trials = 1500;
constexpr std::int64_t iterations = 9;

/// A study whose trials run one after the other on a worker, and all share a fate.
class SharedFate {
 public:
  SharedFate(const AlgorithmSpecification& algorithm, Fate fate) : fate_(fate) {
    study::Limits limits;
    limits.give_up_after = 10;
    auto opened = runtime::open_study(study_with(algorithm, mixed_space()), {.limits = limits},
                                      nullptr, base::read_clocks())
                      .or_throw();
    driver_.emplace(std::move(opened.pipeline), std::move(opened.hosts));
    act(command::Join{.worker = {.name = "here", .incarnation = "1"}, .session = 1});
  }

  /// Returns once the study has ended, or has had too many trials.
  const study::Engine& run() {
    while (auto start = driver_->started()) {
      if (start->trial > most_trials) break;
      play(*start);
    }
    return driver_->engine();
  }

 private:
  template <class Command>
  void act(const Command& command) {
    driver_->handle(command, base::read_clocks());
  }

  void play(const study::effect::Start& start) {
    const auto* resource = start.configuration.find("resource");
    const std::int64_t last = resource ? resource->integer() : iterations;
    const auto fate = fate_ != Fate::failed_at_the_top ? fate_
                      : last >= iterations             ? Fate::failed
                                                       : Fate::completed;
    command::EndAttempt end;
    end.trial = start.trial;
    end.attempt = start.attempt;
    if (fate != Fate::failed)
      for (std::int64_t i = 1; i <= last; ++i) {
        observe(start, i, fate);
        if (fate == Fate::stopped || fate == Fate::failed_after_the_first) break;
      }
    if (fate == Fate::stopped) {
      act(command::RequestStop{start.trial, start.attempt, study::StopBy::rule, "a rule"});
      end.stop_why = study::StopWhy::rule;
    }
    const bool fails = fate == Fate::failed || fate == Fate::failed_after_the_first ||
                       fate == Fate::failed_at_the_last;
    if (fails) end.end = study::End::failed;
    act(end);
  }

  void observe(const study::effect::Start& start, std::int64_t iteration, Fate fate) {
    const double objective = fate == Fate::nan        ? std::nan("")
                             : fate == Fate::infinite ? std::numeric_limits<double>::infinity()
                                                      : 1.0;
    command::Observe observe;
    observe.trial = start.trial;
    observe.attempt = start.attempt;
    observe.observations = {{objective, iteration, {}}};
    act(observe);
  }

  Fate fate_;
  std::optional<study::DirectDriver> driver_;
};

class EveryAlgorithmEnds
    : public testing::TestWithParam<std::tuple<Named, std::pair<Fate, const char*>>> {};

TEST_P(EveryAlgorithmEnds, WhateverBecomesOfItsTrials) {
  const auto& [named, fate] = GetParam();
  SharedFate study(named.algorithm, fate.first);
  const auto& engine = study.run();
  ASSERT_TRUE(engine.ended()) << "after " << engine.ledger()->trials() << " trials";
  if (engine.ended()->why == EndOfStudy::error) {
    EXPECT_THAT(engine.ended()->message,
                testing::AnyOf(testing::HasSubstr("in a row"), testing::HasSubstr("the last"),
                               testing::HasSubstr("the first 10"),
                               testing::HasSubstr("no member of generation 1 ended")));
  }
  if (fate.first == Fate::completed) {
    EXPECT_NE(engine.ended()->why, EndOfStudy::error);
  }
}

const AlgorithmSpecification some_random = RandomSearch{.max_num_trials = 8};

INSTANTIATE_TEST_SUITE_P(
    Contract, EveryAlgorithmEnds,
    testing::Combine(
        testing::Values(
            Named{"RandomSearch", RandomSearch{.max_num_trials = 30, .repeat = 2}},
            Named{"GridSearch", GridSearch{.num_grid_points = 2}},
            Named{"SobolSearch", SobolSearch{.max_num_trials = 30}},
            Named{"TPE", TPE{.max_num_trials = 25, .num_startup_trials = 4}},
            Named{"CMAES", CMAES{.max_num_trials = 30, .population_size = 4}},
            Named{"Genetic", Genetic{.max_num_trials = 30}},
            Named{"LocalSearch", LocalSearch{.seed_configuration = mixed_configuration(8)}},
            Named{"Iterate", Iterate{{mixed_configuration(1), mixed_configuration(2),
                                      mixed_configuration(3)}}},
            Named{"BayesianOptimization", BayesianOptimization{.max_num_trials = 12}},
            Named{"SuccessiveHalving", SuccessiveHalving{.max_finished_configs = 3}},
            Named{"SuccessiveHalvingLimited",
                  SuccessiveHalving{.max_finished_configs = 50, .max_num_trials = 40}},
            Named{"Hyperband", Hyperband{.max_finished_configs = 3}},
            Named{"HyperbandLimited", Hyperband{.max_num_trials = 40}},
            Named{"PopulationBasedTraining",
                  PopulationBasedTraining{.num_generations = 3, .population_size = 5}},
            Named{"Repeat", Repeat{.algorithm = some_random, .num_times = 3}},
            Named{"RepeatInTurn", Repeat{.algorithm = some_random,
                                         .num_times = 2,
                                         .wait_for_completion = true,
                                         .agg = true}},
            Named{"Chain", Chain{{SuccessiveHalving{.max_finished_configs = 2}, some_random}}}),
        testing::ValuesIn(fates)),
    [](const auto& one) {
      return std::string(std::get<0>(one.param).name) + std::get<1>(one.param).second;
    });

/// Ends after this many trials.
std::uint64_t trials_of(const AlgorithmSpecification& algorithm, Fate fate) {
  return SharedFate(algorithm, fate).run().ledger()->trials();
}

TEST(StudyThatCannotSucceed, SuccessiveHalvingGivesUpWhereItsLimitsSay) {
  const SuccessiveHalving halving{.max_finished_configs = 3};
  EXPECT_EQ(trials_of(halving, Fate::failed_after_the_first), 10u);
  EXPECT_EQ(trials_of(halving, Fate::nan), 100u);
  EXPECT_EQ(trials_of(halving, Fate::stopped), 100u);
  SharedFate top(halving, Fate::failed_at_the_top);
  const auto& engine = top.run();
  EXPECT_EQ(engine.ended_with(TrialStatus::failed), 10u);
  EXPECT_THAT(engine.ended()->message,
              testing::AllOf(testing::HasSubstr("the last 10 trials with the resource 9 failed"),
                             testing::HasSubstr("set max_num_trials")));
}

TEST(StudyThatCannotSucceed, WithALimitEveryTrialBringsTheEndNearer) {
  const SuccessiveHalving limited{.max_finished_configs = 3, .max_num_trials = 140};
  SharedFate study(limited, Fate::nan);
  const auto& engine = study.run();
  EXPECT_EQ(engine.ended()->why, EndOfStudy::budget);
  EXPECT_EQ(engine.ledger()->trials(), 140u);
}

}  // namespace
}  // namespace sherpa
