#include "core/space/search_space.hpp"

#include "core/space/value_index.hpp"

#include <sherpa/log.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

namespace sherpa::space {
namespace {

using testing::HasSubstr;

std::string refusal(std::vector<Parameter> parameters) {
  auto made = space::SearchSpace::make(std::move(parameters));
  return made ? "accepted" : made.error().message;
}

constexpr double inf = std::numeric_limits<double>::infinity();

TEST(SearchSpace, RefusesWhatCannotBeTunedAndSaysWhatToDo) {
  EXPECT_THAT(refusal({Continuous{"", {0, 1}}}), HasSubstr("empty name"));
  EXPECT_THAT(refusal({Continuous{"x", {0, 1}}, Choice{"x", {1, 2}}}),
              HasSubstr("two parameters 'x'"));
  EXPECT_THAT(refusal({Continuous{"x", {1, 1}}}),
              HasSubstr("low and high are both 1.0; use Choice or Ordinal"));
  EXPECT_THAT(refusal({Discrete{"x", {3, 3}}}), HasSubstr("low and high are both 3"));
  EXPECT_THAT(refusal({Continuous{"lr", {0, 1}, Scale::log}}),
              HasSubstr("a log scale needs positive bounds"));
  EXPECT_THAT(refusal({Discrete{"n", {0, 9}, Scale::log}}),
              HasSubstr("a log scale needs positive bounds"));
  EXPECT_THAT(refusal({Continuous{"x", {0, inf}}}), HasSubstr("finite"));
  EXPECT_THAT(refusal({Continuous{"x", {std::nan(""), 1}}}), HasSubstr("finite"));
  EXPECT_THAT(refusal({Continuous{"x", {-1.7e308, 1.7e308}}}), HasSubstr("too wide"));
  EXPECT_THAT(refusal({Discrete{"x", {0, std::numeric_limits<std::int64_t>::max()}}}),
              HasSubstr("2^53"));
  EXPECT_THAT(refusal({Choice{"act", {}}}), HasSubstr("has no values"));
  EXPECT_THAT(refusal({Choice{"act", {"a", "b", "a"}}}),
              HasSubstr("'act': its value a is given twice"));
  EXPECT_THAT(refusal({Choice{"act", {std::nan(""), 1}}}),
              HasSubstr("NaN cannot be one of its values"));
  EXPECT_THAT(refusal({Ordinal{"l", {list(list(1), 2)}}}), HasSubstr("a list within a list"));
  EXPECT_EQ(refusal({Choice{"one", {1}}}), "accepted");
  EXPECT_EQ(refusal({Choice{"mixed", {1, 1.0, "1", true, list(1)}}}), "accepted");
}

TEST(SearchSpace, PutsAReversedRangeInOrderAndSaysSo) {
  std::string logged;
  set_log([&](LogLevel, std::string_view line) { logged += std::string(line) + "\n"; });
  auto space = space::SearchSpace::make({Continuous{"lr", {0.1, 0.01}, Scale::log}});
  set_log({});
  ASSERT_TRUE(space);
  EXPECT_EQ(space->parameters()[0].as<Continuous>()->range, (Range<double>{0.01, 0.1}));
  EXPECT_THAT(logged, HasSubstr("'lr': its range is the wrong way round; taken as [0.01, 0.1]"));
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 1);
}

TEST(SearchSpace, AcceptsNamesOfAnyKind) {
  auto space = space::SearchSpace::make({Continuous{"learning rate", {0, 1}},
                                         Continuous{"a,\"b\"\n", {0, 1}}, Continuous{"🎲", {0, 1}}});
  EXPECT_TRUE(space);
}

TEST(Unit, MapsEndsToEnds) {
  Parameter lr = Continuous{"lr", {1e-4, 1e-1}, Scale::log};
  EXPECT_EQ(space::from_unit(lr, 0), Value(1e-4));
  EXPECT_EQ(space::from_unit(lr, 1), Value(1e-1));
  EXPECT_NEAR(space::from_unit(lr, 1.0 / 3).real(), 1e-3, 1e-12);
  EXPECT_NEAR(space::to_unit(lr, 1e-3), 1.0 / 3, 1e-12);
}

TEST(Unit, GoesThereAndBackForEveryDiscreteValue) {
  std::vector<Parameter> parameters{Discrete{"a", {1, 1000}, Scale::log}, Discrete{"b", {-7, 12}},
                                    Ordinal{"c", {16, 32, "x", list(1, 2)}},
                                    Choice{"d", {true, false}}, Discrete{"e", {1, 2}, Scale::log}};
  for (const auto& p : parameters) {
    std::vector<Value> values;
    if (auto* d = p.as<Discrete>()) {
      for (auto i = d->range.low; i <= d->range.high; ++i) values.emplace_back(i);
    } else {
      values = p.as<Ordinal>() ? p.as<Ordinal>()->values : p.as<Choice>()->values;
    }
    EXPECT_EQ(space::levels(p), values.size());
    for (const auto& v : values) {
      double u = space::to_unit(p, v);
      EXPECT_GE(u, 0);
      EXPECT_LE(u, 1);
      EXPECT_EQ(space::from_unit(p, u), v) << p.name() << ' ' << v;
    }
  }
}

TEST(Unit, DrawsBothEndsOfADiscreteRange) {
  for (Scale scale : {Scale::linear, Scale::log}) {
    Parameter p = Discrete{"n", {1, 4}, scale};
    Random random(3);
    std::map<std::int64_t, int> counts;
    for (int i = 0; i < 20000; ++i) ++counts[p.sample(random).integer()];
    ASSERT_EQ(counts.size(), 4u);
    if (scale == Scale::linear) {
      for (auto [value, count] : counts) EXPECT_NEAR(count, 5000, 250);
    } else {
      for (auto [value, count] : counts) {
        auto v = static_cast<double>(value);
        EXPECT_NEAR(count, 20000 * std::log((v + 0.5) / (v - 0.5)) / std::log(9.0), 300);
      }
    }
  }
}

TEST(Unit, SamplesALogScaleEvenlyInItsLogarithm) {
  Parameter p = Continuous{"lr", {1e-4, 1}, Scale::log};
  Random random(3);
  std::array<int, 4> decades{};
  for (int i = 0; i < 20000; ++i)
    ++decades[static_cast<std::size_t>(
        std::min(3.0, std::floor(std::log10(p.sample(random).real()) + 4)))];
  for (int count : decades) EXPECT_NEAR(count, 5000, 300);
}

std::vector<double> reals(const std::vector<Value>& values) {
  std::vector<double> out;
  for (const auto& v : values) out.push_back(v.real());
  return out;
}

TEST(GridPoints, CutARangeAsTheManualSays) {
  Parameter p = Continuous{"x", {1, 2}};
  auto two = reals(space::grid_points(p, {.num_grid_points = 2}));
  ASSERT_EQ(two.size(), 2u);
  EXPECT_DOUBLE_EQ(two[0], 4.0 / 3);
  EXPECT_DOUBLE_EQ(two[1], 5.0 / 3);
  EXPECT_EQ(reals(space::grid_points(p, {.num_grid_points = 3})),
            (std::vector<double>{1.25, 1.5, 1.75}));
}

TEST(GridPoints, OrOnTheEndPointsAsTheReleasedCodeDoes) {
  Parameter p = Continuous{"x", {1, 2}};
  EXPECT_EQ(reals(space::grid_points(p, {2, GridPoints::end_points})), (std::vector<double>{1, 2}));
  EXPECT_EQ(reals(space::grid_points(p, {1, GridPoints::end_points})), (std::vector<double>{1.5}));
  auto log = reals(
      space::grid_points(Continuous{"x", {0.01, 1}, Scale::log}, {3, GridPoints::end_points}));
  EXPECT_NEAR(log[1], 0.1, 1e-12);
}

TEST(GridPoints, TakeEqualIntegersOnce) {
  EXPECT_EQ(space::grid_points(Discrete{"n", {1, 2}}, {9, GridPoints::end_points}),
            (std::vector<Value>{1, 2}));
  EXPECT_EQ(space::grid_points(Discrete{"n", {1, 10}}, {.num_grid_points = 2}),
            (std::vector<Value>{4, 7}));
  EXPECT_EQ(space::grid_points(Choice{"c", {"a", "b"}}, {.num_grid_points = 7}),
            (std::vector<Value>{"a", "b"}));
}

class FitTest : public testing::Test {
 protected:
  space::SearchSpace space =
      *space::SearchSpace::make({Continuous{"lr", {1e-4, 1e-1}}, Discrete{"units", {1, 64}},
                                 Choice{"act", {"relu", 2, 0.5}}});
  std::string fit(Configuration c,
                  space::SearchSpace::Extras extras = space::SearchSpace::Extras::refuse) {
    auto fitted = space.fit(c, extras);
    return fitted ? "accepted" : fitted.error().message;
  }
};

TEST_F(FitTest, TurnsValuesIntoTheirParametersTypes) {
  auto fitted =
      space.fit({{"lr", 0.1}, {"units", 64.0}, {"act", 2.0}}, space::SearchSpace::Extras::refuse);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->at("units"), Value(64));
  EXPECT_EQ(fitted->at("act"), Value(2));
  EXPECT_EQ(fitted->names(), space.names());
}

