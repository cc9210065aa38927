// Parameters and specifications as JSON: from the store, and later from study files.

#include "core/space/specification.hpp"
#include "tests/fuzz/target.hpp"

#include <sherpa/parameter.hpp>

using namespace sherpa;

std::vector<std::string> fuzz::seeds() {
  return {
      space::parameters_to_json({Continuous{"lr", {1e-4, 1e-1}, Scale::log},
                                 Discrete{"units", {32, 256}}, Ordinal{"b", {16, 32}},
                                 Choice{"act", {"relu", "tänh\n", true, list(1, "x", 0.5)}}}),
      AlgorithmSpecification(RandomSearch{.max_num_trials = 40, .repeat = 2}).to_json(),
      AlgorithmSpecification(GridSearch{.num_grid_points = 3, .points = GridPoints::end_points})
          .to_json(),
      AlgorithmSpecification(Iterate{{{{"x", 0.5}, {"c", "a"}}}}).to_json(),
      AlgorithmSpecification(
          Chain{{GridSearch{}, Repeat{.algorithm = RandomSearch{}, .num_times = 2, .agg = true}}})
          .to_json(),
      StoppingRuleSpecification(MedianStoppingRule{.min_iterations = 3, .min_trials = 5}).to_json(),
  };
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto parameters = space::parameters_from_json(text)) {
    auto written = space::parameters_to_json(*parameters);
    auto again = space::parameters_from_json(written);
    fuzz::require(again && space::parameters_to_json(*again) == written,
                  "parameters change when they are written again");
  }
  if (auto algorithm = space::algorithm_from_json(text)) {
    auto again = space::algorithm_from_json(algorithm->to_json());
    fuzz::require(again && *again == *algorithm, "an algorithm changes when it is written again");
  }
  if (auto rule = space::stopping_rule_from_json(text)) {
    auto again = space::stopping_rule_from_json(rule->to_json());
    fuzz::require(again && *again == *rule, "a stopping rule changes when it is written again");
  }
  return 0;
}
