#pragma once

#include "core/base/clock.hpp"
#include "core/study/engine_state.hpp"
#include "core/study/run_state.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

/// How much of a study's time budget is left.
namespace sherpa::study {

/// For a run that begins now; absent without a budget.
inline std::optional<base::Duration> time_for_a_run(const Limits& limits,
                                                    std::int64_t used_before) {
  if (limits.time_budget_ms <= 0) return std::nullopt;
  const base::Duration whole = std::chrono::milliseconds(limits.time_budget_ms);
  if (limits.time_budget_per_run) return whole;
  return whole - std::chrono::microseconds(used_before);
}

/// Now, by the steady clock.
inline std::optional<base::Duration> time_left(const EngineState& state, const RunState& run,
                                               base::Duration now) {
  auto left = time_for_a_run(state.study.limits, run.used_before);
  if (left) *left -= now - run.began;
  return left;
}

}  // namespace sherpa::study
