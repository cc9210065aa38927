#pragma once

#include <sherpa/log.hpp>

#include <string_view>

namespace sherpa::study {

/// Writes a line to the log of this process.
void log(LogLevel level, std::string_view line);

}  // namespace sherpa::study
