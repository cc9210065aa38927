#include "runtime/store/salvage.hpp"

#include "core/study/wire.hpp"
#include "runtime/store/sqlite_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace sherpa::runtime {
namespace {

using study::Entry;
using study::Fact;
using study::Group;
using study::Seq;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fact = study::fact;
namespace fs = std::filesystem;

using Mode = SqliteStore::Mode;
using Files = std::map<std::string, std::string>;

constexpr Seq largest_group = 4;
constexpr std::size_t page_size = RawStore::page_size;
constexpr std::size_t wal_head = 32;
constexpr std::size_t frame_size = 24 + page_size;

std::string marker(Seq seq) {
  auto digits = std::to_string(seq);
  return "<fact " + std::string(5 - digits.size(), '0') + digits + ">";
}

/// Facts that can be distinguished, and found in a file, by their texts; every 40th is larger than
/// a page.
Fact fact_at(Seq seq) {
  if (seq == 1)
    return fact::StudyCreated{
        .uuid = marker(1), .format = 1, .name = "study", .parameters = "[]", .algorithm = "{}"};
  if (seq % 40 == 0) return fact::CheckpointPublished{seq, 1, marker(seq) + std::string(9000, 'x')};
  if (seq % 3 == 0)
    return fact::Observation{seq, 1, 1, 1.0 / static_cast<double>(seq), {{marker(seq), 0.5}}, 0};
  return fact::StopRequested{seq, 1, study::StopBy::person, marker(seq) + " because"};
}

/// Group sizes go around 1, 2, 3, 4; ends exactly at a group's end at or behind `until`.
std::vector<Group> groups(Seq from, Seq until) {
  std::vector<Group> all;
  for (Seq size = 1; from <= until; size = size % largest_group + 1) {
    auto entries = std::make_shared<std::vector<Entry>>();
    for (Seq i = 0; i < size; ++i, ++from)
      entries->push_back({from, 1'700'000'000'000'000, fact_at(from)});
    all.push_back(std::move(entries));
  }
  return all;
}

std::string text(const Entry& entry) {
  return std::to_string(entry.seq) + " " + std::to_string(entry.at) +
         std::string(study::fact_names[entry.fact.index()]) +
         std::visit([](const auto& f) { return study::wire::pack(f); }, entry.fact);
}
std::vector<std::string> texts(const std::vector<Group>& groups) {
  std::vector<std::string> all;
  for (const auto& group : groups)
    for (const auto& entry : *group) all.push_back(text(entry));
  return all;
}

/// What an attempt to open and read a store came to.
struct Outcome {
  std::vector<std::string> facts{};
  std::optional<Error> error{};
  std::optional<SalvageReport> report{};
};

class SalvageTest : public testing::Test {
 protected:
  SalvageTest() {
    // In memory, if possible: thousands of stores are made safe here.
    auto parent =
        ::access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path();
    auto pattern = (parent / "sherpa-test-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    directory_ = root_ / "study";
  }
  ~SalvageTest() override { fs::remove_all(root_); }

  Files read() const {
    Files files;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      std::ifstream file(entry.path(), std::ios::binary);
      files[entry.path().filename()] = {std::istreambuf_iterator<char>(file), {}};
    }
    return files;
  }
  void write(const Files& files) const {
    fs::remove_all(directory_);
    fs::create_directory(directory_);
    for (const auto& [name, bytes] : files)
      std::ofstream(directory_ / name, std::ios::binary) << bytes;
  }

  /// A store of `all`, closed in order.
  Files closed(const std::vector<Group>& all) {
    fs::remove_all(directory_);
    {
      auto store = SqliteStore::open(directory_, Durability::process);
      EXPECT_TRUE(store && (*store)->commit(all));
    }
    return read();
  }
  /// As a kill leaves it: the first half in the database, the rest in the log, commit by commit.
  Files crashed(const std::vector<Group>& all) {
    closed({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2)});
    auto store = SqliteStore::open(directory_, Durability::process);
    for (auto i = all.size() / 2; i < all.size(); ++i)
      EXPECT_TRUE(store && (*store)->commit(std::span(&all[i], 1)));
    return read();
  }

  Outcome open(Mode mode = Mode::create_or_open, const std::vector<Group>& more = {}) const {
    Outcome outcome;
    auto store = SqliteStore::open(directory_, Durability::process, mode);
    if (!store) return {{}, store.error(), {}};
    auto replayed = (*store)->replay([&](Entry&& entry) -> Result<void> {
      outcome.facts.push_back(text(entry));
      return {};
    });
    if (replayed && !more.empty()) replayed = (*store)->commit(more);
    if (!replayed) outcome.error = replayed.error();
    outcome.report = (*store)->salvaged();
    return outcome;
  }

  /// Everything that holds for every damage, or an account of what does not. `refusable`: fact 1
  /// may be what was hit.
  std::string check(const Files& damaged, const std::vector<Group>& all, bool refusable, bool torn,
                    Outcome& outcome) {
    const auto whole = texts(all);
    write(damaged);
    outcome = open();
    if (outcome.error) {
      if (outcome.error->code != Errc::damaged) return "refused: " + outcome.error->message;
      if (!refusable) return "fact 1 was thought unreadable";
      return read() == damaged ? "" : "it was refused and yet changed";
    }
    const auto& facts = outcome.facts;
    if (facts.size() > whole.size() || !std::equal(facts.begin(), facts.end(), whole.begin()))
      return "no prefix";
    std::size_t end = 0;
    for (const auto& group : all)
      if (end < facts.size()) end += group->size();
    if (end != facts.size()) return "a part of a group";
    if (facts.size() < whole.size() && !torn &&
        (!outcome.report || outcome.report->first_missing == 0))
      return "not reported";
    if (outcome.report) {
      const auto& report = *outcome.report;
      if (report.kept != facts.size()) return "wrong count";
      if (report.first_missing != (facts.size() < whole.size() ? facts.size() + 1 : 0))
        return "wrong number of the first that is missing";
      auto there = read();
      auto kept = report.damaged.filename().string();
      if (!kept.starts_with("study.db.damaged-") || there[kept] != damaged.at("study.db"))
        return "the damaged file is not kept";
      if (auto log = damaged.find("study.db-wal");
          log != damaged.end() && there[kept + "-wal"] != log->second)
        return "its log is not kept";
    }
    // It is used further as a sound store.
    auto more = groups(facts.size() + 1, facts.size() + 60);
    auto extended = open(Mode::create_or_open, more);
    if (extended.error || extended.report || extended.facts != facts)
      return "it does not stay as it was salvaged";
    auto expected = facts;
    for (auto& added : texts(more)) expected.push_back(std::move(added));
    auto again = open();
    if (again.error || again.report || again.facts != expected)
      return "it does not keep what is added";
    return "";
  }

  static std::size_t stride(std::size_t size, std::size_t trials) {
    const char* all = std::getenv("SHERPA_TESTS");
    return all && std::string_view(all) == "all" ? 1 : std::max<std::size_t>(1, size / trials) | 1;
  }

  fs::path root_, directory_;
};

/// Where each fact's text begins, in ascending order of place.
std::map<std::size_t, Seq> places(const std::string& bytes, Seq count) {
  std::map<std::size_t, Seq> all;
  for (Seq seq = 1; seq <= count; ++seq)
    for (auto at = bytes.find(marker(seq)); at != std::string::npos;
         at = bytes.find(marker(seq), at + 1))
      all[at] = seq;
  return all;
}

/// One damaged byte costs no more than the fact it is part of, and what comes behind: the least
/// number of facts that must be kept.
Seq least_kept(const std::map<std::size_t, Seq>& places, std::size_t offset, Seq whole) {
  auto page = offset / page_size;
  auto after = places.upper_bound(offset);
  Seq hit = 0;
  if (after != places.end() && after->first / page_size == page) hit = after->second;
  // Facts stand on a page from its end to its beginning.
  if (after != places.begin() && std::prev(after)->first / page_size == page)
    hit = hit == 0 ? std::prev(after)->second : std::min(hit, std::prev(after)->second);
  if (hit == 0)
    return whole >= 40 ? 39 - largest_group
                       : whole;  // the overflow of the first large fact, or a page without facts
  return hit > largest_group ? hit - largest_group : 0;
}

unsigned char flip(std::size_t offset) {
  constexpr std::array<unsigned char, 5> masks{0xff, 0x01, 0x80, 0x10, 0x08};
  return masks[(offset * 2654435761u >> 7) % masks.size()];
}

TEST_F(SalvageTest, SurvivesAnyDamagedByteOfTheDatabase) {
  const auto all = groups(1, 300);
  const auto files = closed(all);
  const auto& bytes = files.at("study.db");
  const auto whole = texts(all).size();
  const auto where = places(bytes, whole);
  const auto first = bytes.find(marker(1));
  ASSERT_EQ(where.size(), whole);
  ASSERT_GT(bytes.size(), 15 * page_size);
  std::size_t failures = 0, salvaged = 0, refused = 0;
  for (std::size_t offset = 0; offset < bytes.size() && failures < 10;
       offset += stride(bytes.size(), 600)) {
    auto damaged = files;
    damaged["study.db"][offset] = static_cast<char>(damaged["study.db"][offset] ^ flip(offset));
    Outcome outcome;
    auto wrong =
        check(damaged, all, offset + 60 > first && offset < (first / page_size + 1) * page_size,
              false, outcome);
    if (wrong.empty() && !outcome.error && outcome.facts.size() < least_kept(where, offset, whole))
      wrong = "only " + std::to_string(outcome.facts.size()) + " facts";
    if (!wrong.empty()) {
      ++failures;
      ADD_FAILURE() << "byte " << offset % page_size << " of page " << offset / page_size + 1
                    << " ^ " << int{flip(offset)} << ": " << wrong
                    << (outcome.report ? "; " + outcome.report->message() : "");
    }
    salvaged += outcome.report ? 1 : 0;
    refused += outcome.error ? 1 : 0;
  }
  EXPECT_GT(salvaged, 50u);
  EXPECT_LT(refused, 120u);
}

TEST_F(SalvageTest, SurvivesADatabaseCutOffAnywhere) {
  const auto all = groups(1, 300);
  const auto files = closed(all);
  const auto& bytes = files.at("study.db");
  const auto first = bytes.find(marker(1));
  std::size_t failures = 0;
  for (std::size_t size = 1; size < bytes.size() && failures < 10;
       size += stride(bytes.size(), 200)) {
    auto damaged = files;
    damaged["study.db"].resize(size);
    Outcome outcome;
    auto wrong = check(damaged, all, size < (first / page_size + 1) * page_size, false, outcome);
    if (!wrong.empty()) {
      ++failures;
      ADD_FAILURE() << size << " of " << bytes.size() << " bytes: " << wrong
                    << (outcome.report ? "; " + outcome.report->message() : "");
    }
  }
}

TEST_F(SalvageTest, SurvivesAnyDamagedByteOfTheLog) {
  const auto all = groups(1, 120);
  const auto files = crashed(all);
  const auto& log = files.at("study.db-wal");
  const auto whole = texts(all).size();
  ASSERT_EQ((log.size() - wal_head) % frame_size, 0u);
  const auto last_frame = log.size() - frame_size;
  std::size_t failures = 0, salvaged = 0;
  for (std::size_t offset = 0; offset < log.size() && failures < 10;
       offset += stride(log.size(), 400)) {
    auto damaged = files;
    damaged["study.db-wal"][offset] =
        static_cast<char>(damaged["study.db-wal"][offset] ^ flip(offset));
    Outcome outcome;
    // A last frame that does not fit its checksum is what an unfinished commit looks like.
    auto wrong = check(damaged, all, false, offset >= last_frame, outcome);
    if (wrong.empty() && outcome.facts.size() + 30 * largest_group < whole)
      wrong = "only " + std::to_string(outcome.facts.size()) + " facts";
    if (wrong.empty() && offset < last_frame && !outcome.report) wrong = "nothing was noticed";
    if (!wrong.empty()) {
      ++failures;
      auto in = offset < wal_head ? offset : (offset - wal_head) % frame_size;
      ADD_FAILURE() << "byte " << in << " of frame "
                    << (offset < wal_head ? 0 : (offset - wal_head) / frame_size + 1) << ": "
                    << wrong << (outcome.report ? "; " + outcome.report->message() : "");
    }
    salvaged += outcome.report ? 1 : 0;
  }
  EXPECT_GT(salvaged, 50u);
}

TEST_F(SalvageTest, ReportsNoTornTail) {
  const auto all = groups(1, 120);
  const auto files = crashed(all);
  const auto& log = files.at("study.db-wal");
  std::size_t failures = 0, before = 0;
  for (std::size_t size = 0; size <= log.size() && failures < 10; size += stride(log.size(), 150)) {
    for (bool garbage :
         {false, true}) {  // or the file has its length already, and the bytes are not there yet
      auto damaged = files;
      damaged["study.db-wal"].resize(size);
      if (garbage) damaged["study.db-wal"].resize(log.size());
      Outcome outcome;
      auto wrong = check(damaged, all, false, true, outcome);
      if (wrong.empty() && outcome.report) wrong = "reported";
      if (wrong.empty() && outcome.facts.size() < before) wrong = "a longer log with fewer facts";
      before = outcome.facts.size();
      if (wrong.empty()) continue;
      ++failures;
      ADD_FAILURE() << size << " of " << log.size() << " bytes: " << wrong
                    << (outcome.report ? "; " + outcome.report->message() : "");
    }
  }
}

TEST_F(SalvageTest, ReadsDamageWithoutChangingAnything) {
  const auto all = groups(1, 200);
  for (bool in_log : {false, true}) {
    auto files = in_log ? crashed(all) : closed(all);
    auto& bytes = files[in_log ? "study.db-wal" : "study.db"];
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0xff);
    write(files);
    auto outcome = open(Mode::read_only);
    EXPECT_EQ(read(), files);
    ASSERT_FALSE(outcome.error) << outcome.error->message;
    ASSERT_TRUE(outcome.report);
    EXPECT_EQ(outcome.report->kept, outcome.facts.size());
    EXPECT_EQ(outcome.report->damaged, directory_ / "study.db");
    auto written = open();
    EXPECT_EQ(written.facts, outcome.facts);
    EXPECT_EQ(written.report->first_missing, outcome.report->first_missing);
  }
}

TEST_F(SalvageTest, SaysWhatIsMissingInOneLine) {
  auto files = closed(groups(1, 200));
  auto& bytes = files["study.db"];
  auto at = bytes.find(marker(150));
  bytes[at] = 'X';
  write(files);
  auto outcome = open();
  ASSERT_TRUE(outcome.report);
  EXPECT_THAT(outcome.report->kept,
              testing::AllOf(testing::Ge(150 - largest_group), testing::Lt(150u)));
  auto message = outcome.report->message();
  EXPECT_THAT(message, HasSubstr("facts 1 to " + std::to_string(outcome.report->kept) + " "));
  EXPECT_THAT(message, HasSubstr("fact " + std::to_string(outcome.report->kept + 1) +
                                 " is the first that is missing"));
  EXPECT_THAT(message, HasSubstr(outcome.report->damaged.string()));
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST_F(SalvageTest, RefusesAStoreWithoutItsFirstFactAndLeavesItAlone) {
  auto files = closed(groups(1, 200));
  auto& bytes = files["study.db"];
  bytes[bytes.find(marker(1)) + 3] = 'X';
  write(files);
  for (auto mode : {Mode::create_or_open, Mode::read_only}) {
    auto outcome = open(mode);
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, Errc::damaged);
    EXPECT_THAT(outcome.error->message,
                HasSubstr((directory_ / "study.db").string() +
                          " is damaged and not even its first fact can be read"));
    EXPECT_EQ(read(), files);
  }
}

TEST_F(SalvageTest, RefusesALogWithoutItsDatabase) {
  auto files = crashed(groups(1, 200));
  for (std::string db : {std::string(), files["study.db"].substr(0, 100)}) {
    files["study.db"] = db;
    write(files);
    auto outcome = open();
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, Errc::damaged);
    EXPECT_EQ(read(), files);
  }
}

