#include "runtime/contract/rehearsal.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/contract.hpp>
#include <sherpa/stopping_rules.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace sherpa {
namespace {

using runtime::Rehearsal;
using testing::HasSubstr;

std::vector<Parameter> space() {
  return {Continuous{"lr", {0.01, 1}, Scale::log}, Discrete{"units", {10, 100}},
          Ordinal{"batch", {8, 16, 32, 64}}, Choice{"act", {"relu", "tanh", "sigmoid"}}};
}

StudySetup study_with(AlgorithmSpecification algorithm, bool lower_is_better = true) {
  return {.parameters = space(),
          .algorithm = std::move(algorithm),
          .lower_is_better = lower_is_better,
          .random_seed = 3};
}

Configuration own_part(const Configuration& all) {
  Configuration out;
  for (const auto& parameter : space()) out.set(parameter.name(), all.at(parameter.name()));
  return out;
}

struct Member {
  Rehearsal::Started trial;
  int generation;
  TrialId parent;
};

Member read(Rehearsal::Started trial) {
  auto from = trial.parameters.get<std::string>("load_from");
  int generation = trial.parameters.get<int>("generation");
  return {std::move(trial), generation, from.empty() ? 0 : std::stoull(from)};
}

/// Plays a generation: everybody starts, then all end, in the order given by `order` (of members),
/// with these objectives (NaN: seen as such) and ends.
std::vector<Member> play(
    Rehearsal& study, std::size_t n, const std::function<double(std::size_t)>& objective,
    const std::function<TrialStatus(std::size_t)>& end = [](std::size_t) {
      return TrialStatus::completed;
    }) {
  std::vector<Member> members;
  for (std::size_t i = 0; i < n; ++i)
    members.push_back(read(std::get<Rehearsal::Started>(study.take())));
  for (std::size_t i = 0; i < n; ++i) {
    EXPECT_FALSE(std::holds_alternative<Rehearsal::Started>(
        study.take()));  // or it is the last generation, and done
    study.observe(members[i].trial, objective(i));
    study.finalize(members[i].trial, end(i));
  }
  return members;
}

TEST(PopulationBasedTraining, KeepsTheBestAndReplacesTheWorstFifth) {
  for (bool lower : {true, false}) {
    Rehearsal study(study_with(
        PopulationBasedTraining{
            .num_generations = 3, .population_size = 10, .resample_probability = 0},
        lower));
    auto first = play(study, 10, [&](std::size_t i) {
      return (lower ? 1.0 : -1.0) * static_cast<double>((i * 7) % 10);
    });
    std::vector<TrialId> ranked(10);  // the member with the rank
    for (std::size_t i = 0; i < 10; ++i) ranked[(i * 7) % 10] = first[i].trial.id;
    auto second = play(study, 10, [](std::size_t) { return 1.0; });
    for (std::size_t i = 0; i < 10; ++i) {
      const Member& member = second[i];
      EXPECT_EQ(member.generation, 2);
      EXPECT_EQ(member.trial.parameters.get<std::string>("lineage"),
                std::to_string(member.parent) + ",");
      EXPECT_EQ(member.trial.parameters.get<std::string>("save_to"),
                std::to_string(member.trial.id));
      const Configuration& parent = study.engine().ledger()->configuration(member.parent);
      if (i < 8) {
        EXPECT_EQ(member.parent, ranked[i]);
        EXPECT_EQ(own_part(member.trial.parameters), own_part(parent));
      } else {
        EXPECT_TRUE(member.parent == ranked[0] || member.parent == ranked[1]);
        double factor = member.trial.parameters.get<double>("lr") / parent.get<double>("lr");
        double lr = member.trial.parameters.get<double>("lr");
        EXPECT_TRUE(std::abs(factor - 0.8) < 1e-9 || std::abs(factor - 1.2) < 1e-9 || lr == 1 ||
                    lr == 0.01)
            << factor;
      }
    }
  }
}

TEST(PopulationBasedTraining, SaysWhereATrialComesFrom) {
  Rehearsal study(
      study_with(PopulationBasedTraining{.num_generations = 130, .population_size = 2}));
  std::map<TrialId, std::vector<TrialId>> ancestors;
  for (int generation = 1; generation <= 130; ++generation)
    for (auto& member : play(study, 2, [&](std::size_t i) { return static_cast<double>(i); })) {
      ASSERT_EQ(member.generation, generation);
      auto line = member.parent ? ancestors.at(member.parent) : std::vector<TrialId>();
      if (member.parent) {
        EXPECT_LT(member.parent, member.trial.id);
        line.push_back(member.parent);
      }
      std::string expected;
      for (std::size_t i = line.size() > 100 ? line.size() - 100 : 0; i < line.size(); ++i)
        expected += std::to_string(line[i]) + ',';
      EXPECT_EQ(member.trial.parameters.get<std::string>("lineage"), expected);
      ancestors[member.trial.id] = line;
    }
  EXPECT_TRUE(std::holds_alternative<Done>(study.take()));
}

TEST(PopulationBasedTraining, PerturbsEveryKindOfParameterWithinItsRange) {
  PopulationBasedTraining options{.num_generations = 40, .population_size = 5};
  options.parameter_range = {
      {"lr", {0.05, 0.5}}, {"units", {80, 20}}, {"batch", {16, 32}}, {"act", {"relu", "tanh"}}};
  options.perturbation_factors = {0.5, 3};
  options.resample_probability = 0;
  Rehearsal study(study_with(options));
  std::map<TrialId, Configuration> all;
  std::set<std::string> steps, activations;
  for (int generation = 1; generation <= 40; ++generation)
    for (auto& member : play(study, 5, [&](std::size_t i) {
           return static_cast<double>((i * 3 + static_cast<std::size_t>(generation)) % 5);
         })) {
      auto now = own_part(member.trial.parameters);
      all[member.trial.id] = now;
      if (generation == 1 || now == all[member.parent]) continue;
      const auto& before = all[member.parent];
      double lr = now.get<double>("lr");
      EXPECT_TRUE(lr == std::clamp(before.get<double>("lr") * 0.5, 0.05, 0.5) ||
                  lr == std::clamp(before.get<double>("lr") * 3, 0.05, 0.5));
      double units = now.get<double>("units"), were = before.get<double>("units");
      EXPECT_TRUE(units == std::floor(std::clamp(were * 0.5, 20., 80.) + 0.5) ||
                  units == std::floor(std::clamp(were * 3, 20., 80.) + 0.5));
      int batch = now.get<int>("batch"), was = before.get<int>("batch");
      EXPECT_TRUE(batch == 16 || batch == 32);
      steps.insert(std::to_string(was) + ">" + std::to_string(batch));
      activations.insert(now.get<std::string>("act"));
    }
  EXPECT_THAT(activations, testing::ElementsAre("relu", "tanh"));
  EXPECT_TRUE(steps.contains("16>32") && steps.contains("16>16") && steps.contains("32>16"))
      << testing::PrintToString(steps);
}

TEST(PopulationBasedTraining, WaitsForTheGenerationToBeComplete) {
  Rehearsal study(study_with(PopulationBasedTraining{.num_generations = 2, .population_size = 3}));
  std::vector<Rehearsal::Started> running;
  for (int i = 0; i < 3; ++i) running.push_back(std::get<Rehearsal::Started>(study.take()));
  study.enqueue({{"lr", 0.5}, {"units", 50}, {"batch", 8}, {"act", "relu"}});
  auto users = std::get<Rehearsal::Started>(study.take());
  EXPECT_FALSE(users.parameters.contains("generation"));
  study.observe(users, -100);
  study.finalize(users);
  for (auto& trial : running) {
    EXPECT_TRUE(std::holds_alternative<Wait>(study.take()));
    study.observe(trial, 1);
    study.finalize(trial);
  }
  study.restart();
  auto next = read(std::get<Rehearsal::Started>(study.take()));
  EXPECT_EQ(next.generation, 2);
  EXPECT_EQ(next.trial.id, 5u);
  EXPECT_NE(next.parent, users.id);
}

TEST(PopulationBasedTraining, RanksStoppedMembersByTheirBestAndReplacesFailedOnes) {
  Rehearsal study(study_with(PopulationBasedTraining{.num_generations = 2, .population_size = 5}));
  // Best first: 2 (stopped), 4; 0, 1 failed though they were best of all; 3 saw only NaN.
  auto first = play(
      study, 5,
      [](std::size_t i) {
        return std::array{-9.0, -8.0, 1.0, std::nan(""), 2.0}[i];
      },
      [](std::size_t i) {
        return i < 2 ? TrialStatus::failed : i == 2 ? TrialStatus::stopped : TrialStatus::completed;
      });
  auto second = play(study, 5, [](std::size_t) { return 1.0; });
  std::vector<TrialId> parents;
  for (auto& member : second) parents.push_back(member.parent);
  auto best = first[2].trial.id;
  EXPECT_THAT(parents, testing::ElementsAre(best, first[4].trial.id, best, best, best));
}

TEST(PopulationBasedTraining, EndsWithAnErrorWhenAllFailed) {
  Rehearsal study(study_with(PopulationBasedTraining{.num_generations = 2, .population_size = 2}));
  play(
      study, 2, [](std::size_t) { return 1.0; }, [](std::size_t) { return TrialStatus::failed; });
  try {
    study.take();
    FAIL();
  } catch (const Exception& e) {
    EXPECT_THAT(
        e.what(),
        HasSubstr(
            "PopulationBasedTraining: no member of generation 1 ended with a finite objective"));
  }
  ASSERT_TRUE(study.engine().ended());
  EXPECT_EQ(study.engine().ended()->why, study::EndOfStudy::error);
}

TEST(PopulationBasedTraining, GoesOnWhenThereAreToBeMoreGenerations) {
  auto with = [](std::uint64_t generations) {
    return study_with(
        PopulationBasedTraining{.num_generations = generations, .population_size = 4});
  };
  auto objective = [](std::size_t i) { return static_cast<double>(i % 3); };
  Rehearsal longer(with(2)), whole(with(4));
  for (int g = 0; g < 2; ++g) play(longer, 4, objective);
  EXPECT_TRUE(std::holds_alternative<Done>(longer.take()));
  longer.restart(with(4));
  for (int g = 0; g < 2; ++g) play(longer, 4, objective);
  for (int g = 0; g < 4; ++g) play(whole, 4, objective);
  EXPECT_EQ(longer.csv(), whole.csv());
}

TEST(PopulationBasedTraining, DrawsParametersAgainWhenConfigured) {
  PopulationBasedTraining options{.num_generations = 30, .population_size = 5};
  options.parameter_range = {{"lr", {0.05, 0.5}}, {"units", {20, 80}}, {"batch", {16, 32}}};
  options.resample_probability = 1;
  Rehearsal study(study_with(options));
  std::map<TrialId, Configuration> all;
  std::set<double> rates;
  for (int generation = 1; generation <= 30; ++generation)
    for (auto& member : play(study, 5, [](std::size_t i) { return static_cast<double>(i); })) {
      auto now = all[member.trial.id] = own_part(member.trial.parameters);
      if (generation == 1 || now == all[member.parent]) continue;
      EXPECT_TRUE(now.get<double>("lr") >= 0.05 - 1e-12 && now.get<double>("lr") <= 0.5 + 1e-12);
      EXPECT_TRUE(now.get<int>("units") >= 20 && now.get<int>("units") <= 80);
      EXPECT_TRUE(now.get<int>("batch") == 16 || now.get<int>("batch") == 32);
      rates.insert(now.get<double>("lr"));
    }
  EXPECT_EQ(rates.size(), 29u);
}

std::string refusal(const PopulationBasedTraining& options) {
  try {
    Rehearsal study(study_with(options));
  } catch (const Exception& e) {
    return e.what();
  }
  return "";
}

TEST(PopulationBasedTraining, RefusesWhatMakesNoSense) {
  auto with = [](std::map<std::string, std::vector<Value>> range) {
    return PopulationBasedTraining{.num_generations = 2, .parameter_range = std::move(range)};
  };
  EXPECT_EQ(refusal({}),
            "PopulationBasedTraining: num_generations is missing or 0; use at least 1");
  EXPECT_EQ(refusal({.num_generations = 3, .population_size = 1}),
            "PopulationBasedTraining: population_size is 1; use at least 2, so that the worst can "
            "learn from the best");
  for (double factor : {0.0, -0.8, static_cast<double>(NAN), static_cast<double>(INFINITY)})
    EXPECT_THAT(refusal({.num_generations = 3, .perturbation_factors = {0.8, factor}}),
                HasSubstr("use finite factors above 0"));
  EXPECT_THAT(refusal({.num_generations = 3, .perturbation_factors = {}}),
              HasSubstr("perturbation_factors is empty"));
  EXPECT_THAT(refusal({.num_generations = 3, .resample_probability = -0.1}),
              HasSubstr("resample_probability is -0.1"));
  EXPECT_EQ(
      refusal(with({{"lrr", {0, 1}}})),
      "PopulationBasedTraining: parameter_range: there is no parameter 'lrr'; did you mean 'lr'?");
  EXPECT_EQ(
      refusal(with({{"lr", {0.001, 1}}})),
      "PopulationBasedTraining: parameter_range: parameter 'lr': 0.001 is outside [0.01, 1.0]");
  EXPECT_EQ(refusal(with({{"lr", {0.1}}})),
            "PopulationBasedTraining: parameter_range: parameter 'lr' needs two bounds, [low, "
            "high], not 1");
  EXPECT_THAT(refusal(with({{"act", {"gelu"}}})),
              HasSubstr("parameter 'act': 'gelu' is not one of its values"));
  EXPECT_THAT(refusal(with({{"batch", {}}})), HasSubstr("parameter 'batch' has no values"));
}

}  // namespace
}  // namespace sherpa
