#include "runtime/store/sqlite_store.hpp"

#include "runtime/store/fact_table.hpp"
#include "runtime/store/sqlite_store_impl.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace sherpa::runtime {

namespace fs = std::filesystem;

namespace {

/// A checkpoint costs two fsyncs and the log is used again from its start: at 16 MiB that is rare,
/// and the log never grows far beyond it.
constexpr int checkpoint_at = 4096;

}  // namespace

// Opening.

Result<void> SqliteStore::Impl::open() {
  if (read_only) return open_to_read();
  std::error_code code;
  fs::create_directories(directory, code);
  if (code) return base::file_error("cannot make", directory, code);
  unfinished = fs::exists(base::with_suffix(source, ".salvaged"), code);
  if (unfinished)
    if (auto finished = finish_salvage(); !finished) return finished;
  auto health = Health::sound;
  {
    auto raw = RawStore::open(source);
    if (!raw) return raw.error();
    if (raw->absent()) {
      if (fs::exists(source, code)) return empty();
      auto made = base::with_suffix(source, ".new");
      if (auto done = make_file(made, make_table); !done) return done;
      fs::rename(made, source, code);
      if (code) return base::file_error("cannot make", source, code);
      if (auto synced = base::sync_directory(directory); !synced) return synced;
    } else {
      health = raw->health(empty_first_page());
    }
  }
  return connect_or_salvage(health);
}

Result<void> SqliteStore::Impl::open_to_read() {
  std::error_code code;
  unfinished = fs::exists(base::with_suffix(source, ".salvaged"), code);
  if (unfinished) path = source = base::with_suffix(source, ".salvaged");
  auto health = Health::sound;
  bool has_log = false;
  {
    auto raw = RawStore::open(source);
    if (!raw) return raw.error();
    if (raw->absent())
      return Error{Errc::store, "there is no study in " + directory.string() + ": " +
                                    source.string() + " is missing or empty"};
    health = raw->health(empty_first_page());
    has_log = raw->has_wal();
  }
  // SQLite cannot read a log without writing; it may do so to a copy.
  if (has_log && health != Health::damaged) {
    auto made = base::TemporaryDirectory::make();
    if (!made) return made.error();
    copy = *std::move(made);
    path = copy.path() / "study.db";
    fs::copy_file(source, path, code);
    if (!code)
      fs::copy_file(base::with_suffix(source, "-wal"), base::with_suffix(path, "-wal"), code);
    if (code) return base::file_error("cannot copy the study to", path, code);
  }
  return connect_or_salvage(health);
}

Result<void> SqliteStore::Impl::connect_or_salvage(Health health) {
  if (health != Health::damaged) {
    auto connected = connect(health);
    if (!connected) return connected.error();
    health = *connected;
  }
  if (health == Health::damaged) return salvage();
  if (unfinished) salvaged = SalvageReport{last, last + 1, newest_damaged()};
  return {};
}

/// Nothing is written before the store has proven sound as far as fact 1, so that one which is
/// refused stays as it was.
Result<RawStore::Health> SqliteStore::Impl::connect(Health health) {
  disconnect();
  const bool immutable = read_only && copy.path().empty();
  int rc = open_connection(immutable);
  if (rc != SQLITE_OK) return health_after(rc);
  if (!immutable && sqlite3_db_readonly(db.get(), "main") == 1)
    return Error{Errc::store, "cannot write " + path.string() + ": it is write-protected; " +
                                  base::remedy(EACCES)};
  if (health == Health::suspicious)
    if (auto checked = check_integrity(); !checked || *checked != Health::sound) return checked;
  if (auto checked = check_first_fact(); !checked || *checked != Health::sound) return checked;
  std::string newest;
  rc = ask(db.get(), "SELECT max(seq) FROM fact", newest);
  if (rc != SQLITE_OK) return health_after(rc);
  last = newest.empty() ? 0 : std::stoull(newest);
  if (!immutable) rc = prepare_to_write();
  return rc == SQLITE_OK ? Health::sound : health_after(rc);
}

/// Whether a failed call shows damage of the store, or an unrelated error.
Result<RawStore::Health> SqliteStore::Impl::health_after(int rc) const {
  if (is_damage(rc)) return Health::damaged;
  return failure("cannot open", path, db.get(), rc);
}

int SqliteStore::Impl::open_connection(bool immutable) {
  auto name = immutable ? as_immutable_uri(path) : path.string();
  auto flags = SQLITE_OPEN_NOMUTEX |
               (immutable ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE);
  int rc = SQLITE_OK;
  // Where the file system has no locks, the study's own lock beside the store is enough.
  for (const char* vfs : {static_cast<const char*>(nullptr), "unix-none"}) {
    sqlite3* opened = nullptr;
    rc = sqlite3_open_v2(name.c_str(), &opened, flags, vfs);
    db.reset(opened);
    if (rc == SQLITE_OK) rc = configure(immutable);
    if (rc != SQLITE_IOERR_LOCK && rc != SQLITE_IOERR_RDLOCK &&
        rc != SQLITE_IOERR_CHECKRESERVEDLOCK)
      break;
  }
  return rc;
}

