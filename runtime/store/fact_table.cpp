#include "runtime/store/fact_table.hpp"

#include "runtime/store/salvage.hpp"

#include <memory>
#include <optional>

namespace sherpa::runtime {

using study::Seq;
using study::StoredFact;

int make_table(sqlite3* db) {
  std::string sql = "BEGIN; PRAGMA application_id=" + std::to_string(application_id) +
                    "; PRAGMA user_version=" + std::to_string(study::format_version) + "; " +
                    table + "; COMMIT";
  return run(db, sql.c_str());
}

std::string empty_first_page() {
  sqlite3* opened = nullptr;
  sqlite3_open_v2(":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Connection db(opened);
  sqlite3_int64 size = 0;
  if (!opened || run(opened, "PRAGMA page_size=4096") != SQLITE_OK ||
      make_table(opened) != SQLITE_OK)
    return {};
  std::unique_ptr<unsigned char, decltype(&sqlite3_free)> bytes(
      sqlite3_serialize(opened, "main", &size, 0), &sqlite3_free);
  if (!bytes || size < static_cast<sqlite3_int64>(RawStore::page_size)) return {};
  return {reinterpret_cast<const char*>(bytes.get()), RawStore::page_size};
}

std::string insertion(std::size_t rows) {
  std::string sql = std::string("INSERT OR ROLLBACK INTO fact(") + columns +
                    ") VALUES ";  // ROLLBACK: no journal per statement
  for (std::size_t i = 0; i < rows; ++i)
    sql += i == 0 ? "(?,?,?,?,?,?,?,?,?)" : ",(?,?,?,?,?,?,?,?,?)";
  return sql;
}

void bind(sqlite3_stmt* statement, int row, const StoredFact& fact) {
  int at = row * column_count;
  auto number = [&](const std::optional<std::int64_t>& x) {
    if (x) {
      sqlite3_bind_int64(statement, ++at, *x);
    } else {
      sqlite3_bind_null(statement, ++at);
    }
  };
  sqlite3_bind_int64(statement, ++at, static_cast<sqlite3_int64>(fact.seq));
  sqlite3_bind_int64(statement, ++at, fact.at);
  sqlite3_bind_int64(statement, ++at, fact.kind);
  number(fact.trial);
  number(fact.attempt);
  number(fact.iteration);
  if (fact.objective) {
    sqlite3_bind_double(statement, ++at, *fact.objective);
  } else {
    sqlite3_bind_null(statement, ++at);
  }
  sqlite3_bind_blob64(statement, ++at, fact.body.data(), fact.body.size(), SQLITE_STATIC);
  sqlite3_bind_int64(statement, ++at, static_cast<sqlite3_int64>(fact.mark));
}

void read_row(sqlite3_stmt* row, StoredFact& fact) {
  auto number = [&](int column) {
    auto x = sqlite3_column_int64(row, column);
    bool none = x == 0 && sqlite3_column_type(row, column) == SQLITE_NULL;
    return none ? std::optional<std::int64_t>() : x;
  };
  fact.seq = static_cast<Seq>(sqlite3_column_int64(row, 0));
  fact.at = sqlite3_column_int64(row, 1);
  fact.kind = static_cast<std::uint32_t>(sqlite3_column_int64(row, 2));
  fact.trial = number(3);
  fact.attempt = number(4);
  fact.iteration = number(5);
  fact.objective.reset();
  if (sqlite3_column_type(row, 6) != SQLITE_NULL) fact.objective = sqlite3_column_double(row, 6);
  const auto* body = static_cast<const char*>(sqlite3_column_blob(row, 7));
  fact.body.assign(body ? body : "", static_cast<std::size_t>(sqlite3_column_bytes(row, 7)));
  fact.mark = static_cast<std::uint64_t>(sqlite3_column_int64(row, 8));
}

bool whole(const StoredFact& fact) {
  return (fact.mark & ~study::end_of_group) == study::checksum_of(fact);
}

}  // namespace sherpa::runtime
