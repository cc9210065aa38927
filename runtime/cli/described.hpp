#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace sherpa::cli {

/// A command as manual pages and shell completion show it.
struct Described {
  struct Option {
    std::vector<std::string>
        names;          ///< `--json`, `-h`; of a positional: what stands for it, `FILE`
    std::string value;  ///< what stands for its value; empty for a flag
    std::string about;
    std::vector<std::string> choices;  ///< the values there are, where these are few
    bool positional = false, required = false, repeated = false;
  };
  std::string name, about, footer;  ///< the footer: an example, or a note
  std::vector<Option> options;
  std::vector<Described> commands;
};

/// What people may type, without what is hidden.
Described described(const CLI::App& app);

/// Calls `visit` for the command and all below it, with the words that lead to each: "sherpa trial
/// get".
void for_each_command(
    const Described& command,
    const std::function<void(const std::string& words, const Described& command)>& visit);

}  // namespace sherpa::cli
