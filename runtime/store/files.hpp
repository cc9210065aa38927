#pragma once

#include "core/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

/// Files, where the standard library leaves something to be desired.
namespace sherpa::runtime {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// A directory of our own for the time of our life.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> make();
  TemporaryDirectory() = default;
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What a person can do about an errno where a study is stored.
std::string remedy(int number);
/// `what path: why; remedy`. Code: store.
Error failure(const std::string& what, const std::filesystem::path& path, int number);
Error failure(const std::string& what, const std::filesystem::path& path,
              const std::error_code& code);

/// Returns when what was written is on the disk.
Result<void> sync_file(const std::filesystem::path& path);
/// The same for the names in a directory; empty: the current one.
Result<void> sync_directory(const std::filesystem::path& path);

/// Replaces the file by one with this text, so that a reader sees the old one or the new one whole.
/// With 0600 it is its owner's alone from the first byte.
Result<void> write_whole(const std::filesystem::path& file, std::string_view text, unsigned mode);

/// `study.db` with `-wal`: `study.db-wal`.
inline std::filesystem::path with(std::filesystem::path path, const std::string& suffix) {
  return path += suffix;
}

}  // namespace sherpa::runtime
