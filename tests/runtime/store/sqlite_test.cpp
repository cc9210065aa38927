#include "runtime/store/sqlite.hpp"

#include "core/base/files.hpp"
#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>

namespace sherpa::runtime {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_support::read_file;
using testing_support::Scratch;
namespace fs = std::filesystem;

Connection in_memory() {
  sqlite3* opened = nullptr;
  EXPECT_EQ(sqlite3_open(":memory:", &opened), SQLITE_OK);
  return Connection(opened);
}

TEST(Sqlite, SaysWhatWhereWhyAndTheRemedy) {
  auto full = failure("cannot write", "/data/study.db", SQLITE_FULL, 0);
  EXPECT_EQ(full.code, Errc::store);
  EXPECT_THAT(full.message, AllOf(HasSubstr("cannot write /data/study.db: "), HasSubstr("full"),
                                  HasSubstr("; ")));
  EXPECT_THAT(failure("cannot write", "x", SQLITE_FULL, EIO).message,
              HasSubstr(base::remedy(ENOSPC)))
      << "SQLite knows better what is the matter";
  EXPECT_THAT(failure("cannot write", "x", SQLITE_READONLY_DIRECTORY, 0).message,
              HasSubstr(base::remedy(EACCES)));
  EXPECT_THAT(failure("cannot read", "x", SQLITE_IOERR_READ, EIO).message,
              AllOf(HasSubstr("disk I/O error"), HasSubstr("(Input/output error)")));
}

TEST(Sqlite, TellsDamageFromTrouble) {
  for (int rc : {SQLITE_CORRUPT, SQLITE_CORRUPT_VTAB, SQLITE_NOTADB, SQLITE_ERROR})
    EXPECT_TRUE(is_damage(rc)) << rc;
  for (int rc : {SQLITE_OK, SQLITE_FULL, SQLITE_IOERR_READ, SQLITE_BUSY, SQLITE_CANTOPEN,
                 SQLITE_READONLY, SQLITE_NOMEM})
    EXPECT_FALSE(is_damage(rc)) << rc;
}

TEST(Sqlite, AnswersWithTheFirstColumnOfTheFirstRow) {
  auto db = in_memory();
  std::string answer = "as before";
  EXPECT_EQ(ask(db.get(), "SELECT 1 WHERE 0", answer), SQLITE_OK);
  EXPECT_EQ(answer, "as before") << "no row";
  EXPECT_EQ(ask(db.get(), "SELECT 3, 4 UNION SELECT 5, 6", answer), SQLITE_OK);
  EXPECT_EQ(answer, "3");
  EXPECT_EQ(ask(db.get(), "SELECT NULL", answer), SQLITE_OK);
  EXPECT_EQ(answer, "");
  EXPECT_EQ(ask(db.get(), "SELECT nothing", answer), SQLITE_ERROR);
}

TEST(Sqlite, LeavesAStatementReadyForTheNextTime) {
  auto db = in_memory();
  ASSERT_EQ(run(db.get(), "CREATE TABLE t(x UNIQUE)"), SQLITE_OK);
  Statement insert;
  ASSERT_EQ(prepare(db.get(), "INSERT INTO t VALUES(?)", insert), SQLITE_OK);
  sqlite3_bind_int(insert.get(), 1, 1);
  EXPECT_EQ(step(insert), SQLITE_OK);
  EXPECT_EQ(step(insert) & 0xff, SQLITE_CONSTRAINT) << "twice";
  sqlite3_bind_int(insert.get(), 1, 2);
  EXPECT_EQ(step(insert), SQLITE_OK);
}

TEST(Sqlite, MakesAFileInPlaceOfWhatWasLeftThere) {
  Scratch scratch;
  const auto path = scratch / "study.db.new";
  for (const char* suffix : {"", "-wal", "-journal"})
    std::ofstream(path.string() + suffix) << "left by an interrupted start";
  auto made = make_file(path, [](sqlite3* db) { return run(db, "CREATE TABLE t(x)"); });
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(read_file(path).starts_with("SQLite format 3"));
  EXPECT_FALSE(fs::exists(path.string() + "-journal"));
}

TEST(Sqlite, LeavesNoFileThatCouldNotBeFilled) {
  Scratch scratch;
  auto made = make_file(scratch / "a.db", [](sqlite3* db) {
    run(db, "CREATE TABLE t(x)");
    return SQLITE_FULL;
  });
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("cannot write " + (scratch / "a.db").string()));
  EXPECT_TRUE(fs::is_empty(scratch.path()));
  EXPECT_FALSE(make_file(scratch / "nowhere" / "a.db", [](sqlite3*) { return SQLITE_OK; }));
}

TEST(Sqlite, WritesPathsAsUris) {
  EXPECT_EQ(as_immutable_uri("/a/b c"), "file:/a/b c?immutable=1");
  EXPECT_EQ(as_immutable_uri("/50%?#"), "file:/50%25%3f%23?immutable=1");
}

}  // namespace
}  // namespace sherpa::runtime
