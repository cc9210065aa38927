// Runs a fuzz target without libFuzzer: its seeds, and as many damaged copies of them as asked,
// always the same ones.
//
//   fuzz_<target> [INPUTS]          default 20000
//   fuzz_<target> --write DIRECTORY writes the seeds, as a corpus for libFuzzer

#include "tests/fuzz/target.hpp"

#include <sherpa/random.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace {

void play(const std::string& input) {
  try {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  } catch (...) {
    std::ofstream("fuzz-failure", std::ios::binary) << input;
    std::cerr << "the input is in " << std::filesystem::absolute("fuzz-failure").string() << '\n';
    throw;
  }
}

std::string damaged(std::string input, const std::vector<std::string>& seeds,
                    sherpa::Random& random) {
  for (auto changes = 1 + random.below(4); changes > 0; --changes) {
    auto at = random.below(input.size() + 1);
    switch (random.below(6)) {
      case 0: input.resize(at); break;
      case 1: input.insert(at, 1, static_cast<char>(random.below(256))); break;
      case 2: input.insert(at, input, random.below(input.size() + 1), random.below(32)); break;
      case 3: {
        const auto& other = seeds[random.below(seeds.size())];
        input.replace(at, std::string::npos, other, random.below(other.size() + 1));
        break;
      }
      default:
        if (at < input.size())
          input[at] = static_cast<char>(random.chance(0.3) ? random.below(256)
                                                           : input[at] ^ (1 << random.below(8)));
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  auto seeds = sherpa::fuzz::seeds();
  if (argc == 3 && std::string(argv[1]) == "--write") {
    std::filesystem::create_directories(argv[2]);
    for (std::size_t i = 0; i < seeds.size(); ++i)
      std::ofstream(argv[2] + ("/" + std::to_string(i)), std::ios::binary) << seeds[i];
    return 0;
  }
  auto inputs = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000;
  for (const auto& seed : seeds) play(seed);
  sherpa::Random random(1);
  for (std::uint64_t i = 0; i < inputs; ++i)
    play(damaged(seeds[random.below(seeds.size())], seeds, random));
  std::cout << seeds.size() << " seeds, " << inputs << " damaged copies\n";
  return 0;
}
