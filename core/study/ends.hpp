#pragma once

#include "core/study/commands.hpp"

#include <optional>

/// How attempts and trials end: small tables, read from top to bottom.
namespace sherpa::study {

/// What is known when an attempt reports its end.
struct EndOfRun {
  End said = End::completed;
  std::optional<StopWhy> stop_why{};  ///< it ended because it was asked to, for this reason
  bool timed_out = false;
  bool stop_pending = false;
  bool observed = true;  ///< its trial has an observation
};

/// How an attempt ended.
enum class EndKind {
  as_said,
  timeout,      ///< it exceeded its time limit
  stopped,      ///< it ended after a request to stop
  interrupted,  ///< the run was interrupted
  no_metrics,   ///< it completed without an observation, which is a failure
};

constexpr EndKind classify(const EndOfRun& end) {
  const bool completed = end.said == End::completed;
  if (end.stop_why == StopWhy::timeout) return EndKind::timeout;
  if (end.timed_out && !completed) return EndKind::timeout;  // just in time counts
  if (end.stop_pending) return end.stop_why && completed ? EndKind::stopped : EndKind::as_said;
  if (end.stop_why == StopWhy::going) return EndKind::interrupted;
  if (completed && !end.observed) return EndKind::no_metrics;
  return EndKind::as_said;
}

/// The end that becomes a fact.
constexpr End end_of(EndKind kind, End said) {
  switch (kind) {
    case EndKind::as_said: break;
    case EndKind::timeout: return End::timeout;
    case EndKind::stopped: return End::stopped;
    case EndKind::interrupted: return End::interrupted;
    case EndKind::no_metrics: return End::failed;
  }
  return said;
}

/// The end of an attempt whose caller says how its trial ended.
constexpr End end_of(TrialStatus status) {
  return status == TrialStatus::completed ? End::completed
         : status == TrialStatus::failed  ? End::failed
                                          : End::stopped;
}

/// How a trial ends after an attempt ended so; empty: it runs again.
constexpr std::optional<TrialStatus> status_after(End last, bool stop_pending, bool retriable) {
  if (stop_pending || last == End::stopped) return TrialStatus::stopped;
  if (last == End::completed) return TrialStatus::completed;
  if (retriable) return std::nullopt;
  return TrialStatus::failed;
}

}  // namespace sherpa::study
