#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Starts programs, and tells on which host this one runs.
namespace sherpa::base {

/// The environment of this process, NAME=value each.
std::vector<std::string> environment();

/// A program to start. It runs outside our process group, so that a terminal's signals reach only
/// us, and with no signal blocked.
struct SpawnOptions {
  std::vector<std::string> words{};  ///< the program, looked up in PATH, and its arguments
  std::optional<std::vector<std::string>> environment{};  ///< absent: ours
  std::filesystem::path directory{};                      ///< empty: ours
  /// Which descriptor of ours becomes which of its own. It has no others from 3 on.
  std::vector<std::pair<int, int>> descriptors{};
  bool session = false;       ///< leads a session of its own, not only a process group
  bool ignore_as_we = false;  ///< signals that we ignore, except SIGPIPE, stay ignored (nohup)
};

/// Starts the program. On success its process id, a child of ours to wait for; else -1, with errno.
/// Any thread; our descriptors stay open.
pid_t spawn(const SpawnOptions& options);

/// The name of this host; `localhost` where it has none.
std::string host_name();

}  // namespace sherpa::base
