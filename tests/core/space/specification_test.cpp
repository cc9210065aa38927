#include "core/space/specification.hpp"

#include "core/base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::space {
namespace {

using testing::HasSubstr;

TEST(Specification, PrintsItsNameAndOptions) {
  EXPECT_EQ(base::to_text(AlgorithmSpecification(RandomSearch{.max_num_trials = 40})),
            R"({"name":"RandomSearch","max_num_trials":40,"repeat":1})");
  EXPECT_EQ(base::to_text(StoppingRuleSpecification(MedianStoppingRule{.min_iterations = 3})),
            R"({"name":"MedianStoppingRule","min_iterations":3,"min_trials":1})");
}

TEST(Specification, ComesBackFromWhatItPrints) {
  const std::vector<AlgorithmSpecification> all{
      RandomSearch{},
      RandomSearch{.max_num_trials = 3, .repeat = 2},
      GridSearch{.num_grid_points = 5, .points = GridPoints::end_points},
      Iterate{
          .configurations = {{{"a", 1}, {"b", 1.0}, {"c", "x"}, {"d", list(1, 2)}, {"e", true}}}},
      Repeat{.algorithm = RandomSearch{.max_num_trials = 3},
             .num_times = 2,
             .wait_for_completion = true,
             .agg = true},
      Chain{.algorithms = {GridSearch{}, RandomSearch{.max_num_trials = 1}}},
  };
  for (const auto& one : all) {
    auto back = space::algorithm_from_json(one.to_json());
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, one);
    for (const auto& other : all) EXPECT_EQ(one == other, &one == &other);
  }
}

std::string refusal(std::string_view json) {
  auto made = space::algorithm_from_json(json);
  return made ? "accepted" : made.error().message;
}

TEST(Specification, NamesTheOptionThatIsWrongAndTheNearestKnownOne) {
  EXPECT_THAT(refusal(R"({"name": "RandomSerch"})"),
              HasSubstr("unknown algorithm 'RandomSerch'; did you mean 'RandomSearch'?"));
  EXPECT_THAT(refusal(R"({"name": "RandomSearch", "max_trials": 3})"),
              HasSubstr("unknown option 'max_trials'; did you mean 'max_num_trials'?"));
  EXPECT_THAT(refusal(R"({"name": "RandomSearch", "max_num_trials": "3"})"),
              HasSubstr("RandomSearch: max_num_trials: expected a whole number"));
  EXPECT_THAT(refusal(R"({"name": "RandomSearch", "repeat": -1})"),
              HasSubstr("repeat: expected a whole number from 0"));
  EXPECT_THAT(refusal(R"({"name": "GridSearch", "points": "inside"})"),
              HasSubstr("expected one of interior and end_points"));
  EXPECT_THAT(refusal(R"({"name": "Repeat"})"), HasSubstr("needs the algorithm to repeat"));
  EXPECT_THAT(refusal(R"([1])"), HasSubstr("as an object with a name"));
  EXPECT_THAT(refusal(R"({"name": )"), HasSubstr("not JSON"));
}

std::string fault(const AlgorithmSpecification& specification) {
  auto checked = space::check(specification);
  return checked ? "accepted" : checked.error().message;
}

TEST(Specification, ChecksOptions) {
  EXPECT_THAT(fault(RandomSearch{.max_num_trials = {}, .repeat = 0}), HasSubstr("repeat is 0"));
  EXPECT_THAT(fault(GridSearch{.num_grid_points = 0}), HasSubstr("num_grid_points is 0"));
  EXPECT_THAT(fault(Iterate{}), HasSubstr("no configurations"));
  EXPECT_THAT(fault(Chain{}), HasSubstr("no algorithms"));
  EXPECT_THAT(fault(Chain{.algorithms = {RandomSearch{.max_num_trials = {}, .repeat = 0}}}),
              HasSubstr("repeat is 0"));
  EXPECT_THAT(fault(Repeat{.algorithm = Chain{.algorithms = {RandomSearch{}}}}),
              HasSubstr("cannot repeat Chain"));
  EXPECT_THAT(fault(OwnAlgorithm{"mine", {}}), HasSubstr("nothing makes 'mine'"));
  EXPECT_EQ(fault(Repeat{.algorithm = RandomSearch{}}), "accepted");
}

}  // namespace
}  // namespace sherpa::space
