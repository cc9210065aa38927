#include <sherpa/parameter.hpp>

#include "core/space/search_space.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace sherpa {
namespace {

using testing::HasSubstr;

TEST(FromDict, BuildsEveryKind) {
  EXPECT_EQ(
      Parameter::from_dict(
          {{"name", "lr"}, {"type", "continuous"}, {"range", list(1e-4, 1e-1)}, {"scale", "log"}}),
      Parameter(Continuous{"lr", {1e-4, 1e-1}, Scale::log}));
  EXPECT_EQ(Parameter::from_dict({{"name", "n"}, {"type", "discrete"}, {"range", list(1, 9)}}),
            Parameter(Discrete{"n", {1, 9}}));
  EXPECT_EQ(Parameter::from_dict({{"name", "b"}, {"type", "ordinal"}, {"range", list(16, 32)}}),
            Parameter(Ordinal{"b", {16, 32}}));
  EXPECT_EQ(Parameter::from_dict(
                {{"name", "l"}, {"type", "choice"}, {"range", list(list(128, 64), list(32))}}),
            Parameter(Choice{"l", {list(128, 64), list(32)}}));
}

TEST(FromDict, NamesWhatIsWrong) {
  auto message = [](std::map<std::string, Value> dict) {
    try {
      Parameter::from_dict(dict);
    } catch (const Exception& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(message({{"type", "choice"}}), HasSubstr("needs a text 'name'"));
  EXPECT_THAT(message({{"name", "x"}, {"type", "contnuous"}, {"range", list(0, 1)}}),
              HasSubstr("did you mean 'continuous'?"));
  EXPECT_THAT(message({{"name", "x"}, {"type", "continuous"}, {"rnge", list(0, 1)}}),
              HasSubstr("did you mean 'range'?"));
  EXPECT_THAT(message({{"name", "x"}, {"type", "continuous"}, {"range", list(0)}}),
              HasSubstr("two bounds"));
  EXPECT_THAT(message({{"name", "x"}, {"type", "continuous"}, {"range", list("a", "b")}}),
              HasSubstr("parameter 'x': range"));
  EXPECT_THAT(message({{"name", "x"}, {"type", "discrete"}, {"range", list(0.5, 2)}}),
              HasSubstr("integer"));
  EXPECT_THAT(message({{"name", "x"}, {"type", "choice"}, {"range", list(1, 2)}, {"scale", "log"}}),
              HasSubstr("have a scale"));
  EXPECT_THAT(
      message({{"name", "x"}, {"type", "continuous"}, {"range", list(0, 1)}, {"scale", "lg"}}),
      HasSubstr("use linear or log"));
}

TEST(Grid, MakesAChoiceOfEveryEntry) {
  auto parameters = Parameter::grid({{"a", {1, 2}}, {"b", {"x"}}});
  EXPECT_EQ(parameters, (std::vector<Parameter>{Choice{"a", {1, 2}}, Choice{"b", {"x"}}}));
}

TEST(ParametersOf, DerivesThemFromConfigurations) {
  auto parameters = parameters_of({{{"a", 1}, {"b", "x"}}, {{"a", 2}, {"b", "x"}}});
  EXPECT_EQ(parameters, (std::vector<Parameter>{Choice{"a", {1, 2}}, Choice{"b", {"x"}}}));
  EXPECT_THROW(parameters_of({{{"a", 1}}, {{"b", 1}}}), Exception);
}

TEST(ParametersOf, AndFitTakeAListOfAHundredThousandConfigurations) {
  // Were each value looked for among all others, this would take minutes.
  std::vector<Configuration> configurations;
  for (int i = 0; i < 100'000; ++i)
    configurations.push_back(
        {{"lr", i / 7.0}, {"n", i}, {"name", "c" + std::to_string(i)}, {"odd", i % 2 == 1}});
  auto parameters = parameters_of(configurations);
  EXPECT_EQ(space::levels(parameters[1]), configurations.size());
  EXPECT_EQ(space::levels(parameters[3]), 2u);
  auto space = space::SearchSpace::make(parameters);
  ASSERT_TRUE(space);
  for (const auto& configuration : configurations) {
    auto fitted = space->fit(configuration, space::SearchSpace::Extras::refuse);
    ASSERT_TRUE(fitted);
    ASSERT_EQ(*fitted, configuration);
  }
  EXPECT_EQ(space->from_unit(space->to_unit(configurations[54'321])), configurations[54'321]);
}

std::string refused(const Parameter& parameter) {
  try {
    parameter.check();
  } catch (const Exception& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Parameter, ChecksItsRange) {
  EXPECT_EQ(refused(Continuous{"x", {0, 1}}), "accepted");
  EXPECT_EQ(refused(Continuous{"x", {1, 1}}),
            "parameter 'x': low and high are both 1.0; use Choice or Ordinal for a single value");
  EXPECT_EQ(
      refused(Continuous{"x", {0, 1}, Scale::log}),
      "parameter 'x': a log scale needs positive bounds, and one is 0.0; use a linear scale or "
      "raise it");
  EXPECT_EQ(refused(Continuous{"x", {-1e308, 1e308}}),
            "parameter 'x': its range is too wide for a double; use a log scale or narrow it");
  EXPECT_EQ(refused(Continuous{"x", {0, HUGE_VAL}}),
            "parameter 'x': its bounds must be finite numbers");
  EXPECT_EQ(refused(Discrete{"n", {0, (std::int64_t{1} << 53) + 1}}),
            "parameter 'n': its bounds must lie within ±2^53");
}

TEST(Parameter, ChecksItsValues) {
  EXPECT_EQ(refused(Choice{"c", {1, 1.0, "1", true, list(1)}}), "accepted");
  EXPECT_EQ(refused(Choice{"c", {}}), "parameter 'c': it has no values; give it at least one");
  EXPECT_EQ(refused(Ordinal{"o", {2, 1, 2}}), "parameter 'o': its value 2 is given twice");
  EXPECT_THAT(refused(Choice{"c", {std::nan("")}}), HasSubstr("cannot be one of its values"));
  EXPECT_EQ(refused(Choice{"c", {list(list(1))}}),
            "parameter 'c': a list within a list cannot be one of its values");
}

TEST(Parameter, SamplesItsValuesAlone) {
  Random random(1);
  const Parameter parameter = Discrete{"n", {3, 5}};
  for (int i = 0; i < 100; ++i) {
    const auto n = parameter.sample(random).integer();
    EXPECT_TRUE(n >= 3 && n <= 5) << n;
  }
}

}  // namespace
}  // namespace sherpa
