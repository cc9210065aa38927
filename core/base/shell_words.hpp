#pragma once

#include "core/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sherpa::base {

/// A line as a shell would take it apart: words between blanks, quotes ('…', "…") and backslashes
/// honoured; nothing is expanded. Fails with invalid_argument for a quote that is not closed.
Result<std::vector<std::string>> split_words(std::string_view line);

/// As one word of a line for a shell.
std::string shell_quote(std::string_view text);

}  // namespace sherpa::base