TEST_F(SalvageTest, RefusesAnEmptyDatabase) {
  const Files files{{"study.db", ""}};
  write(files);
  for (auto mode : {Mode::create_or_open, Mode::read_only}) {
    auto outcome = open(mode);
    ASSERT_TRUE(outcome.error);
    EXPECT_THAT(outcome.error->message, HasSubstr("empty"));
    EXPECT_EQ(read(), files);
  }
}

TEST_F(SalvageTest, FindsTheFactsOfADatabaseWithoutAFirstPage) {
  const auto all = groups(1, 200);
  auto files = closed(all);
  std::fill_n(files["study.db"].begin(), page_size, '\0');
  Outcome outcome;
  EXPECT_EQ(check(files, all, false, false, outcome), "");
  EXPECT_EQ(outcome.facts, texts(all));
  ASSERT_TRUE(outcome.report);
  EXPECT_THAT(outcome.report->message(), HasSubstr("none is missing"));
}

TEST_F(SalvageTest, KeepsWhatIsBeforeAPageThatIsGone) {
  const auto all = groups(1, 300);
  const auto files = closed(all);
  const auto where = places(files.at("study.db"), texts(all).size());
  for (std::size_t page = 2; page < files.at("study.db").size() / page_size; ++page) {
    auto damaged = files;
    std::fill_n(damaged["study.db"].begin() + static_cast<std::ptrdiff_t>(page * page_size),
                page_size, '\0');
    Outcome outcome;
    auto wrong = check(damaged, all, page * page_size <= damaged["study.db"].find(marker(2)), false,
                       outcome);
    // That there is nothing behind the last fact it can read, it cannot know when a page is gone.
    if (wrong != "wrong number of the first that is missing" ||
        outcome.facts.size() < texts(all).size()) {
      EXPECT_EQ(wrong, "") << "page " << page + 1;
    }
  }
}

