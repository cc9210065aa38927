#include "runtime/store/sqlite_format.hpp"

#include "runtime/store/fact_table.hpp"
#include "tests/support/scratch.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace sherpa::runtime {
namespace {

using sqlite_format::Page;
using study::StoredFact;
using testing_support::read_file;
using testing_support::Scratch;

/// Pages as SQLite itself writes them.
class SqliteFormatTest : public testing::Test {
 protected:
  std::vector<Page> pages_of(const std::vector<StoredFact>& facts) {
    auto file = scratch / "study.db";
    make_file(file, [&](sqlite3* db) {
      Statement insert;
      int rc = make_table(db);
      if (rc == SQLITE_OK) rc = prepare(db, insertion(1), insert);
      for (const auto& fact : facts) {
        bind(insert.get(), 0, fact);
        if (rc == SQLITE_OK) rc = step(insert);
      }
      return rc;
    }).or_throw();
    auto bytes = read_file(file);
    std::vector<Page> pages(bytes.size() / sqlite_format::page_size);
    std::memcpy(pages.data(), bytes.data(), pages.size() * sqlite_format::page_size);
    return pages;
  }
  static StoredFact fact(study::Seq seq, std::string body = "body") {
    StoredFact fact;
    fact.seq = seq;
    fact.at = 1'700'000'000'000'000;
    fact.kind = 3;
    fact.trial = 1;
    fact.body = std::move(body);
    fact.mark = study::checksum_of(fact);
    return fact;
  }
  /// The fact in a leaf's cell, where it is whole on the page.
  static std::optional<StoredFact> fact_in(const Page& page, std::size_t cell) {
    auto at = sqlite_format::be16(&page[sqlite_format::leaf_head + 2 * cell]);
    auto found = sqlite_format::cell_at(page, at);
    StoredFact fact;
    if (!found || !sqlite_format::columns(&page[found->start], found->local, fact)) return {};
    fact.seq = found->seq;
    return fact;
  }

  Scratch scratch;
};

TEST_F(SqliteFormatTest, ReadsEveryTypeThatSqliteStores) {
  std::vector<StoredFact> facts;
  for (std::int64_t x : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{127},
                         std::int64_t{-129}, std::int64_t{1} << 20, -(std::int64_t{1} << 30),
                         std::int64_t{1} << 45, std::numeric_limits<std::int64_t>::min()}) {
    facts.push_back(fact(facts.size() + 1));
    facts.back().iteration = x;
    facts.back().at = x;
  }
  for (double x : {0.0, 1.0, 0.1, -1e300, std::numeric_limits<double>::infinity()}) {
    facts.push_back(fact(facts.size() + 1));
    facts.back().objective = x;
    facts.back().mark = std::numeric_limits<std::uint64_t>::max();
  }
  auto pages = pages_of(facts);
  ASSERT_EQ(pages.size(), 2u);
  for (std::size_t i = 0; i < facts.size(); ++i) {
    auto read = fact_in(pages[1], i);
    ASSERT_TRUE(read) << i;
    EXPECT_EQ(read->seq, facts[i].seq);
    EXPECT_EQ(read->at, facts[i].at);
    EXPECT_EQ(read->kind, facts[i].kind);
    EXPECT_EQ(read->trial, facts[i].trial);
    EXPECT_EQ(read->attempt, std::nullopt);
    EXPECT_EQ(read->iteration, facts[i].iteration);
    EXPECT_EQ(read->objective, facts[i].objective);
    EXPECT_EQ(read->body, facts[i].body);
    EXPECT_EQ(read->mark, facts[i].mark);
  }
}

