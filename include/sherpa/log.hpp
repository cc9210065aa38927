#pragma once

#include <sherpa/export.hpp>

#include <cstdint>
#include <functional>
#include <string_view>

namespace sherpa {

enum class LogLevel : std::uint8_t { info, warning, error };

/// Sends the log lines of this process to `sink`, which is called from any thread, one call at a
/// time. An empty function restores the default, which writes `sherpa: …` to standard error.
SHERPA_API void set_log(std::function<void(LogLevel, std::string_view)> sink);

}  // namespace sherpa
