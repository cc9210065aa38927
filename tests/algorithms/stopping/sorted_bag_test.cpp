#include "algorithms/stopping/sorted_bag.hpp"

#include <sherpa/random.hpp>

#include <gtest/gtest.h>

namespace sherpa::algorithms {
namespace {

TEST(SortedBag, IsASortedList) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Random random(seed);
    SortedBag bag;
    std::vector<double> list;
    for (int step = 0; step < 6000; ++step) {
      if (!list.empty() && random.chance(0.1)) {
        auto at = list.begin() + static_cast<std::ptrdiff_t>(random.below(list.size()));
        bag.remove(*at);
        list.erase(at);
      } else {
        double x = static_cast<double>(random.below(2000));  // many repetitions
        bag.insert(x);
        list.insert(std::upper_bound(list.begin(), list.end(), x), x);
      }
      ASSERT_EQ(bag.size(), list.size());
      if (list.empty()) continue;
      auto i = random.below(list.size());
      ASSERT_EQ(bag.at(i), list[i]) << "seed " << seed << " step " << step;
    }
    for (std::size_t i = 0; i < list.size(); ++i) ASSERT_EQ(bag.at(i), list[i]);
  }
}

}  // namespace
}  // namespace sherpa::algorithms
