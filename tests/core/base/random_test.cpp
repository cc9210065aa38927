#include <sherpa/random.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace sherpa {
namespace {

TEST(Random, RepeatsItselfAndItsStreamsDiffer) {
  EXPECT_EQ(Random(7, 1).bits(), Random(7, 1).bits());
  std::set<std::uint64_t> firsts;
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    for (std::uint64_t stream = 0; stream < 50; ++stream)
      firsts.insert(Random(seed, stream).bits());
  EXPECT_EQ(firsts.size(), 2500u);
}

TEST(Random, IsTheSameOnEveryMachine) {
  Random random(7, 3);
  EXPECT_EQ(random.bits(), 8371339639669410684u);
}

TEST(Random, DrawsUniformlyBelowN) {
  Random random(1);
  std::array<int, 5> counts{};
  for (int i = 0; i < 50000; ++i) ++counts[random.below(5)];
  for (int count : counts) EXPECT_NEAR(count, 10000, 400);
}

TEST(Random, NormalHasMeanZeroAndVarianceOne) {
  Random random(1);
  double sum = 0, squares = 0;
  constexpr int n = 100000;
  for (int i = 0; i < n; ++i) {
    double x = random.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0, 0.02);
  EXPECT_NEAR(squares / n, 1, 0.02);
}

TEST(Random, StreamsOfNeighbouringNumbersAreIndependent) {
  // The k-th suggestions of a study come from streams 1, 2, 3 …: their first draws must look
  // uniform together.
  double sum = 0, products = 0, last = 0;
  constexpr int n = 20000;
  for (int k = 1; k <= n; ++k) {
    double u = Random(42, static_cast<std::uint64_t>(k)).uniform() - 0.5;
    sum += u;
    products += u * last;
    last = u;
  }
  EXPECT_NEAR(sum / n, 0, 0.01);
  EXPECT_NEAR(products / n, 0, 0.004);
}

}  // namespace
}  // namespace sherpa
