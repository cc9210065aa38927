#include "algorithms/samplers/covariance_adaptation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace sherpa::algorithms {
namespace {

std::vector<Axis> axes_for(std::vector<Parameter> parameters) {
  return axes_of(*space::SearchSpace::make(std::move(parameters)));
}

std::vector<Axis> cube(int d) {
  std::vector<Parameter> parameters;
  for (int i = 0; i < d; ++i) parameters.push_back(Continuous{"x" + std::to_string(i), {0, 1}});
  return axes_for(std::move(parameters));
}

std::vector<CovarianceAdaptation::Result> generation(
    const CovarianceAdaptation& search, Random& random,
    const std::function<double(const Point&)>& objective) {
  std::vector<CovarianceAdaptation::Result> results;
  for (std::uint64_t i = 0; i < search.population(); ++i) {
    Point point = search.sample(random);
    const double y = objective(point);
    results.push_back({std::move(point), y});
  }
  return results;
}

double sphere(const Point& point) {
  double sum = 0;
  for (double x : point) sum += (x - 0.3) * (x - 0.3);
  return sum;
}

TEST(CovarianceAdaptation, HasThePopulationOfTheTutorialUnlessOneIsGiven) {
  for (int d : {1, 5, 40}) {
    const auto axes = cube(d);
    const Point middle(axes.size(), 0.5);
    EXPECT_EQ(CovarianceAdaptation(axes, middle, {}).population(),
              4 + static_cast<std::uint64_t>(3 * std::log(d)));
    EXPECT_EQ(CovarianceAdaptation(axes, middle, {.population = 17}).population(), 17u);
  }
}

TEST(CovarianceAdaptation, ConvergesAndShrinksItsStep) {
  const auto axes = cube(4);
  CovarianceAdaptation search(axes, Point(4, 0.7), {});
  Random random(1);
  for (int i = 0; i < 120; ++i) search.learn(generation(search, random, sphere), random);
  EXPECT_LT(search.sigma(), 1e-4);
  EXPECT_LT(sphere(search.sample(random)), 1e-6);
}

TEST(CovarianceAdaptation, DependsOnTheOrderOfObjectivesAlone) {
  const auto axes = cube(3);
  CovarianceAdaptation plain(axes, Point(3, 0.5), {}), monotone(axes, Point(3, 0.5), {});
  Random random(2), other(2);
  for (int i = 0; i < 20; ++i) {
    plain.learn(generation(plain, random, sphere), random);
    monotone.learn(generation(monotone, other, [](const auto& p) { return std::exp(sphere(p)); }),
                   other);
  }
  EXPECT_EQ(plain.sample(random), monotone.sample(other));
}

TEST(CovarianceAdaptation, SamplesSnappedPointsOfTheCube) {
  const auto axes = axes_for({Continuous{"x", {0, 1}}, Discrete{"n", {1, 9}}, Choice{"c", {1, 2}}});
  const CovarianceAdaptation search(axes, {0.99, 0.5, 0.25}, {.sigma = 0.5});
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    const Point point = search.sample(random);
    for (std::size_t j = 0; j < 3; ++j) {
      EXPECT_TRUE(point[j] >= 0 && point[j] <= 1);
      EXPECT_EQ(point[j], axes[j].snap(point[j]));
    }
  }
}

TEST(CovarianceAdaptation, KeepsAMarginForOtherLevelsAndCategories) {
  const auto axes = axes_for({Discrete{"n", {1, 100}}, Choice{"c", {1, 2, 3}}});
  CovarianceAdaptation search(axes, {0.5, 0.5}, {.population = 8});
  Random random(4);
  auto objective = [](const Point& p) { return std::abs(p[0] - 0.505) + std::abs(p[1] - 0.5); };
  for (int i = 0; i < 200; ++i) search.learn(generation(search, random, objective), random);
  // 1/(d λ) = 1/16 for other levels, 1/(k λ) = 1/24 for each category, as lower bounds.
  int other_level = 0, other_category = 0;
  for (int i = 0; i < 4000; ++i) {
    const Point p = search.sample(random);
    other_level += axes[0].level(p[0]) != axes[0].level(0.505);
    other_category += axes[1].level(p[1]) != 1;
  }
  EXPECT_GT(other_level, 4000 / 16 / 2);
  EXPECT_GT(other_category, 4000 / 24);
  EXPECT_LT(other_category, 4000 / 4);
}

TEST(CovarianceAdaptation, IsStuckWhenNothingImproves) {
  const auto axes = cube(2);
  for (double objective : {1.0, std::nan("")}) {
    CovarianceAdaptation search(axes, Point(2, 0.5), {});
    Random random(5);
    int generations = 0;
    while (!search.stuck() && generations < 100) {
      search.learn(generation(search, random, [&](const Point&) { return objective; }), random);
      ++generations;
    }
    EXPECT_EQ(generations, 10 + std::ceil(30.0 * 2 / 6)) << "TolFunHist of " << objective;
  }
}

}  // namespace
}  // namespace sherpa::algorithms
