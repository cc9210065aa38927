#include "runtime/store/sqlite.hpp"

#include "core/base/files.hpp"

#include <cerrno>
#include <cstring>
#include <string_view>

namespace sherpa::runtime {

namespace fs = std::filesystem;

Error failure(const std::string& what, const fs::path& path, int rc, int number) {
  auto text = what + " " + path.string() + ": " + sqlite3_errstr(rc);
  if (number != 0) text += std::string(" (") + std::strerror(number) + ")";
  switch (rc & 0xff) {
    case SQLITE_FULL: number = ENOSPC; break;
    case SQLITE_BUSY: number = EBUSY; break;
    case SQLITE_READONLY:
    case SQLITE_PERM: number = EACCES; break;
    default: break;
  }
  return {Errc::store, text + "; " + base::remedy(number)};
}

Error failure(const std::string& what, const fs::path& path, sqlite3* db, int rc) {
  auto number = db ? sqlite3_system_errno(db) : 0;
  if (number == 0 && (rc & 0xff) == SQLITE_IOERR)
    number = errno;  // of a COMMIT SQLite does not keep it
  return failure(what, path, rc, number);
}

bool is_damage(int rc) {
  return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB ||
         (rc & 0xff) == SQLITE_ERROR;
}

int run(sqlite3* db, const char* sql) { return sqlite3_exec(db, sql, nullptr, nullptr, nullptr); }

int prepare(sqlite3* db, const std::string& sql, Statement& statement) {
  sqlite3_stmt* made = nullptr;
  int rc = sqlite3_prepare_v3(db, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
  statement.reset(made);
  return rc;
}

int step(const Statement& statement) {
  sqlite3_step(statement.get());
  return sqlite3_reset(statement.get());
}

int ask(sqlite3* db, const std::string& sql, std::string& answer) {
  Statement statement;
  if (int rc = prepare(db, sql, statement); rc != SQLITE_OK) return rc;
  int rc = sqlite3_step(statement.get());
  if (rc != SQLITE_ROW) return rc == SQLITE_DONE ? SQLITE_OK : rc;
  const auto* text = sqlite3_column_text(statement.get(), 0);
  answer = text ? reinterpret_cast<const char*>(text) : "";
  return SQLITE_OK;
}

namespace {

void remove_with_log(const fs::path& path) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-journal"}) {
    auto name = path;
    fs::remove(name += suffix, ignored);
  }
}

}  // namespace

Result<void> make_file(const fs::path& path, const std::function<int(sqlite3*)>& fill) {
  remove_with_log(path);
  sqlite3* opened = nullptr;
  // No other process uses this file, so locks, which some file systems lack, are not needed.
  int rc = sqlite3_open_v2(path.c_str(), &opened,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                           "unix-none");
  Connection db(opened);
  if (rc == SQLITE_OK) {
    sqlite3_extended_result_codes(opened, 1);
    rc = run(opened,
             "PRAGMA page_size=4096; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF; "
             "PRAGMA synchronous=OFF");
  }
  if (rc == SQLITE_OK) rc = fill(opened);
  if (rc == SQLITE_OK) rc = run(opened, "PRAGMA journal_mode=WAL; PRAGMA wal_checkpoint(TRUNCATE)");
  if (rc != SQLITE_OK) {
    auto error = failure("cannot write", path, opened, rc);
    db.reset();
    remove_with_log(path);
    return error;
  }
  db.reset();
  return base::sync_file(path);
}

std::string as_immutable_uri(const fs::path& path) {
  std::string uri = "file:";
  for (char c : fs::absolute(path).string()) {
    if (c == '?' || c == '#' || c == '%') {
      constexpr std::string_view digits = "0123456789abcdef";
      uri += {'%', digits[static_cast<unsigned char>(c) >> 4], digits[c & 15]};
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace sherpa::runtime
