#include "algorithms/numerics/sobol.hpp"

#include <sherpa/random.hpp>

#include <algorithm>
#include <array>

namespace sherpa::algorithms {

namespace {

constexpr int bits = 32;
using Directions =
    std::array<std::uint32_t, bits>;  // the j-th column of the generator matrix, highest bit first

/// x^e modulo a polynomial over GF(2) of this degree.
std::uint32_t power_of_x(std::uint64_t e, std::uint32_t polynomial, int degree) {
  auto times = [&](std::uint32_t a, std::uint32_t b) {
    std::uint32_t product = 0;
    for (; b != 0; b >>= 1) {
      if (b & 1) product ^= a;
      a <<= 1;
      if (a >> degree & 1) a ^= polynomial;
    }
    return product;
  };
  std::uint32_t result = 1, square = degree == 1 ? 1 : 2;
  for (; e != 0; e >>= 1) {
    if (e & 1) result = times(result, square);
    square = times(square, square);
  }
  return result;
}

/// Whether x generates all non-zero elements of GF(2)[x] modulo the polynomial.
bool is_primitive(std::uint32_t polynomial, int degree) {
  if ((polynomial & 1) == 0) return false;
  std::uint32_t order = (1u << degree) - 1;
  if (power_of_x(order, polynomial, degree) != 1) return false;
  std::uint32_t rest = order;
  for (std::uint32_t p = 2; p <= rest; ++p) {
    if (rest % p != 0) continue;
    if (p < order && power_of_x(order / p, polynomial, degree) == 1) return false;
    if (p == order && order > 1 && power_of_x(1, polynomial, degree) == 1) return false;
    while (rest % p == 0) rest /= p;
  }
  return true;
}

struct Polynomial {
  int degree;
  std::uint32_t
      inner;  // the coefficients between the first and the last, as Joe and Kuo write them
};

std::vector<Polynomial> primitive_polynomials(std::size_t count) {
  std::vector<Polynomial> found;
  for (int degree = 1; found.size() < count; ++degree)
    for (std::uint32_t inner = 0; inner < (1u << (degree - 1)) && found.size() < count; ++inner)
      if (is_primitive((1u << degree) | (inner << 1) | 1u, degree))
        found.push_back({degree, inner});
  return found;
}

/// Joe and Kuo's initial numbers of dimensions 2 to 21.
constexpr std::array<std::array<std::uint32_t, 7>, 20> known{{{1},
                                                              {1, 3},
                                                              {1, 3, 1},
                                                              {1, 1, 1},
                                                              {1, 1, 3, 3},
                                                              {1, 3, 5, 13},
                                                              {1, 1, 5, 5, 17},
                                                              {1, 1, 5, 5, 5},
                                                              {1, 1, 7, 11, 19},
                                                              {1, 1, 5, 1, 1},
                                                              {1, 1, 1, 3, 11},
                                                              {1, 3, 5, 5, 31},
                                                              {1, 3, 3, 9, 7, 49},
                                                              {1, 1, 1, 15, 21, 21},
                                                              {1, 3, 1, 13, 27, 49},
                                                              {1, 1, 1, 15, 7, 5},
                                                              {1, 3, 1, 15, 13, 25},
                                                              {1, 1, 5, 5, 19, 61},
                                                              {1, 3, 7, 11, 23, 15, 103},
                                                              {1, 3, 7, 13, 13, 15, 69}}};

Directions directions_of(const Polynomial& polynomial, std::span<const std::uint32_t> initial) {
  Directions v{};
  const int s = polynomial.degree;
  for (int j = 0; j < bits; ++j) {
    if (j < s) {
      v[j] = initial[j] << (bits - 1 - j);
      continue;
    }
    v[j] = v[j - s] ^ (v[j - s] >> s);
    for (int k = 1; k < s; ++k)
      if (polynomial.inner >> (s - 1 - k) & 1) v[j] ^= v[j - k];
  }
  return v;
}

/// How far the first 2^m points of two dimensions are from a (0, m, 2)-net: the least t such that
/// any m − t leading rows of the two generator matrices are independent. Summed over m.
int unevenness(const Directions& a, const Directions& b) {
  int sum = 0;
  for (int m : {5, 8}) {
    int t = 0;
    auto row = [&](const Directions& v, int digit) {
      std::uint32_t out = 0;
      for (int j = 0; j < m; ++j) out |= (v[j] >> (bits - 1 - digit) & 1) << j;
      return out;
    };
    for (int of_a = 0; of_a <= m; ++of_a) {
      std::array<std::uint32_t, bits> basis{};
      auto independent = [&](std::uint32_t r) {
        for (int j = m; j-- > 0;) {
          if ((r >> j & 1) == 0) continue;
          if (basis[j] == 0) {
            basis[j] = r;
            return true;
          }
          r ^= basis[j];
        }
        return false;
      };
      int rank = 0;
      while (rank < of_a && independent(row(a, rank))) ++rank;
      if (rank == of_a)
        while (rank < m && independent(row(b, rank - of_a))) ++rank;
      t = std::max(t, m - rank);
    }
    sum += t * t;
  }
  return sum;
}

std::vector<std::uint32_t> generate(std::size_t dimensions) {
  std::vector<Directions> all;
  Directions first{};
  for (int j = 0; j < bits; ++j) first[j] = 1u << (bits - 1 - j);
  all.push_back(first);
  auto polynomials = primitive_polynomials(dimensions > 0 ? dimensions - 1 : 0);
  Random random(20080904);
  for (std::size_t i = 0; i < polynomials.size(); ++i) {
    if (i < known.size()) {
      all.push_back(directions_of(polynomials[i], known[i]));
      continue;
    }
    Directions best{};
    int least = -1;
    for (int attempt = 0; attempt < 8; ++attempt) {
      std::array<std::uint32_t, bits> initial{};
      for (int j = 0; j < polynomials[i].degree; ++j)
        initial[j] = 2 * static_cast<std::uint32_t>(random.below(std::uint64_t{1} << j)) + 1;
      auto tried = directions_of(polynomials[i], initial);
      int sum = 0;
      for (std::size_t before = all.size() - 8; before < all.size(); ++before)
        sum += unevenness(all[before], tried);
      if (least < 0 || sum < least) {
        least = sum;
        best = tried;
      }
    }
    all.push_back(best);
  }
  std::vector<std::uint32_t> flat;
  for (std::size_t i = 0; i < dimensions; ++i)
    flat.insert(flat.end(), all[i].begin(), all[i].end());
  return flat;
}

std::uint32_t reversed(std::uint32_t x) {
  x = (x & 0x55555555u) << 1 | (x >> 1 & 0x55555555u);
  x = (x & 0x33333333u) << 2 | (x >> 2 & 0x33333333u);
  x = (x & 0x0f0f0f0fu) << 4 | (x >> 4 & 0x0f0f0f0fu);
  return __builtin_bswap32(x);
}

/// Flips every bit by a hash of those above it.
std::uint32_t scrambled(std::uint32_t x, std::uint32_t seed) {
  x = reversed(x);
  x ^= x * 0x3d20adeau;
  x += seed;
  x *= (seed >> 16) | 1u;
  x ^= x * 0x05526c56u;
  x ^= x * 0x53a22864u;
  return reversed(x);
}

}  // namespace

Sobol::Sobol(std::size_t dimensions, std::uint64_t seed)
    : dimensions_(dimensions), seed_(seed), directions_(generate(std::min(dimensions, most))) {}

void Sobol::point(std::uint64_t i, std::span<double> out) const {
  Random scrambling(seed_, 0x50b01);
  Random low(seed_ ^ 0x50b01,
             i);  // the bits below the sequence's 32, and the dimensions beyond its last
  for (std::size_t d = 0; d < dimensions_; ++d) {
    if (d >= most) {
      out[d] = low.uniform();
      continue;
    }
    std::uint32_t x = 0;
    for (std::uint64_t rest = i, j = 0; rest != 0 && j < bits; rest >>= 1, ++j)
      if (rest & 1) x ^= directions_[d * bits + j];
    x = scrambled(x, static_cast<std::uint32_t>(scrambling.bits() >> 32));
    out[d] = (static_cast<double>(x) + 0.5 * (low.uniform() + 0.5)) * 0x1p-32;
  }
}

}  // namespace sherpa::algorithms
