#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace sherpa::runtime {

/// The right to write a study: the file `lock` in its directory, held by an OFD lock, with the
/// holder's host, pid, process start time, boot id and epoch in it. docs/facts.md, "What stored
/// means".
class StudyLock {
 public:
  /// Errors: locked, naming the holder and the remedy; store, when the directory cannot be written.
  /// A holder proven dead on this host is taken over; one on another host only with `take_over`.
  /// The epoch grows with every take.
  static Result<std::unique_ptr<StudyLock>> take(const std::filesystem::path& directory,
                                                 bool take_over);
  /// Whether a living holder is known (for readers that do not want the lock): the error says who.
  static Result<void> check_free(const std::filesystem::path& directory);
  /// Whether a file was written as a lock of ours, or was begun as one.
  static bool wrote(const std::filesystem::path& file);
  /// Releases the lock, and records that in the file.
  ~StudyLock();
  StudyLock(const StudyLock&) = delete;
  StudyLock& operator=(const StudyLock&) = delete;

  std::uint64_t epoch() const;
  /// Reads the file again. Errors: locked, when another coordinator has taken the study over, or
  /// the file was replaced; damaged, when it was deleted; store, while the directory is out of
  /// reach: it has been moved away, or its file system does not answer.
  Result<void> still_held() const;

 private:
  struct Impl;
  static bool in_place(const Impl& impl);
  explicit StudyLock(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sherpa::runtime
