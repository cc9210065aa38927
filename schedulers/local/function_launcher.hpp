#pragma once

#include "core/study/launcher.hpp"

#include <sherpa/trial.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace sherpa::schedulers {

/// Runs attempts as calls of a function on threads of this process, `threads` at a time.
/// Checkpoints go below `output_dir` (empty: none). Its destructor waits for the function to
/// return, and says in the log for which trials when that takes long.
std::unique_ptr<study::Launcher> make_function_launcher(std::function<void(Trial&)> run,
                                                        std::uint32_t threads,
                                                        std::filesystem::path output_dir);

}  // namespace sherpa::schedulers
