#include "study/specification_checks.hpp"

#include "study/specification.hpp"
#include "study/text.hpp"

namespace sherpa::study {

Result<void> check(const RandomSearch& o) {
  if (o.repeat == 0) return bad(o, "repeat is 0; use 1 to try each configuration once");
  return {};
}

Result<void> check(const GridSearch& o) {
  if (o.num_grid_points == 0) return bad(o, "num_grid_points is 0; use at least 1");
  if (o.num_grid_points > 1'000'000) return bad(o, "num_grid_points is above 1,000,000; use fewer");
  return {};
}

Result<void> check(const Iterate& o) {
  if (o.configurations.empty()) return bad(o, "it has no configurations; give it at least one");
  return {};
}

Result<void> check(const BayesianOptimization& o) {
  if (o.max_concurrent == 0) return bad(o, "max_concurrent is 0; use at least 1");
  return {};
}

Result<void> check(const Repeat& o) {
  if (o.num_times == 0) return bad(o, "num_times is 0; use at least 1");
  const auto& inner = o.algorithm.variant().options;
  if (std::holds_alternative<Chain>(inner) || std::holds_alternative<Repeat>(inner))
    return bad(o, "it cannot repeat " + o.algorithm.name() +
                      ", which counts its own trials; put Repeat inside it, or use RandomSearch's repeat");
  return check(o.algorithm);
}

Result<void> check(const Chain& o) {
  if (o.algorithms.empty()) return bad(o, "it has no algorithms; give it at least one");
  for (const auto& inner : o.algorithms)
    if (auto checked = check(inner); !checked) return checked;
  return {};
}

namespace {

template <class Own>
Result<void> check_own(const Own& o) {
  if (o.own.empty()) return bad(o, "it has no name; the store needs one to know it again");
  if (!o.make) return bad(o, "nothing makes " + quote(o.own) + "; pass own(\"" + o.own + "\", make)");
  return {};
}

}  // namespace

Result<void> check(const OwnAlgorithm& o) { return check_own(o); }

Result<void> check(const MedianStoppingRule& o) {
  if (o.min_iterations < 0) return bad(o, "min_iterations is negative; use 0 or more");
  if (o.min_trials == 0) return bad(o, "min_trials is 0; use at least 1");
  return {};
}

Result<void> check(const OwnStoppingRule& o) { return check_own(o); }

}  // namespace sherpa::study
