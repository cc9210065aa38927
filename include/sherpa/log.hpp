#pragma once

#include <sherpa/export.hpp>

#include <cstdint>
#include <functional>
#include <string_view>

namespace sherpa {

enum class LogLevel : std::uint8_t { info, warning, error };

/// Takes the log lines of this process, from any thread, one call at a time; an empty function
/// brings back the default, which writes `sherpa: …` to standard error.
SHERPA_API void set_log(std::function<void(LogLevel, std::string_view)> sink);

}  // namespace sherpa
