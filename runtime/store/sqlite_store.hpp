#pragma once

#include "core/base/result.hpp"
#include "core/study/store.hpp"

#include <sherpa/setup.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace sherpa::runtime {

/// What became of a damaged store.
struct SalvageReport {
  study::Seq kept = 0;            ///< facts 1 … kept could be read and are there
  study::Seq first_missing = 0;   ///< kept + 1; 0 when no fact is known to be missing
  std::filesystem::path damaged;  ///< where the damaged file is now
  /// One line for people.
  std::string message() const;
};

/// Facts in SQLite: `study.db` in a study's directory. docs/facts.md ("What stored means") is its
/// contract.
///
/// Used by one thread at a time. The caller holds the study's lock.
class SqliteStore final : public study::Store {
 public:
  enum class Mode { create_or_open, read_only };

  /// Opens the store in `directory`, making it when absent. A damaged one is salvaged, here
  /// or, where only reading everything shows the damage, by `replay`: the damaged files are kept
  /// under another name and a new store holds the readable prefix. Errors: version (newer format,
  /// both versions named; not Sherpa's file), damaged (not even the first fact can be read; nothing
  /// is changed), store (cannot be read, written or made). read_only changes nothing in the
  /// directory, and refuses one without a study: a damaged store then shows its readable prefix.
  static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& directory,
                                                   Durability durability,
                                                   Mode mode = Mode::create_or_open);
  /// Checks, without changing anything, that the store in `directory`, which is there, can be one
  /// of ours. Errors: damaged (it is empty, or not even its first fact can be read), version (not
  /// Sherpa's file). No connection of this process may have it open.
  static Result<void> check(const std::filesystem::path& directory);
  ~SqliteStore() override;

  Result<void> commit(std::span<const study::Group> groups) override;
  Result<void> sync() override;
  /// Whole groups only. Reads everything, and so finds what damage there is: to be called once
  /// before the first commit.
  Result<void> replay(const std::function<Result<void>(study::Entry&&)>& tell) override;

  /// Writes everything committed into another directory's `study.db`, which must not exist.
  Result<void> copy_to(const std::filesystem::path& directory);

  /// Set when opening or replay found damage.
  const std::optional<SalvageReport>& salvaged() const;

 private:
  struct Impl;
  explicit SqliteStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sherpa::runtime
