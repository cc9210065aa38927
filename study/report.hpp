#pragma once

#include "study/enumerators.hpp"
#include "study/json.hpp"

#include <sherpa/optimize.hpp>
#include <sherpa/results.hpp>

#include <array>
#include <iosfwd>
#include <string_view>

namespace sherpa::study {

template <>
struct Enumerators<Progress::Worker::State> {
  static constexpr std::array<std::string_view, 3> names{"working", "draining", "away"};
};

}  // namespace sherpa::study

/// A study for programs to read, as JSON. NaN and infinities are the strings "NaN", "Infinity", "-Infinity".
namespace sherpa::study::report {

using json::Json;

Json number(double x);
double number(const Json& x);

/// `{"name", "lower_is_better", "total", "completed", "failed", "stopped", "running": […], "workers": […], "best", "elapsed",
/// "remaining", "stopping"}`; times in seconds, null where nothing is known.
Json of(const Progress& progress);
/// The way back. Throws Exception(invalid_argument) for what `of` did not write.
Progress progress_from(const Json& in);

Json of(const BestResult& best);

/// A list of rows, a line each: `{"trial", "status", "iteration", "parameters", "objective", "context"}`.
void write(const Results& results, std::ostream& out);

}  // namespace sherpa::study::report
