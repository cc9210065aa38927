#include "schedulers/local/job_process.hpp"

#include "core/base/encoding.hpp"
#include "core/base/spawn.hpp"
#include "schedulers/local/job_shim.hpp"
#include "schedulers/local/processes.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

namespace sherpa::schedulers {

namespace {

namespace fs = std::filesystem;

Error trouble(const std::string& what, int number) {
  const char* remedy = number == EMFILE || number == ENFILE
                           ? "; raise the limit on open files (ulimit -n)"
                       : number == EAGAIN || number == ENOMEM
                           ? "; there are too many processes, or there is too little memory"
                       : number == ENOSPC || number == EDQUOT ? "; free some space"
                       : number == E2BIG ? "; the command and its environment are too long"
                                         : "";
  return {Errc::store, what + ": " + std::strerror(number) + remedy};
}

/// A name in the kernel's abstract namespace begins with a zero byte.
std::pair<sockaddr_un, socklen_t> address(const std::string& name) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  auto size = std::min(name.size(), sizeof at.sun_path - 1);
  std::memcpy(at.sun_path + 1, name.data(), size);
  return {at, static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + size)};
}

struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string shown(const std::vector<std::string>& command) {
  std::string out;
  for (const auto& word : command) {
    if (!out.empty()) out += ' ';
    auto text = base::printable(word);
    bool plain = !text.empty() && text.find_first_of(" '\"\\$") == text.npos;
    out += plain ? text : "'" + text + "'";
  }
  return out;
}

}  // namespace

Result<pid_t> spawn(const JobProcess& process) {
  base::SpawnOptions options;
  options.words = process.words;
  options.environment = process.environment;
  options.directory = process.directory;
  options.descriptors = {{process.control.get(), shim_fd::control},
                         {process.output.get(), STDOUT_FILENO},
                         {process.output.get(), STDERR_FILENO},
                         {process.lock.get(), shim_fd::lock},
                         {process.listener.get(), shim_fd::listener}};
  options.session = true;
  const pid_t pid = base::spawn(options);
  if (pid < 0) return trouble("cannot start " + process.words[0], errno);
  return pid;
}

Result<base::Descriptor> take_lock(const fs::path& file) {
  base::Descriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return trouble("cannot write " + file.string(), errno);
  auto whole = whole_file();
  if (::fcntl(lock.get(), F_OFD_SETLK, &whole) != 0 && (errno == EAGAIN || errno == EACCES))
    return Error{Errc::locked, "an earlier run of this attempt has not ended yet"};
  return lock;
}

bool is_locked(const fs::path& file) {
  base::Descriptor lock(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (!lock) return errno != ENOENT;
  auto whole = whole_file();
  return ::fcntl(lock.get(), F_OFD_GETLK, &whole) != 0 || whole.l_type != F_UNLCK;
}

Result<base::Descriptor> open_shim_socket(const std::string& name) {
  base::Descriptor listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  auto [at, size] = address(name);
  if (!listener || ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&at), size) != 0 ||
      ::listen(listener.get(), 4) != 0)
    return trouble("cannot open a socket for it", errno);
  return listener;
}

base::Descriptor visit_shim(const std::string& name) {
  base::Descriptor visit(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  auto [at, size] = address(name);
  ucred who{};
  socklen_t who_size = sizeof who;
  if (!visit || ::connect(visit.get(), reinterpret_cast<const sockaddr*>(&at), size) != 0 ||
      ::getsockopt(visit.get(), SOL_SOCKET, SO_PEERCRED, &who, &who_size) != 0 ||
      who.uid != ::geteuid())
    return base::Descriptor();
  return visit;
}

Result<std::pair<base::Descriptor, std::uint64_t>> open_output(
    const fs::path& file, const study::effect::Start& start,
    const std::vector<std::string>& command) {
  base::Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!out) return trouble("cannot write " + file.string(), errno);
  auto now = std::time(nullptr);
  tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> when{};
  std::strftime(when.data(), when.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  auto line = "--- trial " + std::to_string(start.trial) + ", attempt " +
              std::to_string(start.attempt) + ", " + when.data() + " on " + start.worker + ": " +
              shown(command) + "\n";
  struct stat info {};
  if (::fstat(out.get(), &info) != 0) return trouble("cannot read " + file.string(), errno);
  // An earlier attempt's output may end without a line break.
  base::Descriptor before(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  char last = '\n';
  if (info.st_size > 0 && before && ::pread(before.get(), &last, 1, info.st_size - 1) == 1 &&
      last != '\n')
    line.insert(0, "\n");
  if (::write(out.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return trouble("cannot write " + file.string(), errno);
  return std::pair(std::move(out), static_cast<std::uint64_t>(info.st_size) + line.size());
}

bool reap(pid_t child, bool wait) {
  pid_t got = 0;
  do {
    got = ::waitpid(child, nullptr, wait ? 0 : WNOHANG);
  } while (got < 0 && errno == EINTR);
  return got != 0;  // gone, too, when the host program has taken it before us
}

void kill_session(pid_t shim) {
  if (shim <= 0) return;
  for (const auto& one : processes())
    if (one.session == shim) ::kill(one.pid, SIGKILL);
}

}  // namespace sherpa::schedulers
