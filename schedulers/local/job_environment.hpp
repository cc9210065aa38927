#pragma once

#include "core/study/commands.hpp"
#include "schedulers/job_files.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sherpa::schedulers {

using Environment = std::map<std::string, std::string>;

/// This process's, as it is now.
Environment inherited_environment();

/// What the command of an attempt finds in its environment, NAME=value each: what is inherited,
/// what is added, and what is the attempt's own, the later winning. `url` is the trial API's, or
/// empty.
std::vector<std::string> job_environment(const Environment& inherited, const Environment& added,
                                         const study::effect::Start& start, const JobFiles& files,
                                         const std::filesystem::path& output_dir,
                                         const std::filesystem::path& save_dir,
                                         const std::string& url);

}  // namespace sherpa::schedulers
