#include "tests/support/rehearse.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace sherpa {
namespace {

using namespace testing_support;
using runtime::Rehearsal;

TEST(CMAES, ConvergesOnRotatedEllipsoidsOneAtATimeAndSideBySide) {
  auto ellipsoid = [](const Configuration& c) {
    double a = c.get<double>("x0") - 0.3, b = c.get<double>("x1") - 0.6,
           d = c.get<double>("x2") - 0.4;
    return std::pow(a + b, 2) + 1e3 * std::pow(a - b, 2) + 30 * std::pow(d - a, 2);
  };
  double best = 1;
  run(study_with(CMAES{.restarts = Restarts::none}, cube(3)), 500, ellipsoid, &best);
  EXPECT_LT(best, 1e-8);

  Rehearsal study(study_with(CMAES{}, cube(3)));
  std::vector<Rehearsal::Started> running;
  for (int i = 0; i < 800; ++i) {
    while (running.size() < 8) running.push_back(std::get<Rehearsal::Started>(study.take()));
    study.observe(running.front(), ellipsoid(running.front().parameters));
    study.finalize(running.front());
    running.erase(running.begin());
  }
  EXPECT_LT(study.best()->objective, 1e-6);
}

TEST(CMAES, FindsTheOptimumAmongIntegersOrdinalsAndChoices) {
  const std::vector<Parameter> space{
      Continuous{"x", {-1, 1}}, Discrete{"n", {0, 1000}}, Discrete{"m", {1, 512}, Scale::log},
      Ordinal{"o", {1, 2, 3, 4, 5}}, Choice{"c", {"a", "b", "c", "d"}}};
  auto objective = [](const Configuration& c) {
    return std::pow(c.get<double>("x") - 0.5, 2) + std::pow(c.get<double>("n") / 100 - 7.77, 2) +
           std::pow(std::log(c.get<double>("m") / 37), 2) + std::pow(c.get<double>("o") - 4, 2) +
           (c.get<std::string>("c") == "c" ? 0 : 0.5);
  };
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    double best = 1;
    run(study_with(CMAES{}, space, seed), 1500, objective, &best);
    found += best < 1e-4 ? 1 : 0;
  }
  EXPECT_GE(found, 4);
}

TEST(CMAES, StartsElsewhereWhenItIsStuck) {
  auto two_valleys = [](const Configuration& c) {
    double x = c.get<double>("x0"), y = c.get<double>("x1");
    return std::min(0.5 + std::hypot(x - 0.5, y - 0.5), 2 * std::hypot(x - 0.85, y - 0.85));
  };
  for (auto restarts : {Restarts::none, Restarts::ipop, Restarts::bipop}) {
    double best = 1;
    run(study_with(CMAES{.sigma = 0.05, .restarts = restarts}, cube(2)), 4000, two_valleys, &best);
    if (restarts == Restarts::none) {
      EXPECT_NEAR(best, 0.5, 1e-3);
    } else {
      EXPECT_LT(best, 1e-3);
    }
  }
}

}  // namespace
}  // namespace sherpa
