#include "tests/support/rehearse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace sherpa {
namespace {

using namespace testing_support;
using runtime::Rehearsal;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Parameter> steps() {
  return {Continuous{"x", {0, 10}}, Discrete{"n", {1, 64}}, Ordinal{"o", {1, 2, 4}},
          Choice{"c", {"a", "b", "d"}}};
}
const Configuration begin{{"x", 5.0}, {"n", 2}, {"o", 2}, {"c", "b"}};

TEST(LocalSearch, TriesTheSeedAndEveryNeighbourOfTheBestOnce) {
  auto with = [](const std::string& name, const Value& value) {
    Configuration c = begin;
    c.set(name, value);
    return c;
  };
  auto seen = run(study_with(LocalSearch{.seed_configuration = begin}, steps()), 100,
                  [&](const Configuration& c) { return c == begin ? 0.0 : 1.0; });
  EXPECT_THAT(seen, ElementsAre(begin, with("x", 4.0), with("x", 6.0), with("n", 1), with("n", 3),
                                with("o", 1), with("o", 4), with("c", "a"), with("c", "d")));
}

TEST(LocalSearch, GoesOnFromWhatIsBetter) {
  auto seen =
      run(study_with(LocalSearch{.seed_configuration = {{"n", 2}}}, {Discrete{"n", {0, 64}}}), 100,
          [](const Configuration& c) { return std::abs(c.get<double>("n") - 30); });
  std::set<int> tried;
  for (const auto& c : seen) tried.insert(c.get<int>("n"));
  EXPECT_EQ(tried.size(), seen.size());
  EXPECT_TRUE(tried.contains(29) || tried.contains(30) ||
              tried.contains(31));  // no step of 0.8 or 1.2 leads nearer
}

TEST(LocalSearch, LeavesZeroAndStaysWithinBounds) {
  auto seen = run(study_with(LocalSearch{.seed_configuration = {{"x", 0.0}, {"y", 10.0}}},
                             {Continuous{"x", {-1, 1}}, Continuous{"y", {1, 10}}}),
                  100, [](const Configuration& c) { return c.get<double>("x") == 0 ? 0.0 : 1.0; });
  EXPECT_THAT(seen, ElementsAre(Configuration{{"x", 0.0}, {"y", 10.0}},
                                Configuration{{"x", (0.8 - 1) * 2}, {"y", 10.0}},
                                Configuration{{"x", (1.2 - 1) * 2}, {"y", 10.0}},
                                Configuration{{"x", 0.0}, {"y", 8.0}}))
      << "y times 1.2 is put onto its bound, where it was";
}

TEST(LocalSearch, JudgesRepetitionsByTheirMean) {
  Rehearsal study(study_with(
      LocalSearch{
          .seed_configuration = {{"n", 8}}, .perturbation_factors = {0.5, 2}, .repeat_trials = 2},
      {Discrete{"n", {1, 64}}}));
  std::vector<int> seen;
  const std::vector<double> objectives{5,  5, 0,
                                       11, 4, 5};  // 8, 8, 4, 4, 16, 16: the mean of 16 is the best
  for (int i = 0; i < 8; ++i) {
    auto trial = std::get<Rehearsal::Started>(study.take());
    seen.push_back(trial.parameters.get<int>("n"));
    study.observe(trial, i < 6 ? objectives[static_cast<std::size_t>(i)] : 9);
    study.finalize(trial);
  }
  EXPECT_THAT(seen, ElementsAre(8, 8, 4, 4, 16, 16, 32, 32));
}

TEST(LocalSearch, WaitsForWhatRunsBeforeItIsDone) {
  Rehearsal study(
      study_with(LocalSearch{.seed_configuration = {{"c", "a"}}}, {Choice{"c", {"a", "b"}}}));
  auto first = std::get<Rehearsal::Started>(study.take());
  auto second = std::get<Rehearsal::Started>(study.take());
  EXPECT_TRUE(std::holds_alternative<Wait>(study.take()));
  study.observe(first, 1);
  study.finalize(first);
  study.finalize(second, TrialStatus::failed);
  EXPECT_TRUE(std::holds_alternative<Done>(study.take()));
}

TEST(LocalSearch, RefusesASeedThatDoesNotFitTheSpace) {
  auto unfit = [](Configuration where) {
    try {
      Rehearsal study(study_with(LocalSearch{.seed_configuration = std::move(where)}, cube(1)));
      return std::string("accepted");
    } catch (const Exception& e) {
      return std::string(e.what());
    }
  };
  EXPECT_THAT(
      unfit({{"x0", 2.0}}),
      HasSubstr("LocalSearch: seed_configuration: parameter 'x0': 2.0 is outside [0.0, 1.0]"));
  EXPECT_THAT(
      unfit({{"y", 0.5}}),
      HasSubstr(
          "LocalSearch: seed_configuration: the configuration has no value for parameter 'x0'"));
}

}  // namespace
}  // namespace sherpa
