#include "tests/support/rehearse.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace sherpa {
namespace {

using namespace testing_support;
using runtime::Rehearsal;

TEST(Genetic, TakesEachValueFromOneOfTheBestThird) {
  Rehearsal study(study_with(Genetic{.mutation_rate = 0}, cube(12)));
  std::vector<std::pair<double, Configuration>> ranked;
  for (int i = 0; i < 40; ++i) {
    auto trial = std::get<Rehearsal::Started>(study.take());
    if (i >= 10) {
      std::stable_sort(ranked.begin(), ranked.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      std::set<std::size_t> parents;
      for (const auto& [name, value] : trial.parameters) {
        std::size_t from = 0;
        while (from < ranked.size() / 3 && !(ranked[from].second.at(name) == value)) ++from;
        EXPECT_LT(from, ranked.size() / 3)
            << "trial " << trial.id << " has its " << name << " from none of the best third";
      }
    }
    double y = bowl(trial.parameters);
    ranked.emplace_back(y, trial.parameters);
    study.observe(trial, y);
    study.finalize(trial);
  }
}

TEST(Genetic, DrawsEveryValueAnewWithMutationRateOne) {
  auto seen = run(study_with(Genetic{.mutation_rate = 1}, cube(1)), 60, bowl);
  std::set<double> different;
  for (const auto& c : seen) different.insert(c.get<double>("x0"));
  EXPECT_EQ(different.size(), 60u);
}

}  // namespace
}  // namespace sherpa
