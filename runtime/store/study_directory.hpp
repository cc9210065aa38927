#pragma once

#include "core/base/result.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/sqlite_store.hpp"

#include <sherpa/setup.hpp>

#include <filesystem>
#include <memory>

namespace sherpa::runtime {

/// A study's place on disk, ours as long as this lives: its lock and its store.
struct StudyDirectory {
  std::filesystem::path path;
  std::unique_ptr<StudyLock> lock;  // released after the store is closed
  std::unique_ptr<SqliteStore> store;

  /// Makes the directory when it does not exist. Errors of StudyLock::take and SqliteStore::open.
  /// Null for a study in memory (empty output_dir).
  static Result<std::unique_ptr<StudyDirectory>> open(const StudySetup& setup);
  /// After the replay: one line in the log when the store was damaged.
  void report_salvage() const;
};

}  // namespace sherpa::runtime
