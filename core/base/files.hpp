#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

/// Files, where the standard library offers too little: descriptors, atomic replacement, syncing.
namespace sherpa::base {

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
  void close() { Descriptor gone(std::exchange(fd_, -1)); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// How many descriptors this process may have open.
std::size_t descriptor_limit();

/// A directory that is deleted with this object, with everything in it.
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

/// What a person can do about this errno of a file.
std::string remedy(int number);
/// `what path: why; remedy`. Code: store.
Error file_error(const std::string& what, const std::filesystem::path& path, int number);
Error file_error(const std::string& what, const std::filesystem::path& path,
                 const std::error_code& code);

/// What remains to be read, at most `most` bytes; nothing on failure, and errno says why.
std::optional<std::string> read_all(const Descriptor& in,
                                    std::size_t most = std::numeric_limits<std::size_t>::max());
/// The file's bytes, at most `most`; nothing on failure, and errno says why.
std::optional<std::string> read_file(const std::filesystem::path& file,
                                     std::size_t most = std::numeric_limits<std::size_t>::max());

/// Writes the file, which has this mode, less the umask, from its first byte: with 0600 only its
/// owner can read it.
/// Fails with store; the file may then hold a part of the text.
Result<void> write_file(const std::filesystem::path& file, std::string_view text, unsigned mode);
/// The same, but atomic: a reader sees the old file or the new one, and on failure the old one
/// stays.
Result<void> replace_file(const std::filesystem::path& file, std::string_view text, unsigned mode);

/// Returns when what was written is on the disk.
Result<void> sync_file(const std::filesystem::path& path);
/// The same for the names in a directory; empty: the current one.
Result<void> sync_directory(const std::filesystem::path& path);

/// `study.db` with `-wal`: `study.db-wal`.
inline std::filesystem::path with_suffix(std::filesystem::path path, const std::string& suffix) {
  return path += suffix;
}

}  // namespace sherpa::base
