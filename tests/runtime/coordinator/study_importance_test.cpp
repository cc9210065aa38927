#include "runtime/coordinator/study_importance.hpp"

#include <sherpa/study.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace sherpa::runtime {
namespace {

class StudyImportanceTest : public testing::Test {
 protected:
  StudyImportanceTest() {
    importance.attach(space::SearchSpace::make(parameters).or_throw(),
                      [this] { return study.results(); });
  }
  /// The objective follows x, the metric y.
  void run(int trials) {
    for (int i = 0; i < trials; ++i) {
      auto trial = std::get<Trial>(study.get_suggestion());
      study.add_observation(trial, {.objective = trial.get<double>("x"),
                                    .iteration = 1,
                                    .context = {{"loss", trial.get<double>("y")}}});
      study.finalize(trial);
    }
  }
  double share(const std::string& metric, const std::string& parameter) {
    return importance.of(metric).or_throw()["parameters"][parameter]["share"].get<double>();
  }

  std::vector<Parameter> parameters{Continuous{"x", {0, 1}}, Continuous{"y", {0, 1}}};
  Study study{{.parameters = parameters,
               .algorithm = RandomSearch{},
               .lower_is_better = true,
               .random_seed = 1}};
  StudyImportance importance;
};

TEST_F(StudyImportanceTest, IsThatOfTheObjectiveOrOfAMetric) {
  run(100);
  EXPECT_GT(share("", "x"), 0.9);
  EXPECT_LT(share("", "y"), 0.1);
  EXPECT_GT(share("loss", "y"), 0.9);
  EXPECT_EQ(importance.of("").or_throw()["trials"], 100);
  EXPECT_EQ(importance.of("no such metric").or_throw()["trials"], 0);
}

TEST_F(StudyImportanceTest, FollowsTheTrialsThatEnd) {
  EXPECT_TRUE(importance.of("").or_throw()["parameters"].empty());
  EXPECT_TRUE(importance.of("").or_throw()["interaction"].is_null());
  run(11);
  EXPECT_TRUE(importance.of("").or_throw()["parameters"].empty());
  run(10);
  EXPECT_EQ(importance.of("").or_throw()["parameters"].size(), 2u);
  EXPECT_EQ(importance.of("").or_throw(), importance.of("").or_throw());
}

TEST_F(StudyImportanceTest, NeedsAStudy) {
  importance.attach({}, {});
  EXPECT_EQ(importance.of("").error().code, Errc::wrong_state);
}

}  // namespace
}  // namespace sherpa::runtime
