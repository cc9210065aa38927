#include "runtime/store/fact_table.hpp"
#include "runtime/store/sqlite_store_impl.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <string>
#include <system_error>
#include <utility>

namespace sherpa::runtime {

namespace fs = std::filesystem;

namespace {

std::string time_now() {
  auto now = std::time(nullptr);
  std::tm utc{};
  std::array<char, 32> text{};
  ::gmtime_r(&now, &utc);
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc);
  return text.data();
}

}  // namespace

std::string SalvageReport::message() const {
  std::string text = "the study's store was damaged: facts 1 to " + std::to_string(kept) +
                     " could be read and are kept";
  text += first_missing == 0
              ? ", none is missing"
              : ", fact " + std::to_string(first_missing) + " is the first that is missing";
  return text + "; the damaged file is " + damaged.string();
}

/// The format of a study that a newer Sherpa made.
std::optional<std::uint32_t> newer_format(const study::Fact& first) {
  const auto* created = std::get_if<study::fact::StudyCreated>(&first);
  if (!created || created->format <= study::format_version) return {};
  return created->format;
}

Error SqliteStore::Impl::newer(std::uint32_t format) const {
  return {Errc::version, source.string() + " is of format " + std::to_string(format) +
                             ", this Sherpa reads up to " + std::to_string(study::format_version) +
                             "; use a newer Sherpa"};
}

/// A store that we make is never empty, so a study was in it.
Error SqliteStore::Impl::empty() const {
  return {Errc::damaged, source.string() +
                             " is empty: the study that was in it is lost; put back a copy of it, "
                             "or use another output directory. Nothing was changed"};
}

Result<void> SqliteStore::check(const fs::path& directory) {
  const Impl impl{directory, Durability::process, true};
  std::error_code code;
  if (fs::exists(base::with_suffix(impl.source, ".salvaged"), code)) return {};
  auto raw = RawStore::open(impl.source);
  if (!raw) return raw.error();
  if (raw->absent()) return impl.empty();
  const auto header = raw->header();
  if (header.sqlite && header.application_id == application_id) return {};
  raw->search();
  if (auto refused = impl.refuse_to_salvage(*raw)) return *refused;
  return {};
}

/// Replaces the damaged store, which is kept, with one made of its readable facts.
Result<void> SqliteStore::Impl::salvage() {
  disconnect();
  auto opened = RawStore::open(source);
  if (!opened) return opened.error();
  auto& raw = *opened;
  raw.search();
  if (auto refused = refuse_to_salvage(raw)) return *refused;

  if (read_only) {
    auto made = base::TemporaryDirectory::make();
    if (!made) return made.error();
    copy = *std::move(made);
  }
  auto made = read_only ? copy.path() / "study.db" : base::with_suffix(source, ".new");
  if (auto filled = copy_readable(raw, made); !filled) return filled;
  salvaged = SalvageReport{raw.kept(), raw.lost() ? raw.kept() + 1 : 0, source};
  if (read_only) {
    path = made;
  } else if (auto placed = put_in_place(made); !placed) {
    return placed;
  }

  auto connected = connect(Health::sound);
  if (!connected) return connected.error();
  if (*connected == Health::damaged)
    return Error{Errc::damaged,
                 path.string() + " was damaged again as soon as it was written; check the disk"};
  return {};
}

/// Why the store stays as it is: it is not Sherpa's, is newer, or not even fact 1 can be read.
std::optional<Error> SqliteStore::Impl::refuse_to_salvage(RawStore& raw) const {
  auto header = raw.header();
  if (raw.kept() == 0) {
    if (header.sqlite && header.application_id != application_id)
      return Error{
          Errc::version,
          source.string() + " is not a Sherpa store; use another directory, or move the file away"};
    if (header.sqlite && header.version > study::format_version) return newer(header.version);
    return Error{Errc::damaged, source.string() +
                                    " is damaged and not even its first fact can be read; nothing "
                                    "was changed; put back a copy of it, or "
                                    "move it away to start from scratch"};
  }
  // The damage may be in the header; fact 1 has a checksum.
  StoredFact fact;
  raw.read(1, fact);
  auto first = study::decode(fact);
  if (!first) return Error{first.error().code, source.string() + ": " + first.error().message};
  if (auto format = newer_format(first->fact)) return newer(*format);
  return {};
}

/// Makes a store of the facts that can be read.
Result<void> SqliteStore::Impl::copy_readable(RawStore& raw, const fs::path& made) const {
  return make_file(made, [&](sqlite3* to) {
    Statement insert;
    StoredFact fact;
    int rc = make_table(to);
    if (rc == SQLITE_OK) rc = run(to, "BEGIN");
    if (rc == SQLITE_OK) rc = prepare(to, insertion(1), insert);
    for (Seq seq = 1; rc == SQLITE_OK && seq <= raw.kept(); ++seq) {
      if (!raw.read(seq, fact)) return SQLITE_IOERR;
      bind(insert.get(), 0, fact);
      rc = step(insert);
    }
    return rc == SQLITE_OK ? run(to, "COMMIT") : rc;
  });
}

/// The new store must never meet the old log. So between the steps at which one replaces the other
/// it has a name of its own, under which the next start finds it.
Result<void> SqliteStore::Impl::put_in_place(const fs::path& made) {
  auto kept = base::with_suffix(source, ".damaged-" + time_now());
  std::error_code code;
  for (int i = 2; fs::exists(kept, code) || fs::exists(base::with_suffix(kept, "-wal"), code); ++i)
    kept = base::with_suffix(source, ".damaged-" + time_now() + "." + std::to_string(i));
  for (const char* suffix : {"", "-wal"}) {
    auto from = base::with_suffix(source, suffix), to = base::with_suffix(kept, suffix);
    if (!fs::exists(from, code)) continue;
    fs::create_hard_link(from, to, code);
    if (code) fs::copy_file(from, to, code);  // not every file system has links
    if (code) return base::file_error("cannot keep the damaged store as", to, code);
    if (auto synced = base::sync_file(to); !synced) return synced;
  }
  salvaged->damaged = kept;
  fs::rename(made, base::with_suffix(source, ".salvaged"), code);
  if (code) return base::file_error("cannot rename", made, code);
  if (auto synced = base::sync_directory(directory); !synced) return synced;
  return finish_salvage();
}

Result<void> SqliteStore::Impl::finish_salvage() {
  std::error_code code;
  auto made = base::with_suffix(source, ".salvaged");
  fs::remove(base::with_suffix(source, "-wal"), code);
  if (!code) fs::rename(made, source, code);
  if (code) return base::file_error("cannot put the salvaged store in place as", source, code);
  return base::sync_directory(directory);
}

fs::path SqliteStore::Impl::newest_damaged() const {
  fs::path newest;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(directory, code)) {
    auto name = entry.path().filename().string();
    if (name.starts_with("study.db.damaged-") && !name.ends_with("-wal"))
      newest = std::max(newest, entry.path());
  }
  return newest;
}

}  // namespace sherpa::runtime
