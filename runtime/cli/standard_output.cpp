#include "runtime/cli/standard_output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <string>

namespace sherpa::cli {

namespace {

/// A closed standard descriptor becomes one that can only be used the wrong way round, so that its
/// use fails as before.
void reserve_standard_descriptors() {
  for (int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number, which is this one.
    [[maybe_unused]] int fd = ::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace

StandardOutput::StandardOutput() : former_(std::cout.rdbuf(this)) {
  reserve_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  setp(buffer_.data(), buffer_.data() + buffer_.size());
}

StandardOutput::~StandardOutput() {
  sync();
  std::cout.rdbuf(former_);
}

StandardOutput::int_type StandardOutput::overflow(int_type c) {
  if (sync() != 0) return traits_type::eof();
  if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
  return traits_type::not_eof(c);
}

int StandardOutput::sync() {
  const char* from = pbase();
  while (from < pptr() && failed_ == 0) {
    auto size = ::write(STDOUT_FILENO, from, static_cast<std::size_t>(pptr() - from));
    if (size >= 0) {
      from += size;
    } else if (errno != EINTR) {
      failed_ = errno;
    }
  }
  setp(buffer_.data(), buffer_.data() + buffer_.size());
  return failed_ == 0 ? 0 : -1;
}

Result<void> StandardOutput::finish() {
  // Some file systems find out only now that there is no room.
  if (sync() == 0) {
    if (int copy = ::dup(STDOUT_FILENO); copy >= 0 && ::close(copy) != 0 && errno != EINTR)
      failed_ = errno;
  }
  if (failed_ == 0) return {};
  return Error{Errc::store,
               std::string("cannot write to standard output: ") + std::strerror(failed_)};
}

}  // namespace sherpa::cli
