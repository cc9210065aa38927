#pragma once

#include "core/base/files.hpp"
#include "core/base/result.hpp"
#include "core/study/commands.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

/// A coordinator's side of a shim: what it is started with, how it is found again, and what is left
/// when it dies.
namespace sherpa::schedulers {

struct JobProcess {
  std::vector<std::string> words;        ///< its program, absolute, and arguments
  std::vector<std::string> environment;  ///< NAME=value
  std::filesystem::path directory;
  base::Descriptor control, output, lock, listener;  ///< see shim_fd
};

/// Starts a shim in a session of its own, with no descriptors but those named. They stay open here.
Result<pid_t> spawn(const JobProcess& process);

/// Takes the lock of an attempt, to be handed to its shim, so that it is held at every
/// moment. On a file system without locks, the file alone.
Result<base::Descriptor> take_lock(const std::filesystem::path& file);
/// False only when it surely is not.
bool is_locked(const std::filesystem::path& file);

/// A socket of that name, by which a later coordinator finds the shim. The name is in the kernel's
/// abstract namespace: it has no path limits and vanishes with the shim.
Result<base::Descriptor> open_shim_socket(const std::string& name);
/// A connection to the shim at that socket; none when it has ended, or is not this user's.
base::Descriptor visit_shim(const std::string& name);

/// Opens a trial's output for the next attempt, which a line in it announces; where the attempt's
/// own begins.
Result<std::pair<base::Descriptor, std::uint64_t>> open_output(
    const std::filesystem::path& file, const study::effect::Start& start,
    const std::vector<std::string>& command);

/// Takes the exit status of a child; false when it runs still.
bool reap(pid_t child, bool wait);

/// Kills what is left in the session of a shim that was killed. 0: nothing.
void kill_session(pid_t shim);

}  // namespace sherpa::schedulers
