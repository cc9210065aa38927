#include "algorithms/stopping/curve.hpp"

#include <algorithm>

namespace sherpa::algorithms {

std::vector<CurvePoint> surviving_curve(TrialId trial, const study::View& view) {
  std::vector<CurvePoint> curve;
  view.ledger->for_each_row_backwards(trial, view.rows, [&](study::Ledger::Row row) {
    if (view.ledger->status(row) == TrialStatus::intermediate && view.survives(row))
      curve.push_back({view.ledger->iteration(row), view.ledger->objective(row)});
  });
  std::sort(curve.begin(), curve.end(),
            [](const CurvePoint& a, const CurvePoint& b) { return a.iteration < b.iteration; });
  return curve;
}

}  // namespace sherpa::algorithms
