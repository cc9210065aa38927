#pragma once

#include "runtime/cli/described.hpp"

#include <string>
#include <utility>
#include <vector>

/// Manual pages and shell completion, written from what the command line itself knows of its
/// commands.
namespace sherpa::cli {

/// Section 1, one page a command: name without extension (`sherpa-run`) and text.
std::vector<std::pair<std::string, std::string>> manual_pages(const Described& program,
                                                              const std::string& version);
std::string bash_completion(const Described& program);
std::string zsh_completion(const Described& program);
std::string fish_completion(const Described& program);

}  // namespace sherpa::cli
