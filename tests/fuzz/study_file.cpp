// Study files: what is taken can be written, and reads back equal; what is refused is refused in
// one line.

#include "core/study_file/study_file.hpp"
#include "tests/fuzz/target.hpp"

#include <sherpa/log.hpp>

using namespace sherpa;

std::vector<std::string> fuzz::seeds() {
  set_log([](LogLevel, std::string_view) {});
  std::string head = "sherpa: 1\nlower_is_better: true\n";
  std::string space = "parameters: [{name: a, type: continuous, range: [0, 1e0]}]\n";
  std::vector<std::string> all{
      head + R"(parameters:
  - {name: lr, type: continuous, range: [1e-4, 0.1], scale: log}
  - name: b
    type: ordinal
    range: [16, 0x20, 64.5, true, "x\u00e9", [1, 2]]
algorithm: {name: RandomSearch, max_num_trials: 40, repeat: 2}
stopping_rule: {name: MedianStoppingRule, min_iterations: 3}
run:
  command: [python3, train.py, --lr, "{lr}", '{{}}', 1e-4, true]
  environment: {A: 1, B: "x"}
  needs: {slots: 2, gpu: 0.5}
  timeout: 1h30m
  retry: {failed: null, lost: 7}
workers:
  launch: slurm
  slots: 2
  idle: null
random_seed: 7
)",
      head + space +
          R"(algorithm: &r {name: Chain, algorithms: [&g {name: GridSearch, points: end_points}, *g]}
run:
  command: |
    exec train {a} ${{HOME}}
    # more
  scheduler: {name: SLURMScheduler, submit_options: "-p gpu", environment: env.sh}
output_dir: !!str 12
)",
      head + R"(algorithm: {name: Iterate, configurations: [{x: 1, y: .5}, {x: 2, y: 1}]}
run: {function: train}
workers: {launch: none}
dashboard: {enabled: false, port: 80}
durability: power
)",
      R"({"sherpa": 1, "lower_is_better": false, "parameters": [{"name": "\ud83d\ude00", "type": "choice", "range": ["a"]}],
 "algorithm": {"name": "RandomSearch"}, "run": {"command": "true", "timeout": 0.5, "max_concurrent": 3}})",
  };
  for (const auto& seed : all) {
    auto file = study_file::parse_study_file(seed, "seed", "seed.yaml");
    require(file.has_value(), file ? "" : file.error().message.c_str());
  }
  return all;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto file = study_file::parse_study_file({reinterpret_cast<const char*>(data), size},
                                           "study.yaml", "study.yaml");
  if (!file) {
    const auto& message = file.error().message;
    fuzz::require(message.starts_with("study.yaml:"), "an error without a place");
    fuzz::require(message.find_first_of("\n\r") == std::string::npos && message.size() < 1000,
                  "an error of several lines");
    return 0;
  }
  auto again = study_file::parse_study_file(study_file::to_yaml(*file), "again", "again.yaml");
  fuzz::require(again.has_value(), "what was written cannot be read");
  fuzz::require(*again == *file, "it changes when it is written again");
  return 0;
}
