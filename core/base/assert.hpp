#pragma once

#include "core/base/text.hpp"

#include <string>
#include <string_view>

namespace sherpa::base {

/// Prints what does not hold, where, and the values, and aborts.
[[noreturn]] void assertion_failed(std::string_view condition, std::string_view names,
                                   const std::string& values, const char* file, int line);

/// `1, two`
inline std::string listed() { return {}; }
template <class First, class... Rest>
std::string listed(const First& first, const Rest&... rest) {
  std::string out = to_text(first);
  ((out += ", " + to_text(rest)), ...);
  return out;
}

}  // namespace sherpa::base

/// States what must hold and cannot be a caller's mistake: SHERPA_ASSERT(seq == last + 1, seq,
/// last). When it does not, prints the condition, the values, file and line, and aborts. Builds of
/// type Release only parse it; all others check it (CMake: SHERPA_ASSERTIONS).
#ifdef SHERPA_ASSERTIONS
#define SHERPA_ASSERT(condition, ...)                                                            \
  do {                                                                                           \
    if (!(condition)) [[unlikely]]                                                               \
      ::sherpa::base::assertion_failed(#condition, #__VA_ARGS__,                                 \
                                       ::sherpa::base::listed(__VA_ARGS__), __FILE__, __LINE__); \
  } while (false)
#else
#define SHERPA_ASSERT(condition, ...)                                                            \
  do {                                                                                           \
    if (false && !(condition))                                                                   \
      ::sherpa::base::assertion_failed(#condition, #__VA_ARGS__,                                 \
                                       ::sherpa::base::listed(__VA_ARGS__), __FILE__, __LINE__); \
  } while (false)
#endif
