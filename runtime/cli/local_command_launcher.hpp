#pragma once

#include "core/base/result.hpp"
#include "core/link/link_messages.hpp"
#include "core/study/facts.hpp"
#include "core/study/launcher.hpp"

#include <filesystem>
#include <memory>

namespace sherpa::cli {

/// A study's commands on this host, as its coordinator has said that they run, and a door on
/// loopback through which their scripts speak. Fails with store, or what opening the door comes to.
Result<std::unique_ptr<study::Launcher>> run_commands_here(const link::Welcome& welcome,
                                                           const study::Worker& worker,
                                                           const std::filesystem::path& join);

}  // namespace sherpa::cli
