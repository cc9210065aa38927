#pragma once

#include "core/study/facts.hpp"
#include "core/study/view.hpp"

#include <cstdint>
#include <vector>

namespace sherpa::algorithms {

/// What a trial reported at one iteration.
struct CurvePoint {
  std::int64_t iteration = 0;
  double objective = 0;
};

/// A trial's observations that no later attempt has withdrawn, by iteration.
std::vector<CurvePoint> surviving_curve(TrialId trial, const study::View& view);

}  // namespace sherpa::algorithms
