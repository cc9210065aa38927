#pragma once

#include "core/base/result.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace sherpa::study_file {

/// Replaces every `{name}` by what `value_of` says, `{{` by `{` and `}}` by `}`; refuses a brace
/// that stands alone.
Result<std::string> fill(std::string_view text,
                         const std::function<Result<std::string>(std::string_view)>& value_of);

}  // namespace sherpa::study_file