TEST_F(SqliteFormatTest, KnowsHowMuchOfALongFactIsOnItsPage) {
  for (std::size_t size : {3900u, 4000u, 4050u, 4100u, 5000u, 8100u, 8200u, 20'000u}) {
    auto pages = pages_of({fact(1, std::string(size, 'x'))});
    auto at = sqlite_format::be16(&pages[1][sqlite_format::leaf_head]);
    auto cell = sqlite_format::cell_at(pages[1], at);
    ASSERT_TRUE(cell) << size;
    EXPECT_EQ(cell->end, sqlite_format::page_size) << "the first cell ends the page: " << size;
    EXPECT_EQ(cell->local<cell->payload, pages.size()> 2) << size;
  }
}

TEST_F(SqliteFormatTest, TellsATidyPageFromADamagedOne) {
  std::vector<StoredFact> facts;
  for (study::Seq seq = 1; seq <= 20; ++seq) facts.push_back(fact(seq));
  const auto page = pages_of(facts)[1];
  ASSERT_EQ(page[0], sqlite_format::leaf_page);
  EXPECT_TRUE(sqlite_format::tidy(page, true));
  EXPECT_EQ(sqlite_format::last_key(page, true, 0), 20u);
  EXPECT_EQ(sqlite_format::last_key(page, true, 1), 0u) << "its first number is not above";
  for (std::size_t at = 3; at < sqlite_format::leaf_head + 40; ++at) {
    auto damaged = page;
    damaged[at] ^= 0x10;
    EXPECT_FALSE(sqlite_format::tidy(damaged, true)) << "byte " << at;
  }
}

TEST_F(SqliteFormatTest, FollowsInteriorPages) {
  std::vector<StoredFact> facts;
  for (study::Seq seq = 1; seq <= 500; ++seq) facts.push_back(fact(seq, std::string(100, 'x')));
  const auto root = pages_of(facts)[1];
  ASSERT_EQ(root[0], sqlite_format::interior_page);
  EXPECT_TRUE(sqlite_format::tidy(root, false));
  auto last = sqlite_format::last_key(root, false, 0);
  EXPECT_GT(last, 0u);
  EXPECT_LT(last, 500u) << "the rest is behind its last pointer";
}

TEST(SqliteFormat, RefusesCellsThatDoNotFit) {
  Page page{};
  EXPECT_FALSE(sqlite_format::cell_at(page, page.size()));
  page.fill(0x80);
  EXPECT_FALSE(sqlite_format::cell_at(page, 8)) << "a number that is longer than it need be";
  EXPECT_EQ(sqlite_format::end_of_cell(page, 8, true), 0u);
  EXPECT_EQ(sqlite_format::end_of_cell(page, 8, false), 0u);
}

TEST(SqliteFormat, RefusesRecordsOfOtherTables) {
  auto read = [](const std::string& record) {
    StoredFact fact;
    return sqlite_format::columns(reinterpret_cast<const unsigned char*>(record.data()),
                                  record.size(), fact);
  };
  const std::string nine(9, '\0');
  EXPECT_TRUE(read("\x0a" + nine)) << "nine columns, all NULL";
  EXPECT_FALSE(read(""));
  EXPECT_FALSE(read("\x09" + nine.substr(1))) << "eight";
  EXPECT_FALSE(read("\x0b" + nine + std::string(1, '\0'))) << "ten";
  EXPECT_FALSE(read("\x0a" + nine + "x")) << "something after it";
  EXPECT_FALSE(read("\x0a\x0d" + nine.substr(1))) << "a text where a number belongs";
  EXPECT_FALSE(read("\x0a\x0a" + nine.substr(1))) << "a type that SQLite reserves";
  EXPECT_FALSE(read("\x0a\x01" + nine.substr(1))) << "its number is missing";
}

TEST(SqliteFormat, ChecksumsTheLogInBothByteOrders) {
  const std::array<unsigned char, 8> bytes{0, 0, 0, 1, 0, 0, 0, 2};
  sqlite_format::WalSum big, little, twice;
  big.add(bytes.data(), bytes.size(), true);
  EXPECT_EQ(big, (sqlite_format::WalSum{1, 3}));  // a = 1 + 0; b = 2 + a
  little.add(bytes.data(), bytes.size(), false);
  EXPECT_EQ(little, (sqlite_format::WalSum{1u << 24, (1u << 25) + (1u << 24)}));
  twice.add(bytes.data(), bytes.size(), true);
  twice.add(bytes.data(), bytes.size(), true);
  EXPECT_EQ(twice, (sqlite_format::WalSum{5, 10}));  // a = 1 + 1 + 3; b = 3 + 2 + 5
}

}  // namespace
}  // namespace sherpa::runtime