int SqliteStore::Impl::configure(bool immutable) {
  sqlite3_extended_result_codes(db.get(), 1);
  sqlite3_busy_timeout(db.get(), 300);
  int rc = run(db.get(), "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY");
  if (rc == SQLITE_OK && !immutable)
    rc = run(db.get(),
             "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0");
  if (rc == SQLITE_OK && !immutable)
    rc = run(db.get(), durability == Durability::power ? "PRAGMA synchronous=FULL"
                                                       : "PRAGMA synchronous=NORMAL");
  std::string ignored;
  return rc == SQLITE_OK ? ask(db.get(), "SELECT count(*) FROM sqlite_master", ignored) : rc;
}

Result<RawStore::Health> SqliteStore::Impl::check_integrity() {
  std::string answer, sql;
  int rc = ask(db.get(), "PRAGMA integrity_check(1)", answer);
  if (rc == SQLITE_OK) rc = ask(db.get(), "SELECT sql FROM sqlite_master WHERE name='fact'", sql);
  if (rc != SQLITE_OK) return health_after(rc);
  return answer == "ok" && sql == table ? Health::sound : Health::damaged;
}

/// Also prepares `select`.
Result<RawStore::Health> SqliteStore::Impl::check_first_fact() {
  int rc = prepare(
      db.get(), std::string("SELECT ") + columns + " FROM fact WHERE seq > ? ORDER BY seq", select);
  if (rc != SQLITE_OK) return health_after(rc);
  Run first(select);
  sqlite3_bind_int64(select.get(), 1, 0);
  rc = first.step();
  if (rc == SQLITE_DONE) return Health::sound;
  if (rc != SQLITE_ROW) return health_after(rc);
  auto& fact = rows.front();
  read_row(select.get(), fact);
  if (fact.seq != 1 || !whole(fact)) return Health::damaged;
  auto entry = study::decode(fact);
  if (!entry) return Error{entry.error().code, path.string() + ": " + entry.error().message};
  if (auto format = newer_format(entry->fact)) return newer(*format);
  return Health::sound;
}

int SqliteStore::Impl::prepare_to_write() {
  // Emptied, the log gets new salts: what an unfinished commit left in it can never be taken for a
  // part of a later one.
  int rc =
      sqlite3_wal_checkpoint_v2(db.get(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (rc == SQLITE_OK) rc = prepare(db.get(), "BEGIN", begin);
  if (rc == SQLITE_OK) rc = prepare(db.get(), "COMMIT", end);
  if (rc != SQLITE_OK) return rc;
  sqlite3_wal_hook(
      db.get(),
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &log_pages);
  return SQLITE_OK;
}

void SqliteStore::Impl::disconnect() {
  for (auto* statement : {&select, &begin, &end}) statement->reset();
  for (auto& statement : inserts) statement.reset();
  db.reset();
}

// Reading and writing.

/// False when damage ends the reading: the entries passed on before it are sound.
Result<bool> SqliteStore::Impl::tell_from(Seq& passed,
                                          const std::function<Result<void>(Entry&&)>& tell) {
  auto& fact = rows.front();
  std::vector<Entry> group;
  Entry entry;
  Seq seq = passed;
  Run facts(select);
  sqlite3_bind_int64(select.get(), 1, static_cast<sqlite3_int64>(passed));
  int rc = SQLITE_OK;
  while ((rc = facts.step()) == SQLITE_ROW) {
    read_row(select.get(), fact);
    if (fact.seq != ++seq) return false;
    if (auto decoded = study::decode(fact, entry); !decoded) {
      if (!whole(fact)) return false;
      return Error{decoded.error().code, source.string() + ": " + decoded.error().message};
    }
    if (!(fact.mark & study::end_of_group)) {
      group.push_back(std::move(entry));
      continue;
    }
    for (auto& earlier : group)
      if (auto taken = tell(std::move(earlier)); !taken) return taken.error();
    group.clear();
    if (auto taken = tell(std::move(entry)); !taken) return taken.error();
    passed = seq;
  }
  if (rc != SQLITE_DONE && !is_damage(rc)) return failure("cannot read", path, db.get(), rc);
  return rc == SQLITE_DONE && group.empty() && seq >= last;
}

int SqliteStore::Impl::insert(std::span<const study::Group> groups) {
  std::size_t filled = 0;
  auto put = [&] {
    auto& insert = inserts[filled - 1];
    if (!insert)
      if (int rc = prepare(db.get(), insertion(filled), insert); rc != SQLITE_OK) return rc;
    for (std::size_t row = 0; row < filled; ++row)
      bind(insert.get(), static_cast<int>(row), rows[row]);
    filled = 0;
    return step(insert);
  };
  for (const auto& group : groups) {
    if (!group) continue;
    for (const auto& entry : *group) {
      if (entry.seq != ++last) return SQLITE_MISUSE;
      study::encode(entry, &entry == &group->back(), rows[filled]);
      if (++filled == rows.size())
        if (int rc = put(); rc != SQLITE_OK) return rc;
    }
  }
  return filled > 0 ? put() : SQLITE_OK;
}

/// A failed commit may be half on disk, and a second fsync proves nothing: nothing is written any
/// more, not even at the close.
Error SqliteStore::Impl::fail(Error error) {
  failed = std::move(error);
  sqlite3_db_config(db.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (sqlite3_get_autocommit(db.get()) == 0) run(db.get(), "ROLLBACK");
  return *failed;
}

SqliteStore::SqliteStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const fs::path& directory,
                                                       Durability durability, Mode mode) {
  std::unique_ptr<Impl> impl(new Impl{directory, durability, mode == Mode::read_only});
  if (auto opened = impl->open(); !opened) return opened.error();
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(impl)));
}

