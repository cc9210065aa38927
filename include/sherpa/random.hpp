#pragma once

#include <sherpa/export.hpp>

#include <array>
#include <cstdint>

namespace sherpa {

/// A stream of random numbers: the same draws for the same (seed, stream) on every platform.
///
/// xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS
/// 47, 2021), seeded by SplitMix64. Different streams of one seed are independent: a study draws
/// its k-th suggestion from stream k. Own code rather than <random>, because the distributions
/// there differ between standard libraries, and a resumed study must repeat its suggestions bit for
/// bit.
class SHERPA_API Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0);

  /// 64 random bits.
  std::uint64_t bits();
  /// Uniform in [0, 1), a multiple of 2^-53.
  double uniform();
  /// Uniform in [low, high).
  double uniform(double low, double high);
  /// Uniform in {0, …, n − 1} without bias; n > 0.
  std::uint64_t below(std::uint64_t n);
  /// Standard normal (Marsaglia's polar method).
  double normal();
  /// True with probability p.
  bool chance(double p) { return uniform() < p; }

 private:
  std::array<std::uint64_t, 4> state_;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace sherpa
