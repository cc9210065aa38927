#include "core/space/search_space.hpp"

#include <sherpa/log.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

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
              HasSubstr("not one of its values relu, 2, 0.5"));
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
