// Preloaded into a program, kills it (SIGKILL) at its k-th write to a file below a directory, or
// anything else that changes one there:
//   SHERPA_KILL_AT=k  SHERPA_KILL_BELOW=/dir  SHERPA_KILL_HALF=1 (half of the k-th write is done
//   first)
// With SHERPA_KILL_COUNT=file the number of writes is left there at exit instead.

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>
#include <atomic>

namespace {

std::atomic<long> writes{0};

const char* setting(const char* name) { return std::getenv(name); }

bool below(const char* path) {
  const char* directory = setting("SHERPA_KILL_BELOW");
  return directory && std::strncmp(path, directory, std::strlen(directory)) == 0;
}

bool below(int fd) {
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n < 0) return false;
  path[n] = 0;
  return below(path);
}

template <class F>
F real(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

/// Whether this change is the one to die at.
bool is_the_one() {
  long n = ++writes;
  const char* at = setting("SHERPA_KILL_AT");
  return at && std::atol(at) == n;
}

[[noreturn]] void die() {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/// Before a change that is done whole or not at all.
void count(bool concerns_us) {
  if (concerns_us && is_the_one()) die();
}

bool halves() { return setting("SHERPA_KILL_HALF") != nullptr; }

struct AtExit {
  ~AtExit() {
    if (const char* file = setting("SHERPA_KILL_COUNT"))
      if (FILE* out = std::fopen(file, "w")) {
        std::fprintf(out, "%ld\n", writes.load());
        std::fclose(out);
      }
  }
} at_exit;

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  static auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
  if (below(fd) && is_the_one()) {
    if (halves()) next(fd, data, size / 2);
    die();
  }
  return next(fd, data, size);
}

ssize_t writev(int fd, const iovec* parts, int count_of_parts) {
  static auto next = real<ssize_t (*)(int, const iovec*, int)>("writev");
  count(below(fd));
  return next(fd, parts, count_of_parts);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  static auto next = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  if (below(fd) && is_the_one()) {
    if (halves()) next(fd, data, size / 2, offset);
    die();
  }
  return next(fd, data, size, offset);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return pwrite64(fd, data, size, offset);
}

int ftruncate64(int fd, off64_t size) {
  static auto next = real<int (*)(int, off64_t)>("ftruncate64");
  count(below(fd));
  return next(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) {
  static auto next = real<int (*)(int)>("fsync");
  count(below(fd));
  return next(fd);
}

int fdatasync(int fd) {
  static auto next = real<int (*)(int)>("fdatasync");
  count(below(fd));
  return next(fd);
}

int rename(const char* from, const char* to) {
  static auto next = real<int (*)(const char*, const char*)>("rename");
  count(below(to));
  return next(from, to);
}

int unlink(const char* path) {
  static auto next = real<int (*)(const char*)>("unlink");
  count(below(path));
  return next(path);
}

int mkdir(const char* path, mode_t mode) {
  static auto next = real<int (*)(const char*, mode_t)>("mkdir");
  count(below(path));
  return next(path, mode);
}

int open64(const char* path, int flags, ...) {
  static auto next = real<int (*)(const char*, int, ...)>("open64");
  mode_t mode = 0;
  if (flags & (O_CREAT | O_TMPFILE)) {
    va_list args;
    va_start(args, flags);
    mode = va_arg(args, mode_t);
    va_end(args);
  }
  count((flags & O_CREAT) && below(path) && access(path, F_OK) != 0);
  return next(path, flags, mode);
}

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if (flags & (O_CREAT | O_TMPFILE)) {
    va_list args;
    va_start(args, flags);
    mode = va_arg(args, mode_t);
    va_end(args);
  }
  return open64(path, flags, mode);
}

}  // extern "C"
