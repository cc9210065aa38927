// The cost of a suggestion after a number of completed trials of six parameters, and over the whole
// run; and what a trial weighs.
//
//   search_cost ALGORITHM TRIALS [mixed]      ALGORITHM: a name, or JSON with options; mixed: a
//   space of every kind of parameter

#include "algorithms/registry.hpp"
#include "core/space/specification.hpp"
#include "core/study/hosts.hpp"

#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using namespace sherpa;
namespace fact = sherpa::study::fact;

namespace {

/// Of this process, in milliseconds: other work on the machine does not count.
double processor_time() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) * 1e-6;
}

/// Bytes of this process in memory.
double resident() {
  std::ifstream in("/proc/self/statm");
  double all = 0, pages = 0;
  in >> all >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) return 2;
  std::string algorithm = argv[1];
  if (algorithm.front() != '{') algorithm = R"({"name": ")" + algorithm + "\"}";
  const auto trials = std::strtoull(argv[2], nullptr, 10);
  constexpr std::uint64_t timed = 200;

  std::vector<Parameter> parameters;
  if (argc > 3 && std::string_view(argv[3]) == "mixed") {
    parameters = {
        Continuous{"lr", {1e-5, 1}, Scale::log},  Continuous{"dropout", {0, 1}},
        Discrete{"units", {1, 1000}, Scale::log}, Discrete{"layers", {1, 8}},
        Ordinal{"batch", {16, 32, 64, 128, 256}}, Choice{"act", {"relu", "tanh", "elu", "gelu"}}};
  } else {
    for (int i = 0; i < 6; ++i) parameters.push_back(Continuous{"x" + std::to_string(i), {0, 1}});
  }
  auto space = space::SearchSpace::make(parameters).or_throw();
  auto specification = space::algorithm_from_json(algorithm).or_throw();
  space::check(specification).or_throw();
  auto ledger = std::make_shared<study::Ledger>();
  ledger->begin(true, 1);
  study::AlgorithmHost host(specification.name(),
                            algorithms::build(specification, space, true).or_throw(), space, true,
                            7, 0, ledger);

  study::Seq seq = 0;
  const double empty = resident();
  std::vector<double> took;
  double all = 0;
  for (std::uint64_t k = 1; k <= trials + timed; ++k) {
    double begin = processor_time();
    auto suggested = host.suggest({.k = k, .horizon = seq});
    double suggest = processor_time() - begin;
    auto& configuration = std::get<study::Chosen>(suggested.answer).configuration;
    double y = 0;
    for (double u : space.to_unit(configuration)) y += (u - 0.3) * (u - 0.3);

    fact::TrialIssued issued{k, configuration, {k, seq, {}}};
    ledger->issue(issued);
    ledger->start_attempt(k);
    begin = processor_time();
    host.learn({++seq, 0, issued});
    fact::Observation seen{k, 1, 1, y, {}, 0};
    auto withdrawn = ledger->observe(seen);
    host.learn({++seq, 0, seen, withdrawn});
    auto ended = ledger->summarise(k, TrialStatus::completed);
    ledger->end(ended);
    host.learn({++seq, 0, ended});
    double total = suggest + processor_time() - begin;
    all += total;
    if (k > trials) took.push_back(total);
  }
  std::sort(took.begin(), took.end());
  std::printf(
      "%s after %llu trials: median %.4f ms, p90 %.4f, most %.4f; mean over the run %.4f ms; %.0f "
      "bytes a trial\n",
      algorithm.c_str(), trials, took[took.size() / 2], took[took.size() * 9 / 10], took.back(),
      all / static_cast<double>(trials + timed),
      (resident() - empty) / static_cast<double>(trials + timed));
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
