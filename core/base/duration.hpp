#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace sherpa::base {

/// `90s`, `2h`, `500ms`: with the largest unit that is exact.
std::string show_duration(std::chrono::milliseconds duration);

/// `90s`, `1h30m`, `0.5s`; the units are ms, s, m, h and d. Rounded to milliseconds, and at most a
/// century.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
Result<std::chrono::milliseconds> duration_of(double seconds);

}  // namespace sherpa::base
