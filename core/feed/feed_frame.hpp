#pragma once

#include "core/base/result.hpp"
#include "core/study/facts.hpp"

#include <string_view>
#include <vector>

namespace sherpa::feed {

/// The facts in a frame that a Feed has made, in order. What frames lack, they lack: hashes of
/// tokens; of observations when they came and in which batch. Errors: damaged, for what is no
/// frame.
Result<std::vector<study::Entry>> read_frame(std::string_view frame);

}  // namespace sherpa::feed
