#include "tests/support/rehearse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace sherpa {
namespace {

using namespace testing_support;
using runtime::Rehearsal;
using testing::ElementsAre;

TEST(Repeat, RepeatsEveryConfigurationOfAnother) {
  auto plain = run(study_with(GridSearch{}, mixed_space(), 7), 1000);
  auto repeated =
      run(study_with(Repeat{.algorithm = GridSearch{}, .num_times = 2}, mixed_space(), 7), 1000);
  ASSERT_EQ(repeated.size(), 2 * plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(repeated[2 * i], plain[i]);
    EXPECT_EQ(repeated[2 * i + 1], plain[i]);
  }
}

TEST(Repeat, RepeatsWhatItselfRepeats) {
  auto seen = run(study_with(Repeat{.algorithm = RandomSearch{.max_num_trials = 3, .repeat = 2},
                                    .num_times = 2},
                             mixed_space(), 7),
                  1000);
  ASSERT_EQ(seen.size(), 12u);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(seen[i], seen[i / 4 * 4]);
  EXPECT_NE(seen[0], seen[4]);
}

TEST(Repeat, TakesTheBestMeanOfACompleteGroup) {
  // As SHERPA's own test: three values, three times each.
  Rehearsal study(
      study_with(Repeat{.algorithm = GridSearch{}, .num_times = 3}, {Choice{"a", {1, 2, 3}}}));
  std::vector<double> objectives{2.1, 2.2, 2.3, 9., 0.1, 9.1, 1.1, 1.2, 1.3};
  std::vector<int> best;
  run(study, 9, [&](const Configuration&) {
    best.push_back(study.best() ? study.best()->parameters.get<int>("a") : 0);
    return objectives[best.size() - 1];
  });
  best.push_back(study.best()->parameters.get<int>("a"));
  EXPECT_THAT(best, ElementsAre(0, 0, 0, 1, 1, 1, 1, 1, 1, 3));
  EXPECT_NEAR(study.best()->objective, 1.2, 1e-12);
  EXPECT_NEAR(study.best()->context.at("ObjectiveVar"), 0.01, 1e-12);
  EXPECT_NEAR(study.best()->context.at("ObjectiveStdErr"), 0.1 / std::sqrt(3.0), 1e-12);
}

TEST(Repeat, LeavesFailedTrialsOutOfTheMean) {
  Rehearsal study(
      study_with(Repeat{.algorithm = GridSearch{}, .num_times = 2}, {Choice{"a", {1, 2}}}));
  for (int i = 0; i < 4; ++i) {
    auto trial = std::get<Rehearsal::Started>(study.take());
    study.observe(trial, i == 0 ? -100 : i);
    study.finalize(trial, i == 0 ? TrialStatus::failed : TrialStatus::completed);
  }
  EXPECT_EQ(study.best()->parameters.get<int>("a"), 1);
  EXPECT_EQ(study.best()->objective, 1);
}

TEST(Repeat, WaitsForTheGroupWhenAskedTo) {
  for (bool waits : {false, true}) {
    Rehearsal study(study_with(
        Repeat{.algorithm = RandomSearch{}, .num_times = 2, .wait_for_completion = waits},
        mixed_space(), 7));
    auto first = std::get<Rehearsal::Started>(study.take());
    auto second = std::get<Rehearsal::Started>(study.take());
    EXPECT_EQ(std::holds_alternative<Wait>(study.take()), waits);
    study.observe(first, 1);
    study.finalize(first);
    if (waits) {
      EXPECT_TRUE(std::holds_alternative<Wait>(study.take()));
    }
    study.finalize(second, TrialStatus::failed);
    EXPECT_TRUE(std::holds_alternative<Rehearsal::Started>(study.take()));
  }
}

/// Checks what an algorithm inside Repeat with agg is shown.
class LooksAtMeans final : public Algorithm {
 public:
  Suggestion get_suggestion(const std::vector<Parameter>&, const Results& results, bool,
                            Random random) override {
    for (const auto& row : results) {
      EXPECT_EQ(row.status(), TrialStatus::completed);
      EXPECT_EQ(row.objective(), 0);
      EXPECT_DOUBLE_EQ(row.context("ObjectiveVar"), 1);
      EXPECT_DOUBLE_EQ(row.context("ObjectiveStdErr"), 1 / std::sqrt(3.0));
    }
    rows = results.size();
    return Configuration{{"x", random.uniform()}};
  }
  static inline std::size_t rows = 0;
};

TEST(Repeat, ShowsMeansToTheInnerAlgorithmWithAgg) {
  auto means = own("means", [] { return std::make_unique<LooksAtMeans>(); });
  Rehearsal study(study_with(Repeat{.algorithm = means, .num_times = 3, .agg = true},
                             {Continuous{"x", {0, 1}}}));
  int id = 0;
  run(study, 10, [&](const Configuration&) { return static_cast<double>(++id % 3) - 1; });
  EXPECT_EQ(LooksAtMeans::rows, 3u);
}

}  // namespace
}  // namespace sherpa