TEST_F(SalvageTest, TakesAChangedHeaderForDamageWhereFactOneTellsOtherwise) {
  const auto all = groups(1, 100);
  const auto files = closed(all);
  for (std::size_t offset : {60u, 61u, 62u, 63u, 68u, 69u, 70u, 71u}) {
    auto damaged = files;
    damaged["study.db"][offset] = static_cast<char>(damaged["study.db"][offset] ^ 7);
    Outcome outcome;
    EXPECT_EQ(check(damaged, all, false, false, outcome), "") << offset;
    EXPECT_EQ(outcome.facts, texts(all));
  }
}

TEST_F(SalvageTest, DropsAGroupThatIsNotWhole) {
  const auto all = groups(1, 100);
  const auto files = closed(all);
  const auto whole = texts(all).size();
  study::StoredFact fact;
  study::encode(Entry{whole + 1, 5, fact_at(whole + 1)}, false, fact);
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((directory_ / "study.db").c_str(), &db), SQLITE_OK);
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(db, "INSERT INTO fact VALUES(?,5,?,?,?,?,?,?,?)", -1, &insert, nullptr);
  sqlite3_bind_int64(insert, 1, static_cast<sqlite3_int64>(fact.seq));
  sqlite3_bind_int(insert, 2, static_cast<int>(fact.kind));
  sqlite3_bind_int64(insert, 3, *fact.trial);
  sqlite3_bind_int64(insert, 4, *fact.attempt);
  if (fact.iteration) sqlite3_bind_int64(insert, 5, *fact.iteration);
  if (fact.objective) sqlite3_bind_double(insert, 6, *fact.objective);
  sqlite3_bind_blob(insert, 7, fact.body.data(), static_cast<int>(fact.body.size()), SQLITE_STATIC);
  sqlite3_bind_int64(insert, 8, static_cast<sqlite3_int64>(fact.mark));
  EXPECT_EQ(sqlite3_step(insert), SQLITE_DONE);
  sqlite3_finalize(insert);
  sqlite3_close(db);
  auto outcome = open();
  ASSERT_FALSE(outcome.error);
  EXPECT_EQ(outcome.facts, texts(all));
  ASSERT_TRUE(outcome.report);
  EXPECT_EQ(outcome.report->first_missing, whole + 1);
}

