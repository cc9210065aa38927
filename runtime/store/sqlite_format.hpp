#pragma once

#include "core/study/fact_codec.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// SQLite's file format, https://sqlite.org/fileformat2.html, as far as a table of facts uses it:
/// facts are only ever appended, so there are no free pages, no gaps within pages, and numbers
/// within a page follow one another.
namespace sherpa::runtime::sqlite_format {

constexpr std::size_t page_size = 4096;
using Page = std::array<unsigned char, page_size>;

constexpr unsigned char leaf_page = 0x0d;
constexpr unsigned char interior_page = 0x05;
constexpr std::size_t leaf_head = 8;
constexpr std::size_t interior_head = 12;
constexpr std::uint32_t unused_page =
    (1u << 30) / page_size + 1;  // where SQLite's locks are, in a file that large
constexpr std::size_t sqlite_head = 100;
constexpr std::size_t wal_head = 32;
constexpr std::size_t frame_head = 24;
constexpr std::string_view magic{"SQLite format 3\0", 16};

inline std::uint32_t be16(const unsigned char* p) { return std::uint32_t{p[0]} << 8 | p[1]; }
inline std::uint32_t be32(const unsigned char* p) { return be16(p) << 16 | be16(p + 2); }

/// What stands before the fact in a cell of a leaf.
struct Cell {
  std::uint64_t payload = 0;  ///< its length
  std::uint64_t seq = 0;
  std::size_t start = 0;
  std::size_t local = 0;  ///< how much of it is on this page; the rest is on overflow pages
  std::size_t end = 0;
};

/// The cell that begins at `at` of a leaf; none when it would not end on the page.
std::optional<Cell> cell_at(const Page& page, std::size_t at);

/// Where the cell that begins at `at` ends; 0 when there is none.
std::size_t end_of_cell(const Page& page, std::size_t at, bool leaf);

/// Whether cells and free blocks share the page between them as its head says, without overlap:
/// what SQLite relies on when it puts in another cell.
bool tidy(const Page& page, bool leaf);

/// The highest number on a tidy page, where all of them are above `before` and each above the one
/// before it; 0 otherwise.
std::uint64_t last_key(const Page& page, bool leaf, std::uint64_t before);

/// The columns of a record into `fact`; false when it is none of a fact.
bool columns(const unsigned char* record, std::size_t size, study::StoredFact& fact);

/// The log's checksum, continued over `size` bytes.
struct WalSum {
  std::uint32_t a = 0, b = 0;
  void add(const unsigned char* bytes, std::size_t size, bool big_endian);
  friend bool operator==(const WalSum&, const WalSum&) = default;
};

}  // namespace sherpa::runtime::sqlite_format
