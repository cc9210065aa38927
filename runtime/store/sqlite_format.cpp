#include "runtime/store/sqlite_format.hpp"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace sherpa::runtime::sqlite_format {

using study::StoredFact;

namespace {

/// Moves `at` behind the varint; false when it does not end before `end`, or is longer than it need
/// be: then it begins elsewhere.
bool varint(const unsigned char* bytes, std::size_t end, std::size_t& at, std::uint64_t& x) {
  x = 0;
  if (at < end && bytes[at] == 0x80) return false;
  for (int i = 0; i < 9 && at < end; ++i) {
    auto byte = bytes[at++];
    x = i == 8 ? x << 8 | byte : x << 7 | (byte & 0x7f);
    if (byte < 0x80 || i == 8) return true;
  }
  return false;
}

}  // namespace

std::optional<Cell> cell_at(const Page& page, std::size_t at) {
  constexpr std::size_t most = page_size - 35, least = (page_size - 12) * 32 / 255 - 23;
  Cell cell;
  cell.start = at;
  if (!varint(page.data(), page.size(), cell.start, cell.payload) ||
      !varint(page.data(), page.size(), cell.start, cell.seq))
    return {};
  cell.local = static_cast<std::size_t>(cell.payload);
  if (cell.payload > most) {
    cell.local = least + static_cast<std::size_t>((cell.payload - least) % (page_size - 4));
    if (cell.local > most) cell.local = least;
  }
  cell.end = cell.start + cell.local + (cell.payload > most ? 4 : 0);
  if (cell.end > page.size()) return {};
  return cell;
}

std::size_t end_of_cell(const Page& page, std::size_t at, bool leaf) {
  if (leaf) {
    auto cell = cell_at(page, at);
    return cell ? cell->end : 0;
  }
  std::uint64_t key = 0;
  at += 4;
  return varint(page.data(), page.size(), at, key) ? at : 0;
}

bool tidy(const Page& page, bool leaf) {
  auto cells = be16(&page[3]);
  auto head = leaf ? leaf_head : interior_head;
  if (head + 2 * cells > page.size()) return false;
  std::vector<std::pair<std::size_t, std::size_t>> used;
  for (std::size_t i = 0; i < cells; ++i) {
    std::size_t at = be16(&page[head + 2 * i]);
    used.emplace_back(at, end_of_cell(page, at, leaf));
  }
  for (std::size_t at = be16(&page[1]), last = 0; at != 0; at = be16(&page[at])) {
    if (at <= last || at > page.size() - 4) return false;
    used.emplace_back(at, at + be16(&page[at + 2]));
    last = at;
  }
  std::sort(used.begin(), used.end());
  std::size_t start = used.empty() ? page.size() : used.front().first, end = start, fragments = 0;
  for (auto [from, to] : used) {
    if (from < end || to <= from) return false;
    fragments += from - end;
    end = to;
  }
  return start >= head + 2 * cells && end <= page.size() && start == be16(&page[5]) &&
         fragments + (page.size() - end) == page[7];
}

std::uint64_t last_key(const Page& page, bool leaf, std::uint64_t before) {
  for (std::size_t i = 0, cells = be16(&page[3]); i < cells; ++i) {
    std::size_t at = be16(&page[(leaf ? leaf_head : interior_head) + 2 * i]) + (leaf ? 0 : 4);
    std::uint64_t key = 0;
    if (leaf) varint(page.data(), page.size(), at, key);  // the length comes first
    if (!varint(page.data(), page.size(), at, key) || key <= before) return 0;
    before = key;
  }
  return before;
}

bool columns(const unsigned char* record, std::size_t size, StoredFact& fact) {
  std::size_t at = 0;
  std::uint64_t head = 0;
  if (!varint(record, size, at, head) || head > size) return false;
  auto data = static_cast<std::size_t>(head);
  for (int column = 0; column < 9; ++column) {
    std::uint64_t type = 0;
    if (!varint(record, static_cast<std::size_t>(head), at, type) || type == 10 || type == 11 ||
        type > 2 * size + 13)
      return false;
    constexpr std::array<std::uint8_t, 10> sizes{0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    auto length = type < 10 ? sizes[static_cast<std::size_t>(type)]
                            : static_cast<std::size_t>((type - 12) / 2);
    if (length > size - data) return false;
    std::uint64_t bits = type == 9 ? 1 : 0;
    if (type < 8) {
      if (length > 0 && type != 7 && (record[data] & 0x80)) bits = ~std::uint64_t{0};
      for (std::size_t i = 0; i < length; ++i) bits = bits << 8 | record[data + i];
    }
    auto integer = static_cast<std::int64_t>(bits);
    auto some = type == 0 ? std::optional<std::int64_t>() : integer;
    if (type >= 12 ? column != 7 : (type == 7 && column != 6)) return false;
    switch (column) {
      case 1: fact.at = integer; break;
      case 2: fact.kind = static_cast<std::uint32_t>(integer); break;
      case 3: fact.trial = some; break;
      case 4: fact.attempt = some; break;
      case 5: fact.iteration = some; break;
      case 6:
        fact.objective.reset();
        if (some)
          fact.objective = type == 7 ? std::bit_cast<double>(bits) : static_cast<double>(integer);
        break;
      case 7:
        fact.body.assign(reinterpret_cast<const char*>(record + data), type >= 12 ? length : 0);
        break;
      case 8: fact.mark = bits; break;
      default: break;  // the number is the cell's key
    }
    data += length;
  }
  return at == head && data == size;
}

void WalSum::add(const unsigned char* bytes, std::size_t size, bool big_endian) {
  auto word = [&](std::size_t i) {
    auto x = be32(bytes + i);
    return big_endian ? x : x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24;
  };
  for (std::size_t i = 0; i < size; i += 8) {
    a += word(i) + b;
    b += word(i + 4) + a;
  }
}

}  // namespace sherpa::runtime::sqlite_format
