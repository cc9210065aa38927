#pragma once

#include "core/base/result.hpp"
#include "core/link/link_messages.hpp"
#include "core/study/facts.hpp"
#include "core/study/launcher.hpp"

#include <filesystem>
#include <memory>

namespace sherpa::runtime {

/// Launches a study's commands on this host, as the coordinator's welcome describes them, and
/// serves the trial API to their scripts on loopback. Errors: store; those of opening the server.
Result<std::unique_ptr<study::Launcher>> run_commands_here(const link::Welcome& welcome,
                                                           const study::Worker& worker,
                                                           const std::filesystem::path& join);

}  // namespace sherpa::runtime
