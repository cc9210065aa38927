#include "runtime/store/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace sherpa::runtime {

namespace fs = std::filesystem;

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<TemporaryDirectory> TemporaryDirectory::make() {
  std::error_code code;
  auto pattern = (fs::temp_directory_path(code) / "sherpa-XXXXXX").string();
  if (code || !::mkdtemp(pattern.data()))
    return failure("cannot make a directory", pattern, code ? code.value() : errno);
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

Error failure(const std::string& what, const fs::path& path, int number) {
  return {Errc::store,
          what + " " + path.string() + ": " + std::strerror(number) + "; " + remedy(number)};
}

Error failure(const std::string& what, const fs::path& path, const std::error_code& code) {
  return failure(what, path, code.value());
}

namespace {

Result<void> sync_path(const fs::path& path, int flags) {
  Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  // Some network file systems know no fsync of a directory.
  if (!file || (::fsync(file.get()) != 0 && !((flags & O_DIRECTORY) && errno == EINVAL)))
    return failure("cannot make safe", path, errno);
  return {};
}

}  // namespace

Result<void> sync_file(const fs::path& path) { return sync_path(path, O_RDONLY); }
Result<void> sync_directory(const fs::path& path) {
  return sync_path(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
}

Result<void> write_whole(const fs::path& file, std::string_view text, unsigned mode) {
  auto fresh = with(file, ".new");
  {
    Descriptor out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!out || ::fchmod(out.get(), mode) != 0) return failure("cannot write", fresh, errno);
    for (std::size_t done = 0; done < text.size();) {
      auto n = ::write(out.get(), text.data() + done, text.size() - done);
      if (n < 0 && errno != EINTR) return failure("cannot write", fresh, errno);
      if (n > 0) done += static_cast<std::size_t>(n);
    }
  }
  std::error_code error;
  fs::rename(fresh, file, error);
  if (error) return failure("cannot write", file, error);
  return {};
}

}  // namespace sherpa::runtime
