#pragma once

// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).

#include <cstdint>
#include <span>
#include <vector>

namespace sherpa::algorithms {

/// A scrambled Sobol sequence: points that fill the unit cube more evenly than random ones, each
/// drawn on its own.
///
///     Sobol sobol(dimensions, seed);
///     sobol.point(i, point);   // the i-th, from 0; every seed another scrambling; coordinates in
///     (0, 1)
///
/// Sobol, "On the distribution of points in a cube", USSR Comp. Math. 7, 1967, by primitive
/// polynomials in order of degree. The first 21 dimensions have the initial direction numbers of
/// Joe and Kuo, SIAM J. Sci. Comput. 30, 2008; those after have, of 8 random sets, the one whose
/// two-dimensional projections with the eight dimensions before have the lowest t-values. Scrambled
/// after Owen, by hashing: Burley, "Practical hash-based Owen scrambling", JCGT 9(4), 2020.
/// Dimensions beyond `most` (1,111) are independent random draws.
class Sobol {
 public:
  static constexpr std::size_t most = 1111;

  Sobol(std::size_t dimensions, std::uint64_t seed);

  std::size_t dimensions() const { return dimensions_; }
  /// `out` has as many elements as there are dimensions; i < 2^32.
  void point(std::uint64_t i, std::span<double> out) const;

 private:
  std::size_t dimensions_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> directions_;  // 32 per dimension
};

}  // namespace sherpa::algorithms
