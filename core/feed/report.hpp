#pragma once

#include "core/base/enumerators.hpp"
#include "core/space/json.hpp"

#include <sherpa/progress.hpp>
#include <sherpa/results.hpp>

#include <array>
#include <iosfwd>
#include <string>
#include <string_view>

template <>
struct sherpa::base::Enumerators<sherpa::Progress::Worker::State> {
  static constexpr std::array<std::string_view, 3> names{"working", "draining", "away"};
};

/// A study for programs to read, as JSON. NaN and infinities are the strings "NaN", "Infinity",
/// "-Infinity".
namespace sherpa::feed::report {

using space::json::Json;

Json number(double x);
double number(const Json& x);

/// `{"name", "lower_is_better", "total", "completed", "failed", "stopped", "running": […],
/// "workers": […], "best", "elapsed", "remaining", "stopping", "last_failure", "time_left"}`; times
/// in seconds, null where nothing is known.
Json of(const Progress& progress);
/// The way back. Throws Exception(invalid_argument) for what `of` did not write.
Progress progress_from(const Json& in);

Json of(const BestResult& best);
/// `{"trial", "attempt", "reason"}`.
Json of(const Progress::Failure& failure);

/// `no trial completed: 3 failed, 1 stopped; the last failure: trial 3, attempt 1: failed exit 2`.
std::string failure_of(const Progress& progress);

/// A list of rows, a line each: `{"trial", "status", "iteration", "parameters", "objective",
/// "context"}`.
void write(const Results& results, std::ostream& out);

}  // namespace sherpa::feed::report
