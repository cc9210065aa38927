#include "runtime/store/salvage.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sherpa::runtime {

using study::StoredFact;
using namespace sqlite_format;

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

/// Each frame's checksum continues that of the frame before it, and SQLite trusts a log up to the
/// first mismatch. We read on from there, with the checksum as written or as it should be: frames
/// that match again, up to one that commits, were committed, so the mismatch before them is damage.
/// Frames after the last commit are the tail of an unfinished one. Opening empties the log, so that
/// no frame of an earlier one can be taken for one of these.
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
  std::size_t trusted = 0, committed = 0;
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
      if (intact) trusted = committed;
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
  // A log is reused from its start once all of it is in the database; a kill at that moment leaves
  // half of its new head.
  wal_damaged_ = committed > trusted && (head_intact || !log_is_in_database());
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
  // All stores of ours share these bytes; 18 and 19 say whether there is a log. Users
  // can change the rest: with an index, a VACUUM.
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

/// A page that the header counts and another page refers to, but that is missing: the file is cut
/// off.
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

/// Whether a page without a readable fact once had some, as far as its bytes show.
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
  // Sifting is slow; a large file without any fact is another program's.
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
