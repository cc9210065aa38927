// Own code: a resumed study must repeat its suggestions bit for bit (docs/architecture.md).
#include <sherpa/random.hpp>

#include <bit>
#include <cmath>

namespace sherpa {

namespace {

std::uint64_t split_mix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed, std::uint64_t stream) {
  // Seed and stream are each mixed before they meet, so that (1, 2) and (2, 1), or neighbouring
  // pairs, share nothing.
  std::uint64_t mixed_seed = split_mix(seed);
  std::uint64_t other = stream ^ 0x6a09e667f3bcc909ull;
  std::uint64_t state = mixed_seed ^ std::rotl(split_mix(other), 32);
  for (auto& word : state_) word = split_mix(state);
}

std::uint64_t Random::bits() {
  std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

std::uint64_t Random::below(std::uint64_t n) {
  // Rejects the few draws that would favour small remainders.
  std::uint64_t limit = -n % n;
  std::uint64_t draw = bits();
  while (draw < limit) draw = bits();
  return draw % n;
}

double Random::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double x = 0, y = 0, square = 0;
  do {
    x = uniform(-1, 1);
    y = uniform(-1, 1);
    square = x * x + y * y;
  } while (square >= 1 || square == 0);
  double factor = std::sqrt(-2 * std::log(square) / square);
  spare_ = y * factor;
  has_spare_ = true;
  return x * factor;
}

}  // namespace sherpa
