#pragma once

#include "study/facts.hpp"
#include "study/result.hpp"

#include <string_view>
#include <vector>

namespace sherpa::study {

/// The facts in a frame that a Feed has made, in order. What frames lack, they lack: hashes of tokens; of observations when they
/// came and in which batch. Errors: damaged, for what is no frame.
Result<std::vector<Entry>> read_frame(std::string_view frame);

}  // namespace sherpa::study
