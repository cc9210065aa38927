#pragma once

#include <sherpa/log.hpp>

#include <string_view>

namespace sherpa::base {

/// Writes a line to the log of this process.
void log(LogLevel level, std::string_view line);

}  // namespace sherpa::base