Result<void> SqliteStore::commit(std::span<const study::Group> groups) {
  auto& i = *impl_;
  if (i.failed) return *i.failed;
  if (i.read_only) return Error{Errc::wrong_state, i.source.string() + " is open for reading only"};
  auto before = i.last;
  errno = 0;
  int rc = step(i.begin);
  if (rc == SQLITE_OK) rc = i.insert(groups);
  if (rc == SQLITE_OK) rc = step(i.end);
  if (rc == SQLITE_MISUSE && i.last != before)
    return i.fail(
        {Errc::internal, "fact " + std::to_string(i.last) + " is missing where facts are stored"});
  if (rc != SQLITE_OK) return i.fail(failure("cannot store facts in", i.source, i.db.get(), rc));
  i.unsynced = i.unsynced || i.last > before;
  // Fact 1 goes to the database at once: a log of one commit that does not fit its checksum looks
  // like an unfinished one, and a study must not be taken for a new one.
  if (i.log_pages >= checkpoint_at || (before == 0 && i.last > 0)) {
    rc = sqlite3_wal_checkpoint_v2(i.db.get(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (rc != SQLITE_OK) return i.fail(failure("cannot store facts in", i.source, i.db.get(), rc));
    i.log_pages = 0;
    i.unsynced = false;
  }
  return {};
}

Result<void> SqliteStore::sync() {
  auto& i = *impl_;
  if (i.failed) return *i.failed;
  if (!i.unsynced || i.durability == Durability::power) return {};
  sqlite3_file* log = nullptr;
  int rc = sqlite3_file_control(i.db.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  errno = 0;
  if (rc == SQLITE_OK && log && log->pMethods) rc = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
  if (rc != SQLITE_OK) return i.fail(failure("cannot make safe", i.source, rc, errno));
  i.unsynced = false;
  return {};
}

Result<void> SqliteStore::replay(const std::function<Result<void>(Entry&&)>& tell) {
  auto& i = *impl_;
  if (i.failed) return *i.failed;
  Seq passed = 0;
  for (int round = 0; round < 2; ++round) {
    auto read = i.tell_from(passed, tell);
    if (!read) return read.error();
    if (*read) return {};
    if (auto done = i.salvage(); !done) {
      i.failed = done.error();
      return done;
    }
  }
  return Error{Errc::damaged,
               i.path.string() + " was damaged again as soon as it was written; check the disk"};
}

Result<void> SqliteStore::copy_to(const fs::path& directory) {
  auto& i = *impl_;
  auto target = directory / "study.db", made = directory / "study.db.new";
  std::error_code code;
  fs::create_directories(directory, code);
  if (code) return base::file_error("cannot make", directory, code);
  if (fs::exists(target, code))
    return Error{Errc::store, target.string() + " exists already; choose another directory"};
  auto copied = make_file(made, [&](sqlite3* to) {
    auto* backup = sqlite3_backup_init(to, "main", i.db.get(), "main");
    if (!backup) return sqlite3_errcode(to);
    sqlite3_backup_step(backup, -1);
    return sqlite3_backup_finish(backup);
  });
  if (!copied) return copied;
  fs::rename(made, target, code);
  if (code) return base::file_error("cannot make", target, code);
  return base::sync_directory(directory);
}

const std::optional<SalvageReport>& SqliteStore::salvaged() const { return impl_->salvaged; }

}  // namespace sherpa::runtime
