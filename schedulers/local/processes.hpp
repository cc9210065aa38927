#pragma once

#include <sys/types.h>

#include <vector>

namespace sherpa::schedulers {

/// A process of this machine, as /proc tells.
struct ProcessInfo {
  pid_t pid = 0, parent = 0, group = 0, session = 0;
};

/// All that there are, zombies left out. Empty where /proc cannot be read.
std::vector<ProcessInfo> processes();

/// Of these, the ones that descend from `ancestor`, itself left out.
std::vector<ProcessInfo> descendants(const std::vector<ProcessInfo>& all, pid_t ancestor);

}  // namespace sherpa::schedulers