TEST_F(SalvageTest, FinishesWhatAnEarlierOneBegan) {
  const auto all = groups(1, 100);
  auto salvaged = closed(all);
  auto files = crashed(groups(1, 200));
  files["study.db"][5000] = 'X';
  files["study.db.damaged-20200101T000000Z"] = files["study.db"];
  files["study.db.salvaged"] = salvaged["study.db"];
  write(files);
  auto read_only = open(Mode::read_only);
  EXPECT_EQ(read_only.facts, texts(all));
  EXPECT_TRUE(read_only.report);
  EXPECT_EQ(read(), files);
  auto outcome = open();
  EXPECT_EQ(outcome.facts, texts(all));
  ASSERT_TRUE(outcome.report);
  EXPECT_EQ(outcome.report->first_missing, texts(all).size() + 1);
  EXPECT_EQ(outcome.report->damaged, directory_ / "study.db.damaged-20200101T000000Z");
  EXPECT_FALSE(open().report);
  EXPECT_FALSE(read().contains("study.db.salvaged"));
}

TEST_F(SalvageTest, KeepsTheFilesOfEveryDamage) {
  closed(groups(1, 100));
  for (std::size_t round = 1; round <= 3; ++round) {
    auto files = read();
    files["study.db"][30] = static_cast<char>(files["study.db"][30] ^ 0x40);
    write(files);
    EXPECT_TRUE(open().report);
    EXPECT_EQ(read().size(), round + 1);
  }
}

