#include "tests/simulation/world.hpp"

#include <sherpa/log.hpp>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

// Plays studies with everything going wrong that a seed can think of, and checks the invariants of
// docs/facts.md after every step.
//
//   simulate                       seeds 1 to 1000
//   simulate --seeds 5000 9000     those seeds
//   simulate --seed 4711 --trace   one seed again, exactly, telling what happens

namespace {

using namespace sherpa;
using namespace sherpa::simulation;

/// The study of a seed, and where faults may change nothing, the same study without them.
World::Counts play(std::uint64_t seed, std::ostream* trace) {
  auto scenario = Scenario::draw(seed);
  World world(scenario, trace);
  world.run();
  if (scenario.faults_must_not_matter()) {
    World calm(scenario.without_faults(), nullptr);
    calm.run();
    auto expected = calm.checker().table(), found = world.checker().table();
    for (std::size_t i = 0; i < std::max(expected.size(), found.size()); ++i) {
      std::string e = i < expected.size() ? expected[i] : "nothing",
                  f = i < found.size() ? found[i] : "nothing";
      if (e != f) throw Violation("5, 6: faults changed a trial:\nwithout " + e + "\nwith    " + f);
    }
  }
  return world.counts();
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t first = 1, last = 1000;
  bool trace = false;
  for (int i = 1; i < argc; ++i) {
    std::string arg = argv[i];
    if (arg == "--trace") {
      trace = true;
    } else if (arg == "--seed" && i + 1 < argc) {
      first = last = std::strtoull(argv[++i], nullptr, 10);
    } else if (arg == "--seeds" && i + 2 < argc) {
      first = std::strtoull(argv[++i], nullptr, 10);
      last = std::strtoull(argv[++i], nullptr, 10);
    } else {
      std::cerr << "usage: simulate [--seed N | --seeds FIRST LAST] [--trace]\n";
      return 2;
    }
  }
  set_log([](LogLevel, std::string_view) {});
  World::Counts sum;
  for (auto seed = first; seed <= last; ++seed) {
    try {
      auto counts = play(seed, trace ? &std::cout : nullptr);
      sum.events += counts.events;
      sum.restarts += counts.restarts;
      sum.messages += counts.messages;
      sum.trials += counts.trials;
      sum.facts += counts.facts;
    } catch (const std::exception& e) {
      std::cout << "FAILED: " << Scenario::draw(seed).describe() << '\n'
                << e.what() << "\nagain: " << argv[0] << " --seed " << seed << " --trace\n";
      return 1;
    }
  }
  std::cout << last - first + 1 << " seeds: " << sum.events << " events, " << sum.messages
            << " messages, " << sum.facts << " facts, " << sum.trials << " trials, " << sum.restarts
            << " coordinators\n";
  return 0;
}