TEST_F(FitTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT(fit({{"lr", 0.1}, {"units", 3}}), HasSubstr("no value for parameter 'act'"));
  EXPECT_THAT(fit({{"lr", "x"}, {"units", 3}, {"act", 2}}),
              HasSubstr("parameter 'lr': 'x' is no number"));
  EXPECT_THAT(fit({{"lr", 1}, {"units", 3}, {"act", 2}}), HasSubstr("outside [1e-04, 0.1]"));
  EXPECT_THAT(fit({{"lr", std::nan("")}, {"units", 3}, {"act", 2}}), HasSubstr("outside"));
  EXPECT_THAT(fit({{"lr", 0.1}, {"units", 0.5}, {"act", 2}}), HasSubstr("no integer"));
  EXPECT_THAT(fit({{"lr", 0.1}, {"units", 65}, {"act", 2}}), HasSubstr("outside [1, 64]"));
  EXPECT_THAT(fit({{"lr", 0.1}, {"units", 3}, {"act", "tanh"}}),
              HasSubstr("none of its values relu, 2, 0.5"));
  EXPECT_THAT(fit({{"lr", 0.1}, {"units", 3}, {"act", 2}, {"unit", 4}}),
              HasSubstr("no parameter 'unit'; did you mean 'units'?"));
}

