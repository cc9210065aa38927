#include "schedulers/local/processes.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace sherpa::schedulers {

namespace {

/// False when it has ended.
bool read_process(pid_t pid, ProcessInfo& info) {
  int file = ::open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 512> text{};
  auto size = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  if (size <= 0) return false;
  // pid (name) state parent group session: the name is the program's choice, and may hold brackets.
  const char* after = std::strrchr(text.data(), ')');
  char state = 0;
  info.pid = pid;
  if (!after ||
      std::sscanf(after + 1, " %c %d %d %d", &state, &info.parent, &info.group, &info.session) != 4)
    return false;
  return state != 'Z' && state != 'X';
}

}  // namespace

std::vector<ProcessInfo> processes() {
  std::vector<ProcessInfo> all;
  DIR* directory = ::opendir("/proc");
  if (!directory) return all;
  while (const dirent* entry = ::readdir(directory)) {
    char* end = nullptr;
    auto pid = static_cast<pid_t>(std::strtol(entry->d_name, &end, 10));
    ProcessInfo info;
    if (pid > 0 && *end == '\0' && read_process(pid, info)) all.push_back(info);
  }
  ::closedir(directory);
  return all;
}

std::vector<ProcessInfo> descendants(const std::vector<ProcessInfo>& all, pid_t ancestor) {
  std::vector<ProcessInfo> found;
  std::vector<pid_t> parents{ancestor};
  for (std::size_t i = 0; i < parents.size(); ++i)
    for (const auto& one : all)
      if (one.parent == parents[i] &&
          std::find(parents.begin(), parents.end(), one.pid) == parents.end()) {
        found.push_back(one);
        parents.push_back(one.pid);
      }
  return found;
}

}  // namespace sherpa::schedulers
