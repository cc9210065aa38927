#include "runtime/store/lock.hpp"

#include "core/base/files.hpp"
#include "core/base/spawn.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sherpa::runtime {

namespace fs = std::filesystem;

namespace {

/// The content of the lock file.
struct Holder {
  bool held = false;
  std::string host{};
  std::int64_t pid = 0;
  std::uint64_t start = 0;  ///< of the process, in clock ticks since the machine's start
  std::string boot_id{};
  std::uint64_t epoch = 0;

  friend bool operator==(const Holder&, const Holder&) = default;
};

std::string text_of(const Holder& holder) {
  std::ostringstream out;
  out << "state=" << (holder.held ? "held" : "released") << "\nhost=" << holder.host
      << "\npid=" << holder.pid << "\nstart=" << holder.start << "\nboot_id=" << holder.boot_id
      << "\nepoch=" << holder.epoch << "\n";
  return out.str();
}

/// Nothing when the text is not a holder's. Of repeated keys the first counts: the end of an
/// earlier, longer text may follow.
std::optional<Holder> holder_from(const std::string& text) {
  std::istringstream lines(text);
  std::map<std::string, std::string> values;
  for (std::string line; std::getline(lines, line);)
    if (auto equals = line.find('='); equals != std::string::npos)
      values.emplace(line.substr(0, equals), line.substr(equals + 1));
  Holder holder;
  auto number = [&](const char* name, auto& x) {
    const auto& value = values[name];
    return std::from_chars(value.data(), value.data() + value.size(), x).ec == std::errc();
  };
  holder.held = values["state"] == "held";
  holder.host = values["host"];
  holder.boot_id = values["boot_id"];
  if (holder.host.empty() || !number("pid", holder.pid) || !number("start", holder.start) ||
      !number("epoch", holder.epoch))
    return {};
  return holder;
}

std::optional<Holder> read_holder(int fd) {
  std::array<char, 4096> text{};
  auto size = ::pread(fd, text.data(), text.size(), 0);
  return size > 0 ? holder_from(std::string(text.data(), static_cast<std::size_t>(size)))
                  : std::nullopt;
}

/// In place: the lock is on the file, not on its name.
bool write_holder(int fd, const Holder& holder) {
  auto text = text_of(holder);
  auto size = static_cast<ssize_t>(text.size());
  errno = EIO;  // for a short write
  return ::pwrite(fd, text.data(), text.size(), 0) == size && ::ftruncate(fd, size) == 0 &&
         ::fsync(fd) == 0;
}

/// When the process started, or 0 when it does not exist.
std::uint64_t start_of(std::int64_t pid) {
  auto text = base::read_file("/proc/" + std::to_string(pid) + "/stat").value_or("");
  auto name_end = text.rfind(')');  // a process may call itself anything
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string state, skipped;
  fields >> state;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  std::uint64_t start = 0;
  fields >> start;
  return state == "Z" ? 0 : start;  // a zombie holds nothing
}

Holder myself() {
  Holder me;
  me.held = true;
  me.host = base::host_name();
  me.pid = ::getpid();
  me.start = start_of(me.pid);
  std::ifstream("/proc/sys/kernel/random/boot_id") >> me.boot_id;
  return me;
}

/// Whether a holder on this host is still there; the pid alone may belong to another process by
/// now.
bool alive(const Holder& holder, const Holder& me) {
  return holder.boot_id == me.boot_id && start_of(holder.pid) == holder.start && holder.start != 0;
}

enum class Grip { got, taken, unknown };  ///< unknown: this file system has no such locks

Grip grip(int fd, int command) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd, command, &whole) == 0)
    return command == F_OFD_GETLK && whole.l_type != F_UNLCK ? Grip::taken : Grip::got;
  return errno == EAGAIN || errno == EACCES ? Grip::taken : Grip::unknown;
}

Error in_use(const fs::path& directory, const std::optional<Holder>& holder, const Holder& me) {
  auto text = "study " + directory.string() + " is in use by ";
  if (!holder || !holder->held)
    return {Errc::locked, text + "another process that has just started; stop it first"};
  text += "process " + std::to_string(holder->pid) + " on host " + holder->host + " since epoch " +
          std::to_string(holder->epoch);
  return {Errc::locked,
          text + "; stop it first" +
              (holder->host == me.host ? "" : ", or run with take_over if that host is dead")};
}

/// Whether another process has the study, by the lock and by the file. The lock decides about
/// holders on this host; it may not reach those on other hosts.
std::optional<Error> refusal(const fs::path& directory, Grip grip,
                             const std::optional<Holder>& holder, const Holder& me,
                             bool take_over) {
  if (grip == Grip::taken) return in_use(directory, holder, me);
  if (!holder || !holder->held) return {};
  bool free = holder->host == me.host ? grip == Grip::got || !alive(*holder, me) : take_over;
  return free ? std::optional<Error>() : in_use(directory, holder, me);
}

