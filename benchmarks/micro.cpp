// Single parts, with Google Benchmark.

#include "core/space/search_space.hpp"
#include "core/study/fact_codec.hpp"
#include "core/study/ledger.hpp"
#include "runtime/contract/rehearsal.hpp"

#include <sherpa/sherpa.hpp>

#include <benchmark/benchmark.h>

namespace sherpa {
namespace {

std::vector<Parameter> six() {
  return {Continuous{"learning_rate", {1e-5, 1}, Scale::log},
          Continuous{"momentum", {0, 1}},
          Continuous{"dropout", {0, 0.5}},
          Ordinal{"batch", {16, 32, 64, 128}},
          Discrete{"units", {16, 512}, Scale::log},
          Choice{"activation", {"relu", "tanh"}}};
}

void SampleConfiguration(benchmark::State& state) {
  auto space = *space::SearchSpace::make(six());
  Random random(1);
  for (auto _ : state) benchmark::DoNotOptimize(space.sample(random));
}
BENCHMARK(SampleConfiguration);

void EncodeAndDecodeObservation(benchmark::State& state) {
  study::Entry entry{7, 1700000000000000,
                     study::fact::Observation{3, 1, 5, 0.25, {{"loss", 1.5}}, 0}};
  study::StoredFact stored;
  for (auto _ : state) {
    study::encode(entry, true, stored);
    benchmark::DoNotOptimize(study::decode(stored));
  }
}
BENCHMARK(EncodeAndDecodeObservation);

void LedgerObserve(benchmark::State& state) {
  study::Ledger ledger;
  ledger.begin(true, 1);
  ledger.issue({1, {{"x", 1}}, {}});
  std::int64_t i = 0;
  for (auto _ : state) ledger.observe({1, 1, ++i, 0.5, {}, 0});
}
BENCHMARK(LedgerObserve)->Iterations(1'000'000);

/// The verdict of the median rule after a number of trials of ten iterations.
void MedianVerdict(benchmark::State& state) {
  runtime::Rehearsal study({.parameters = {Continuous{"x", {0, 1}}},
                            .algorithm = RandomSearch{},
                            .lower_is_better = true,
                            .stopping_rule = MedianStoppingRule{},
                            .random_seed = 1});
  Random random(1);
  for (std::int64_t t = 0; t < state.range(0); ++t) {
    auto trial = std::get<runtime::Rehearsal::Started>(study.take());
    for (int i = 1; i <= 10; ++i) study.observe(trial, random.uniform(), i);
    study.finalize(trial);
  }
  auto trial = std::get<runtime::Rehearsal::Started>(study.take());
  for (int i = 1; i <= 5; ++i) study.observe(trial, random.uniform(), i);
  for (auto _ : state) benchmark::DoNotOptimize(study.verdict(trial));
}
BENCHMARK(MedianVerdict)->Arg(100)->Arg(1000)->Arg(10000);

void Suggest(benchmark::State& state, const AlgorithmSpecification& algorithm) {
  runtime::Rehearsal study(
      {.parameters = six(), .algorithm = algorithm, .lower_is_better = true, .random_seed = 1});
  for (auto _ : state) {
    auto trial = std::get<runtime::Rehearsal::Started>(study.take());
    study.finalize(trial, TrialStatus::failed);
  }
}
BENCHMARK_CAPTURE(Suggest, random, AlgorithmSpecification(RandomSearch{}))->Iterations(20'000);
BENCHMARK_CAPTURE(Suggest, repeat, AlgorithmSpecification(Repeat{.algorithm = RandomSearch{}}))
    ->Iterations(20'000);

/// A suggestion of an algorithm that resumes its trials, after 100,000 of them that completed.
void SuggestLate(benchmark::State& state, const AlgorithmSpecification& algorithm) {
  runtime::Rehearsal study(
      {.parameters = six(), .algorithm = algorithm, .lower_is_better = true, .random_seed = 7});
  Random random(7);
  auto next = [&] {
    auto trial = std::get<runtime::Rehearsal::Started>(study.take());
    study.observe(trial, random.uniform());
    return trial;
  };
  for (int i = 0; i < 100'000; ++i) study.finalize(next());
  for (auto _ : state) {
    auto trial = next();
    state.PauseTiming();
    study.finalize(trial);
    state.ResumeTiming();
  }
}
BENCHMARK_CAPTURE(SuggestLate, halving,
                  AlgorithmSpecification(SuccessiveHalving{.max_finished_configs = 1'000'000}))
    ->Iterations(20'000);
BENCHMARK_CAPTURE(SuggestLate, hyperband,
                  AlgorithmSpecification(Hyperband{.max_finished_configs = 1'000'000}))
    ->Iterations(20'000);
BENCHMARK_CAPTURE(SuggestLate, population,
                  AlgorithmSpecification(PopulationBasedTraining{.num_generations = 1'000'000}))
    ->Iterations(20'000);

}  // namespace
}  // namespace sherpa

BENCHMARK_MAIN();
