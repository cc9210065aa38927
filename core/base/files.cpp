#include "core/base/files.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace sherpa::base {

namespace fs = std::filesystem;

std::size_t descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return std::numeric_limits<std::size_t>::max();
  return limit.rlim_cur;
}

Descriptor::~Descriptor() {
  const int before = errno;  // a caller may still want to know what failed
  if (fd_ >= 0) ::close(fd_);
  errno = before;
}

Result<TemporaryDirectory> TemporaryDirectory::make() {
  std::error_code code;
  auto pattern = (fs::temp_directory_path(code) / "sherpa-XXXXXX").string();
  if (code || !::mkdtemp(pattern.data()))
    return file_error("cannot make a directory", pattern, code ? code.value() : errno);
  TemporaryDirectory made;
  made.path_ = pattern;
  return made;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

std::string remedy(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT: return "free some space and run it again; the study resumes";
    case EFBIG:
      return "raise the limit on the size of files (ulimit -f) and run it again; the study resumes";
    case EBUSY: return "another program has it open; close it there";
    case EACCES:
    case EROFS: return "make it writable and run it again; the study resumes";
    default: return "check the disk and run it again; the study resumes";
  }
}

Error file_error(const std::string& what, const fs::path& path, int number) {
  return {Errc::store,
          what + " " + path.string() + ": " + std::strerror(number) + "; " + remedy(number)};
}

Error file_error(const std::string& what, const fs::path& path, const std::error_code& code) {
  return file_error(what, path, code.value());
}

std::optional<std::string> read_all(const Descriptor& in, std::size_t most) {
  std::string text;
  std::array<char, 4096> more;
  while (text.size() < most) {
    auto size = ::read(in.get(), more.data(), std::min(more.size(), most - text.size()));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;
    if (size == 0) break;
    text.append(more.data(), static_cast<std::size_t>(size));
  }
  return text;
}

std::optional<std::string> read_file(const fs::path& file, std::size_t most) {
  Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) return std::nullopt;
  return read_all(in, most);
}

Result<void> write_file(const fs::path& file, std::string_view text, unsigned mode) {
  Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  struct stat info {};
  if (!out || ::fstat(out.get(), &info) != 0) return file_error("cannot write", file, errno);
  // One that was there already may be readable by more; the umask is the user's will.
  constexpr unsigned all = 07777;
  if ((info.st_mode & all & ~mode) != 0 && ::fchmod(out.get(), info.st_mode & mode) != 0)
    return file_error("cannot write", file, errno);
  while (!text.empty()) {
    auto size = ::write(out.get(), text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return file_error("cannot write", file, errno);
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

Result<void> replace_file(const fs::path& file, std::string_view text, unsigned mode) {
  auto fresh = with_suffix(file, ".new");
  if (auto written = write_file(fresh, text, mode); !written) return written;
  std::error_code error;
  fs::rename(fresh, file, error);
  if (error) return file_error("cannot write", file, error);
  return {};
}

namespace {

Result<void> sync_path(const fs::path& path, int flags) {
  Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  // Some network file systems know no fsync of a directory.
  if (!file || (::fsync(file.get()) != 0 && !((flags & O_DIRECTORY) && errno == EINVAL)))
    return file_error("cannot make safe", path, errno);
  return {};
}

}  // namespace

Result<void> sync_file(const fs::path& path) { return sync_path(path, O_RDONLY); }
Result<void> sync_directory(const fs::path& path) {
  return sync_path(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
}

}  // namespace sherpa::base
