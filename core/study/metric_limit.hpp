#pragma once

#include <cstddef>

namespace sherpa::study {

/// The most different names of metrics in one study. Each is a column of the results, so their
/// number bounds what a row takes.
inline constexpr std::size_t most_metrics = 1000;

}  // namespace sherpa::study