Error unusable(const fs::path& path, int number) {
  return {Errc::store, "cannot write " + path.string() + ": " + std::strerror(number) +
                           "; make its directory writable, or use another one"};
}

}  // namespace

struct StudyLock::Impl {
  fs::path directory;
  fs::path path;
  base::Descriptor file;
  Holder me;
  base::Descriptor opened{};  ///< the directory, wherever it has been moved
};

/// Whether the path of the directory still leads to it.
bool StudyLock::in_place(const Impl& impl) {
  struct stat there {
  }, mine{};
  return ::fstat(impl.opened.get(), &mine) == 0 && ::stat(impl.directory.c_str(), &there) == 0 &&
         there.st_ino == mine.st_ino && there.st_dev == mine.st_dev;
}

StudyLock::StudyLock(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<StudyLock>> StudyLock::take(const fs::path& directory, bool take_over) {
  std::error_code code;
  auto path = directory / "lock";
  fs::create_directories(directory, code);
  if (code) return unusable(path, code.value());
  base::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!file) return unusable(path, errno);
  auto me = myself();
  auto gripped = grip(file.get(), F_OFD_SETLK);
  auto holder = read_holder(file.get());
  if (auto refused = refusal(directory, gripped, holder, me, take_over)) return *refused;
  me.epoch = (holder ? holder->epoch : 0) + 1;
  if (!write_holder(file.get(), me)) return unusable(path, errno);
  std::unique_ptr<StudyLock> lock(
      new StudyLock(std::make_unique<Impl>(Impl{directory, path, std::move(file), std::move(me)})));
  lock->impl_->opened =
      base::Descriptor(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  // Without locks another process may have written between our read and write; the last one to
  // write holds the study.
  if (gripped == Grip::unknown)
    if (auto held = lock->still_held(); !held) return held.error();
  return lock;
}

Result<void> StudyLock::check_free(const fs::path& directory) {
  auto path = directory / "lock";
  base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return {};
  if (!file)
    return Error{Errc::store, "cannot read " + path.string() + ": " + std::strerror(errno)};
  if (auto refused = refusal(directory, grip(file.get(), F_OFD_GETLK), read_holder(file.get()),
                             myself(), false))
    return *refused;
  return {};
}

bool StudyLock::wrote(const fs::path& file) {
  // Also what a process left that was killed while it wrote its first line.
  constexpr std::string_view beginning = "state=held\nhost=";
  auto text = base::read_file(file, 4096);
  return text &&
         (beginning.starts_with(*text) || text->starts_with(beginning) || holder_from(*text));
}

StudyLock::~StudyLock() {
  // Another holder's entry stays; and a forked child must not release its parent's lock.
  if (!impl_ || ::getpid() != impl_->me.pid || !still_held()) return;
  impl_->me.held = false;
  write_holder(impl_->file.get(), impl_->me);
}

std::uint64_t StudyLock::epoch() const { return impl_->me.epoch; }

Result<void> StudyLock::still_held() const {
  auto lost = [&](const std::string& how) {
    return Error{Errc::locked, "study " + impl_->directory.string() +
                                   " is no longer held by this process: " + how + "; it stops"};
  };
  base::Descriptor file(::open(impl_->path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EINTR))
    return {};  // says nothing about the study
  const int why = errno;
  struct stat there {
  }, mine{};
  const bool reached = ::fstat(impl_->file.get(), &mine) == 0;
  // A file without a name never gets one again; one whose directory is where it was was deleted.
  if (!file && ((reached && mine.st_nlink == 0) || (why == ENOENT && in_place(*impl_))))
    return Error{
        Errc::damaged,
        (in_place(*impl_) ? impl_->path : impl_->directory).string() +
            " was deleted while the study ran; it stops. What is left of the study is in " +
            impl_->directory.string()};
  if (!file || !reached)
    return Error{Errc::store, "output directory " + impl_->directory.string() +
                                  " is out of reach: " + std::strerror(file ? errno : why)};
  if (::fstat(file.get(), &there) != 0 || there.st_ino != mine.st_ino ||
      there.st_dev != mine.st_dev)
    return lost(impl_->path.string() + " is another file now");
  auto holder = read_holder(file.get());
  if (!holder) return lost(impl_->path.string() + " cannot be read");
  if (*holder == impl_->me) return {};
  return lost("process " + std::to_string(holder->pid) + " on host " + holder->host +
              " has taken it over with epoch " + std::to_string(holder->epoch));
}

}  // namespace sherpa::runtime
