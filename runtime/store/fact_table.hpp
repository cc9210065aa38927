#pragma once

#include "core/study/fact_codec.hpp"
#include "runtime/store/sqlite.hpp"

#include <cstdint>
#include <string>

/// The table of facts, as docs/facts.md gives it.
namespace sherpa::runtime {

constexpr std::uint32_t application_id = 0x53485250;  // "SHRP"
constexpr const char* table =
    "CREATE TABLE fact(seq INTEGER PRIMARY KEY, at INTEGER, kind INTEGER, trial INTEGER, attempt "
    "INTEGER, iteration INTEGER, "
    "objective REAL, "
    "body BLOB, mark INTEGER)";
constexpr const char* columns = "seq, at, kind, trial, attempt, iteration, objective, body, mark";
constexpr int column_count = 9;

/// An empty store in an empty database: always the same bytes, SQLite's version aside.
int make_table(sqlite3* db);
/// The first page of that; empty when there is not even memory for it.
std::string empty_first_page();

/// The statement that inserts `rows` facts.
std::string insertion(std::size_t rows);
/// The fact must stay as it is until the statement has run.
void bind(sqlite3_stmt* statement, int row, const study::StoredFact& fact);
/// A row of `columns` into a fact, whose body keeps its memory.
void read_row(sqlite3_stmt* row, study::StoredFact& fact);
/// Whether its checksum fits.
bool whole(const study::StoredFact& fact);

}  // namespace sherpa::runtime
