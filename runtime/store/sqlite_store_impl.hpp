#pragma once

#include "core/base/files.hpp"
#include "core/study/fact_codec.hpp"
#include "runtime/store/salvage.hpp"
#include "runtime/store/sqlite.hpp"
#include "runtime/store/sqlite_store.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace sherpa::runtime {

using study::Entry;
using study::Seq;
using study::StoredFact;

constexpr std::size_t rows_at_once = 8;

/// Shared by sqlite_store.cpp, which opens, reads and writes a store, and store_repair.cpp, which
/// replaces a damaged one.
struct SqliteStore::Impl {
  using Health = RawStore::Health;

  std::filesystem::path directory;
  Durability durability;
  bool read_only;
  std::filesystem::path source = directory / "study.db";  ///< the study's own file
  std::filesystem::path path =
      source;  ///< the file that is open: the source, or a private copy of it
  base::TemporaryDirectory copy{};

  Connection db{};
  Statement select{}, begin{}, end{};
  /// The i-th takes i + 1 facts: a statement costs more than a row; made when first needed.
  std::array<Statement, rows_at_once> inserts{};
  std::array<StoredFact, rows_at_once> rows{};
  Seq last = 0;
  int log_pages = 0;
  bool unsynced = false;
  std::optional<Error> failed{};
  std::optional<SalvageReport> salvaged{};
  /// An earlier process died while it put the salvaged store in place, and perhaps before it said
  /// so.
  bool unfinished = false;

  Result<void> open();
  Result<void> open_to_read();
  Result<Health> connect(Health health);
  Result<Health> health_after(int rc) const;
  int open_connection(bool immutable);
  int configure(bool immutable);
  Result<Health> check_integrity();
  Result<Health> check_first_fact();
  Error newer(std::uint32_t format) const;
  Error empty() const;
  int prepare_to_write();
  Result<void> connect_or_salvage(Health health);
  Result<void> salvage();
  std::optional<Error> refuse_to_salvage(RawStore& raw) const;
  Result<void> copy_readable(RawStore& raw, const std::filesystem::path& made) const;
  Result<void> put_in_place(const std::filesystem::path& made);
  Result<void> finish_salvage();
  std::filesystem::path newest_damaged() const;
  Result<bool> tell_from(Seq& passed, const std::function<Result<void>(Entry&&)>& tell);
  int insert(std::span<const study::Group> groups);
  Error fail(Error error);
  void disconnect();
};

/// The format of a study that a newer Sherpa made.
std::optional<std::uint32_t> newer_format(const study::Fact& first);

}  // namespace sherpa::runtime
