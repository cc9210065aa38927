#include "tests/support/rehearse.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace sherpa {
namespace {

using namespace testing_support;
using runtime::Rehearsal;

TEST(TPE, FindsBetterThanChance) {
  int wins = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    double model = 0, chance = 0;
    run(study_with(TPE{}, cube(4), seed), 60, bowl, &model);
    run(study_with(RandomSearch{}, cube(4), seed), 60, bowl, &chance);
    wins += 4 * model < chance ? 1 : 0;
  }
  EXPECT_GE(wins, 9);
}

TEST(TPE, KeepsOffRunningTrials) {
  // A density of good ones in one place: suggestions side by side would fall onto one another, were
  // the running not bad ones.
  Rehearsal study(study_with(TPE{.num_startup_trials = 12}, cube(1)));
  for (int i = 0; i < 12; ++i) {
    auto trial = std::get<Rehearsal::Started>(study.take());
    study.observe(trial, bowl(trial.parameters));
    study.finalize(trial);
  }
  std::vector<double> running;
  for (int i = 0; i < 8; ++i)
    running.push_back(std::get<Rehearsal::Started>(study.take()).parameters.get<double>("x0"));
  std::sort(running.begin(), running.end());
  EXPECT_GT(running.back() - running.front(), 0.1);
}

TEST(TPE, TakesFailedTrialsForBadOnes) {
  auto half_fails = [](bool fails) {
    Rehearsal study(study_with(TPE{}, cube(1)));
    int low = 0;
    for (int i = 0; i < 60; ++i) {
      auto trial = std::get<Rehearsal::Started>(study.take());
      double x = trial.parameters.get<double>("x0");
      low += i >= 20 && x < 0.5;
      if (fails && x < 0.5) {
        study.finalize(trial, TrialStatus::failed);
      } else {
        study.observe(trial, std::abs(x - 0.5));
        study.finalize(trial);
      }
    }
    return low;
  };
  EXPECT_LT(half_fails(true), half_fails(false));
}

}  // namespace
}  // namespace sherpa
