#include "tests/support/rehearse.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sherpa {
namespace {

using namespace testing_support;

TEST(SobolSearch, FillsEveryCell) {
  auto seen = run(study_with(SobolSearch{}, cube(3)), 16, bowl);
  for (const char* name : {"x0", "x1", "x2"}) {
    std::set<int> cells;
    for (const auto& c : seen) cells.insert(static_cast<int>(c.get<double>(name) * 16));
    EXPECT_EQ(cells.size(), 16u) << name;
  }
  EXPECT_NE(seen, run(study_with(SobolSearch{}, cube(3), 2), 16, bowl));
}

}  // namespace
}  // namespace sherpa