TEST_F(SalvageTest, TakesNoLargeSoundStoreForASuspect) {
  // Otherwise opening would have SQLite check all of it.
  auto empty = closed({})["study.db"].substr(0, page_size);
  for (Seq from = 1; from < 40'000;) {
    auto facts = groups(from, from + 3'000);
    {
      auto store = SqliteStore::open(directory_, Durability::process);
      ASSERT_TRUE(store && (*store)->commit(facts));
    }
    from = facts.back()->back().seq + 1;
    auto raw = RawStore::open(directory_ / "study.db");
    ASSERT_TRUE(raw);
    EXPECT_EQ(raw->health(empty), RawStore::Health::sound) << from;
    raw->search();
    EXPECT_EQ(raw->kept(), from - 1);
    EXPECT_FALSE(raw->lost());
  }
}

TEST_F(SalvageTest, SurvivesNonsense) {
  // Random bytes over a sound store: whatever comes of it, a prefix or a refusal, it is no crash.
  const auto all = groups(1, 120);
  const auto files = crashed(all);
  const auto whole = texts(all);
  std::uint64_t state = 1;
  auto random = [&](std::size_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>((state >> 33) % below);
  };
  for (int round = 0; round < 300; ++round) {
    auto damaged = files;
    for (auto& [name, bytes] : damaged)
      for (auto n = random(40); n > 0; --n)
        bytes[random(bytes.size())] = static_cast<char>(random(256));
    write(damaged);
    auto outcome = open();
    if (outcome.error) continue;
    ASSERT_LE(outcome.facts.size(), whole.size());
    EXPECT_TRUE(std::equal(outcome.facts.begin(), outcome.facts.end(), whole.begin()));
  }
}

}  // namespace
}  // namespace sherpa::runtime
