#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// Manual pages and shell completion, written from what the command line itself knows of its
/// commands.
namespace sherpa::cli {

struct Described {
  struct Option {
    std::vector<std::string>
        names;          ///< `--json`, `-h`; of a positional: what stands for it, `FILE`
    std::string value;  ///< what stands for its value; empty for a flag
    std::string about;
    std::vector<std::string> choices;  ///< the values there are, where these are few
    bool positional = false, required = false, repeated = false;
  };
  std::string name, about, footer;  ///< the footer: an example, or what else is to be known
  std::vector<Option> options;
  std::vector<Described> commands;
};

/// Section 1, one page a command: name without extension (`sherpa-run`) and text.
std::vector<std::pair<std::string, std::string>> manual_pages(const Described& program,
                                                              const std::string& version);
std::string bash_completion(const Described& program);
std::string zsh_completion(const Described& program);
std::string fish_completion(const Described& program);

/// All of that where an installation has it below its `share`. Returns the process's exit code.
int write_manual(const Described& program, const std::string& version,
                 const std::filesystem::path& share);

}  // namespace sherpa::cli
