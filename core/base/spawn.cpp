#include "core/base/spawn.hpp"

#include "core/base/files.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace sherpa::base {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// File actions and attributes of posix_spawn. Each step returns an errno, or 0.
class Preparation {
 public:
  Preparation() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~Preparation() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  int files(const std::vector<std::pair<int, int>>& descriptors) {
    int first_free = STDERR_FILENO + 1;
    for (auto [ours, theirs] : descriptors) first_free = std::max(first_free, theirs + 1);
    for (auto [ours, theirs] : descriptors) {
      // Out of the way of the numbers that others are given before it.
      if (ours < first_free) {
        lifted_.emplace_back(::fcntl(ours, F_DUPFD_CLOEXEC, first_free));
        if (!lifted_.back()) return errno;
        ours = lifted_.back().get();
      }
      if (int failed = ::posix_spawn_file_actions_adddup2(&actions_, ours, theirs); failed != 0)
        return failed;
    }
    return close_all_but(descriptors, first_free);
  }

  /// Of the numbers below `first_free` the program gets those that are named, and the standard
  /// ones.
  int close_all_but(const std::vector<std::pair<int, int>>& descriptors, int first_free) {
    for (int number = STDERR_FILENO + 1; number < first_free; ++number) {
      const bool named = std::any_of(descriptors.begin(), descriptors.end(),
                                     [&](const auto& pair) { return pair.second == number; });
      if (named) continue;
      if (int failed = ::posix_spawn_file_actions_addclose(&actions_, number); failed != 0)
        return failed;
    }
    return ::posix_spawn_file_actions_addclosefrom_np(&actions_, first_free);
  }

  int directory(const std::filesystem::path& path) {
    return path.empty() ? 0 : ::posix_spawn_file_actions_addchdir_np(&actions_, path.c_str());
  }

  void signals(const SpawnOptions& options) {
    sigset_t none, defaults;
    sigemptyset(&none);
    sigfillset(&defaults);
    if (options.ignore_as_we) {
      // Not SIGPIPE, which we ignore for our own output: a shell's pipelines end by it.
      sigemptyset(&defaults);
      sigaddset(&defaults, SIGPIPE);
    }
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                (options.session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
  }

  int start(pid_t& pid, char** argv, char** envp) {
    return ::posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv, envp);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  std::vector<Descriptor> lifted_;
};

}  // namespace

std::vector<std::string> environment() {
  std::vector<std::string> all;
  for (char** entry = environ; entry && *entry; ++entry) all.emplace_back(*entry);
  return all;
}

pid_t spawn(const SpawnOptions& options) {
  auto words = options.words;
  auto variables = options.environment.value_or(std::vector<std::string>());
  auto argv = pointers(words), envp = pointers(variables);
  Preparation prepared;
  pid_t pid = -1;
  int failed = words.empty() ? EINVAL : prepared.files(options.descriptors);
  if (failed == 0) failed = prepared.directory(options.directory);
  prepared.signals(options);
  if (failed == 0)
    failed = prepared.start(pid, argv.data(), options.environment ? envp.data() : environ);
  if (failed == 0) return pid;
  errno = failed;
  return -1;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

}  // namespace sherpa::base
