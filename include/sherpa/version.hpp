#pragma once

#include <sherpa/export.hpp>

#include <string_view>

namespace sherpa {

/// Returns the version of the library at run time, such as `0.1.0`.
SHERPA_API std::string_view version();

}  // namespace sherpa