TEST_F(FitTest, KeepsAnAlgorithmsOwnFields) {
  auto fitted = space.fit({{"lr", 0.1}, {"units", 3}, {"act", 2}, {"rung", 1}},
                          space::SearchSpace::Extras::keep);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->at("rung"), Value(1));
}

TEST_F(FitTest, GoesToTheUnitCubeAndBack) {
  Random random(5);
  for (int i = 0; i < 1000; ++i) {
    auto c = space.sample(random);
    auto point = space.to_unit(c);
    ASSERT_EQ(point.size(), 3u);
    auto back = space.from_unit(point);
    EXPECT_EQ(back.at("units"), c.at("units"));
    EXPECT_EQ(back.at("act"), c.at("act"));
    EXPECT_NEAR(back.get<double>("lr"), c.get<double>("lr"), 1e-15);
  }
}

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

TEST(ValueIndex, FindsEqualValuesAndThenEqualNumbers) {
  space::ValueIndex index({2.0, 1, true, "1", list(1, "x"), list("1", "x"), -0.0});
  EXPECT_EQ(index.find(2), 0u);
  EXPECT_EQ(index.find(2.0), 0u);
  EXPECT_EQ(index.find(1.0), 1u);
  EXPECT_EQ(index.find(true), 2u);
  EXPECT_EQ(index.find("1"), 3u);
  EXPECT_EQ(index.find(list(1, "x")), 4u);
  EXPECT_EQ(index.find(list("1", "x")), 5u);
  EXPECT_EQ(index.find(0), 6u);
  for (const Value& other :
       {Value(3), Value(false), Value("2"), Value(list(2, "x")), Value(Value::List{})})
    EXPECT_EQ(index.find(other), std::nullopt) << other;
  EXPECT_FALSE(index.add(0.0));
  EXPECT_TRUE(index.add(2));
  EXPECT_EQ(index.find(2), 7u) << "equal comes first";
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

TEST(SearchSpace, HoldsTenThousandParameters) {
  std::vector<Parameter> parameters;
  for (int i = 0; i < 10000; ++i) parameters.push_back(Continuous{"p" + std::to_string(i), {0, 1}});
  auto space = space::SearchSpace::make(parameters);
  ASSERT_TRUE(space);
  Random random(1);
  auto c = space->sample(random);
  EXPECT_EQ(c.size(), 10000u);
  EXPECT_TRUE(space->fit(c, space::SearchSpace::Extras::refuse));
  EXPECT_EQ(space->to_unit(c).size(), 10000u);
}

}  // namespace
}  // namespace sherpa::space
