#include "runtime/store/salvage.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>

/// SQLite's file format, https://sqlite.org/fileformat2.html, as far as a table of facts uses it:
/// facts are only ever appended, so there are no free pages, no gaps within pages, and numbers
/// within a page follow one another.
namespace sherpa::runtime {

using study::StoredFact;

namespace {

constexpr unsigned char leaf_page = 0x0d;
constexpr unsigned char interior_page = 0x05;
constexpr std::size_t leaf_head = 8;
constexpr std::size_t interior_head = 12;
constexpr std::uint32_t unused_page =
    (1u << 30) / RawStore::page_size + 1;  // where SQLite's locks are, in a file that large
constexpr std::size_t sqlite_head = 100;
constexpr std::size_t wal_head = 32;
constexpr std::size_t frame_head = 24;
constexpr std::string_view magic{"SQLite format 3\0", 16};

std::uint32_t be16(const unsigned char* p) { return std::uint32_t{p[0]} << 8 | p[1]; }
std::uint32_t be32(const unsigned char* p) { return be16(p) << 16 | be16(p + 2); }

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

/// What stands before the fact in a cell of a leaf.
struct Cell {
  std::uint64_t payload = 0;  ///< its length
  std::uint64_t seq = 0;
  std::size_t start = 0;
  std::size_t local = 0;  ///< how much of it is on this page; the rest is on overflow pages
  std::size_t end = 0;
};

std::optional<Cell> cell_at(const RawStore::Page& page, std::size_t at) {
  constexpr std::size_t most = RawStore::page_size - 35,
                        least = (RawStore::page_size - 12) * 32 / 255 - 23;
  Cell cell;
  cell.start = at;
  if (!varint(page.data(), page.size(), cell.start, cell.payload) ||
      !varint(page.data(), page.size(), cell.start, cell.seq))
    return {};
  cell.local = static_cast<std::size_t>(cell.payload);
  if (cell.payload > most) {
    cell.local =
        least + static_cast<std::size_t>((cell.payload - least) % (RawStore::page_size - 4));
    if (cell.local > most) cell.local = least;
  }
  cell.end = cell.start + cell.local + (cell.payload > most ? 4 : 0);
  if (cell.end > page.size()) return {};
  return cell;
}

/// 0 when there is none.
std::size_t end_of_cell(const RawStore::Page& page, std::size_t at, bool leaf) {
  if (leaf) {
    auto cell = cell_at(page, at);
    return cell ? cell->end : 0;
  }
  std::uint64_t key = 0;
  at += 4;
  return varint(page.data(), page.size(), at, key) ? at : 0;
}

/// Whether cells and free blocks share the page between them as its head says, without overlap:
/// what SQLite relies on when it puts in another cell.
bool tidy(const RawStore::Page& page, bool leaf) {
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

/// The highest number on a tidy page, where all of them are above `before` and each above the one
/// before it; 0 otherwise.
std::uint64_t last_key(const RawStore::Page& page, bool leaf, std::uint64_t before) {
  for (std::size_t i = 0, cells = be16(&page[3]); i < cells; ++i) {
    std::size_t at = be16(&page[(leaf ? leaf_head : interior_head) + 2 * i]) + (leaf ? 0 : 4);
    std::uint64_t key = 0;
    if (leaf) varint(page.data(), page.size(), at, key);  // the length comes first
    if (!varint(page.data(), page.size(), at, key) || key <= before) return 0;
    before = key;
  }
  return before;
}

/// The columns of a record into `fact`; false when it is none of a fact.
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

/// The log's checksum, continued over `size` bytes.
struct WalSum {
  std::uint32_t a = 0, b = 0;
  void add(const unsigned char* bytes, std::size_t size, bool big_endian) {
    auto word = [&](std::size_t i) {
      auto x = be32(bytes + i);
      return big_endian ? x : x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24;
    };
    for (std::size_t i = 0; i < size; i += 8) {
      a += word(i) + b;
      b += word(i + 4) + a;
    }
  }
  friend bool operator==(const WalSum&, const WalSum&) = default;
};

}  // namespace

void RawStore::File::read(std::uint64_t offset, unsigned char* to, std::size_t wanted) const {
  std::size_t done = 0;
  while (done < wanted) {
    auto n = ::pread(fd.get(), to + done, wanted - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  std::memset(to + done, 0, wanted - done);
}

Result<RawStore> RawStore::open(const std::filesystem::path& path) {
  RawStore store;
  auto wal = path;
  wal += "-wal";
  for (auto [name, file] :
       {std::pair(&path, &store.db_), std::pair(&std::as_const(wal), &store.wal_)}) {
    file->fd = base::Descriptor(::open(name->c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file->fd && errno == ENOENT) continue;
    if (!file->fd || ::fstat(file->fd.get(), &status) != 0)
      return Error{Errc::store, "cannot read " + name->string() + ": " + std::strerror(errno)};
    if (!S_ISREG(status.st_mode))
      return Error{Errc::store, name->string() + " is no file; move it away"};
    file->size = static_cast<std::uint64_t>(status.st_size);
  }
  store.read_wal();
  return store;
}

/// Each frame's checksum continues that of the frame before it, and SQLite believes a log up to the
/// first frame where it does not fit. After that one we go on, from the checksum as it is written
/// or as it should be: frames that fit again, up to one that commits, were committed, so what does
/// not fit before them is damage. What comes after the last commit is the tail of an unfinished
/// one. Opening empties the log, so that no frame of an earlier one can be taken for one of these.
void RawStore::read_wal() {
  std::array<unsigned char, wal_head> head{};
  std::array<unsigned char, frame_head> frame{};
  Page content;
  wal_.read(0, head.data(), head.size());
  const WalSum in_head{be32(&head[24]), be32(&head[28])};
  WalSum of_head;
  of_head.add(head.data(), 24, (head[3] & 1) != 0);
  const bool head_intact =
      of_head == in_head && (be32(head.data()) & ~1u) == 0x377f0682 && be32(&head[8]) == page_size;
  const auto count = wal_.size < wal_head ? 0 : (wal_.size - wal_head) / (frame_head + page_size);
  std::size_t believed = 0, committed = 0;
  std::vector<bool> fits;
  auto scan = [&](bool big_endian) {
    frames_.clear();
    fits.clear();
    bool intact = head_intact;
    WalSum written = in_head, right = of_head;
    for (std::uint64_t i = 0; i < count; ++i) {
      auto offset = wal_head + i * (frame_head + page_size);
      wal_.read(offset, frame.data(), frame.size());
      wal_.read(offset + frame_head, content.data(), content.size());
      if (i == 0 && !head_intact)
        std::memcpy(&head[16], &frame[8], 8);  // the head's salt cannot be trusted
      const WalSum here{be32(&frame[16]), be32(&frame[20])};
      for (auto* sum : {&written, &right}) {
        sum->add(frame.data(), 8, big_endian);
        sum->add(content.data(), content.size(), big_endian);
      }
      fits.push_back((written == here || right == here) &&
                     std::memcmp(&frame[8], &head[16], 8) == 0 && be32(frame.data()) != 0);
      right = fits.back() ? here : written;
      written = here;
      intact = intact && fits.back();
      frames_.push_back({true, offset + frame_head, be32(frame.data())});
      if (!fits.back() || be32(&frame[4]) == 0) continue;
      committed = frames_.size();
      page_count_ = be32(&frame[4]);
      if (intact) believed = committed;
    }
  };
  scan((head[3] & 1) != 0);
  if (!head_intact && committed == 0) scan((head[3] & 1) == 0);
  frames_.resize(committed);
  std::unordered_map<std::uint32_t, Image> doubtful;
  for (std::size_t i = 0; i < committed; ++i)
    (fits[i] ? newest_ : doubtful)[frames_[i].number] = frames_[i];
  newest_.insert(doubtful.begin(), doubtful.end());
  if (newest_.empty()) page_count_ = pages();
  // A log is used again from its start once all of it is in the database: killed then, it has half
  // of its new head.
  wal_damaged_ = committed > believed && (head_intact || !log_is_in_database());
}

bool RawStore::log_is_in_database() const {
  Page there, logged;
  return std::all_of(newest_.begin(), newest_.end(), [&](const auto& entry) {
    page(Image{false, (std::uint64_t{entry.first} - 1) * page_size, entry.first}, there);
    page(entry.second, logged);
    return there == logged;
  });
}

void RawStore::page(const Image& image, Page& page) const {
  (image.in_wal ? wal_ : db_).read(image.offset, page.data(), page.size());
}

bool RawStore::page(std::uint32_t number, Page& page) const {
  auto found = newest_.find(number);
  if (found == newest_.end() && (number == 0 || number > pages())) return false;
  this->page(found != newest_.end() ? found->second
                                    : Image{false, (std::uint64_t{number} - 1) * page_size, number},
             page);
  return true;
}

RawStore::Header RawStore::header() const {
  Page first{};
  if ((db_.size < sqlite_head && !newest_.contains(1)) || !page(1, first) ||
      std::memcmp(first.data(), magic.data(), magic.size()) != 0)
    return {};
  return {true, be32(&first[68]), be32(&first[60])};
}

RawStore::Health RawStore::health(std::string_view first_page) const {
  Page first{}, there{};
  if (wal_damaged_ || db_.size < page_size || first_page.size() != page_size || !page(1, there))
    return Health::damaged;
  std::memcpy(first.data(), first_page.data(), first.size());
  auto differs = [&](std::size_t from, std::size_t to) {
    return std::memcmp(&first[from], &there[from], to - from) != 0;
  };
  // What every store of ours has in common; 18 and 19 say whether there is a log. A person can
  // change the rest: an index, a VACUUM.
  if (differs(0, 18) || there[18] > 2 || there[19] > 2 || differs(20, 24) || differs(44, 92))
    return Health::damaged;
  if (differs(32, 44) || differs(100, page_size) || be32(&there[28]) != page_count_)
    return Health::suspicious;
  std::uint32_t number = 2;
  std::uint64_t before = 0;
  for (int depth = 0; depth < 20; ++depth) {  // down the right side
    if (number > page_count_ || !page(number, there)) break;
    bool leaf = there[0] == leaf_page;
    if ((!leaf && there[0] != interior_page) || !tidy(there, leaf)) break;
    if (auto last = last_key(there, leaf, before);
        last > before || (leaf && be16(&there[3]) == 0)) {
      if (leaf) return Health::sound;
      before = last;
    } else {
      break;
    }
    number = be32(&there[8]);
  }
  return Health::suspicious;
}

bool RawStore::read_fact(const Page& page, std::size_t at, StoredFact& fact,
                         std::vector<std::uint32_t>* overflow) const {
  auto cell = cell_at(page, at);
  if (!cell || cell->payload < 10 || cell->payload > db_.size + wal_.size) return false;
  fact.seq = cell->seq;
  if (cell->payload == cell->local) {
    if (!columns(&page[cell->start], cell->local, fact)) return false;
  } else {
    std::string record(reinterpret_cast<const char*>(&page[cell->start]), cell->local);
    auto next = be32(&page[cell->end - 4]);
    for (Page more; record.size() < cell->payload; next = be32(more.data())) {
      if (overflow) overflow->push_back(next);
      if (!this->page(next, more)) return false;
      record.append(reinterpret_cast<const char*>(&more[4]),
                    std::min<std::size_t>(page_size - 4, cell->payload - record.size()));
    }
    if (!columns(reinterpret_cast<const unsigned char*>(record.data()), record.size(), fact))
      return false;
  }
  return (fact.mark & ~study::end_of_group) == study::checksum_of(fact);
}

/// A page that its header says should be there and that another page leads to, but that is not: the
/// file is cut off.
void RawStore::refer_to(std::uint32_t number) {
  if (number > pages() && number <= page_count_ && !newest_.contains(number)) lost_ = true;
}

void RawStore::look_at(const Image& image) {
  Page page;
  this->page(image, page);
  auto cells = be16(&page[3]);
  if (page[0] == interior_page && tidy(page, false)) {
    for (std::size_t i = 0; i < cells; ++i)
      refer_to(be32(&page[be16(&page[interior_head + 2 * i])]));
    return refer_to(be32(&page[8]));
  }
  Doubtful doubtful{image};
  if (page[0] == leaf_page && leaf_head + 2 * cells <= page.size()) {
    StoredFact fact;
    std::uint32_t good = 0;
    for (std::uint32_t i = 0; i < cells; ++i) {
      std::vector<std::uint32_t> overflow;
      auto at = be16(&page[leaf_head + 2 * i]);
      if (read_fact(page, at, fact, &overflow)) {
        places_.push_back({fact.seq, image, static_cast<std::uint16_t>(at),
                           (fact.mark & study::end_of_group) != 0});
        doubtful.highest = fact.seq + (cells - 1 - i);
        ++good;
      }
      for (auto number : overflow) {
        overflow_.insert(number);
        refer_to(number);
      }
    }
    if (good == cells && tidy(page, true)) return;
  }
  doubtful_.push_back(doubtful);
}

/// Its head or its list of cells may be what is damaged, so every place of the page is tried. What
/// is found is counted against two things that the head says, the number of cells and their length:
/// when either agrees, nothing on the page is lost. False when there is no fact on it.
bool RawStore::sift(const Doubtful& doubtful) {
  Page page;
  this->page(doubtful.image, page);
  StoredFact fact;
  std::uint32_t good = 0;
  std::size_t length = 0;
  std::vector<std::uint32_t> overflow;
  for (std::size_t at = leaf_head; at + 10 < page.size(); ++at) {
    overflow.clear();
    if (!read_fact(page, at, fact, &overflow)) continue;
    places_.push_back({fact.seq, doubtful.image, static_cast<std::uint16_t>(at),
                       (fact.mark & study::end_of_group) != 0});
    overflow_.insert(overflow.begin(), overflow.end());
    length += end_of_cell(page, at, true) - at;
    ++good;
  }
  if (good == 0) return false;
  if (good == be16(&page[3]) || length == page_size - be16(&page[5])) return true;
  highest_ = std::max(highest_, doubtful.highest);
  lost_ = lost_ || doubtful.highest == 0;
  return true;
}

/// Whether a page without a fact that can be read once had some, for all that can be told.
bool RawStore::had_facts(const Image& image) const {
  Page page;
  this->page(image, page);
  if (page[0] != leaf_page && overflow_.contains(image.number)) return false;
  return page[0] != interior_page && !tidy(page, false) && image.number != 1 &&
         std::memcmp(page.data(), magic.data(), magic.size()) != 0;
}

void RawStore::search() {
  Page first{};
  if (page(1, first)) page_count_ = be32(&first[28]);
  for (std::uint32_t number = 2; number <= pages(); ++number)
    if (number != unused_page) look_at({false, (std::uint64_t{number} - 1) * page_size, number});
  for (const auto& frame : frames_) look_at(frame);
  // Sifting is slow; a large file without any fact is somebody else's.
  if (!places_.empty() || doubtful_.size() < 1000) {
    std::erase_if(doubtful_, [this](const Doubtful& doubtful) { return sift(doubtful); });
    for (const auto& doubtful : doubtful_) lost_ = lost_ || had_facts(doubtful.image);
  }

  std::stable_sort(places_.begin(), places_.end(),
                   [](const Place& a, const Place& b) { return a.seq < b.seq; });
  auto same = [](const Place& a, const Place& b) { return a.seq == b.seq; };
  places_.erase(std::unique(places_.begin(), places_.end(), same), places_.end());
  for (std::size_t i = 0; i < places_.size() && places_[i].seq == i + 1; ++i)
    if (places_[i].ends_group) kept_ = i + 1;
  if (!places_.empty()) highest_ = std::max(highest_, places_.back().seq);
  lost_ = lost_ || highest_ > kept_;
}

bool RawStore::read(study::Seq seq, StoredFact& fact) {
  const auto& place = places_[static_cast<std::size_t>(seq - 1)];
  if (!(last_read_ == place.image)) page(last_read_ = place.image, last_page_);
  return read_fact(last_page_, place.at, fact, nullptr);
}

}  // namespace sherpa::runtime
