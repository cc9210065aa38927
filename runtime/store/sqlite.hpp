#pragma once

#include "core/base/result.hpp"

#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

/// SQLite's functions as they are used here. An `int` is SQLite's code.
namespace sherpa::runtime {

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Connection = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

/// Steps a statement, and resets it at the end of the scope.
class Run {
 public:
  explicit Run(const Statement& statement) : statement_(statement.get()) {}
  ~Run() { sqlite3_reset(statement_); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  int step() { return sqlite3_step(statement_); }

 private:
  sqlite3_stmt* statement_;
};

/// `what path: why; remedy`, with what the operating system said. Code: store.
Error failure(const std::string& what, const std::filesystem::path& path, sqlite3* db, int rc);
/// `number` is an errno, or 0 where none is known.
Error failure(const std::string& what, const std::filesystem::path& path, int rc, int number);
/// What a damaged file makes SQLite say.
bool is_damage(int rc);

/// Runs statements whose rows do not matter.
int run(sqlite3* db, const char* sql);
int prepare(sqlite3* db, const std::string& sql, Statement& statement);
/// Runs a statement without rows, and leaves it ready for the next time.
int step(const Statement& statement);
/// The first column of the first row that `sql` comes to.
int ask(sqlite3* db, const std::string& sql, std::string& answer);

/// Makes a database at `path`, in place of what an earlier attempt may have left there, lets `fill`
/// write into it, and makes it safe.
Result<void> make_file(const std::filesystem::path& path, const std::function<int(sqlite3*)>& fill);

/// The URI that opens a file as immutable, without files beside it.
std::string as_immutable_uri(const std::filesystem::path& path);

}  // namespace sherpa::runtime
