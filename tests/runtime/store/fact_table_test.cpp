#include "runtime/store/fact_table.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace sherpa::runtime {
namespace {

using study::StoredFact;

class FactTableTest : public testing::Test {
 protected:
  FactTableTest() {
    sqlite3* opened = nullptr;
    EXPECT_EQ(sqlite3_open(":memory:", &opened), SQLITE_OK);
    db_.reset(opened);
    EXPECT_EQ(make_table(opened), SQLITE_OK);
  }
  void insert(const std::vector<StoredFact>& facts) {
    Statement statement;
    ASSERT_EQ(prepare(db_.get(), insertion(facts.size()), statement), SQLITE_OK);
    for (std::size_t i = 0; i < facts.size(); ++i)
      bind(statement.get(), static_cast<int>(i), facts[i]);
    ASSERT_EQ(step(statement), SQLITE_OK);
  }
  std::vector<StoredFact> all() {
    Statement statement;
    EXPECT_EQ(
        prepare(db_.get(), std::string("SELECT ") + columns + " FROM fact ORDER BY seq", statement),
        SQLITE_OK);
    std::vector<StoredFact> facts;
    StoredFact fact;
    fact.body = "of the row before";
    for (runtime::Run rows(statement); rows.step() == SQLITE_ROW;) {
      read_row(statement.get(), fact);
      facts.push_back(fact);
    }
    return facts;
  }
  std::string answer(const std::string& sql) {
    std::string text;
    EXPECT_EQ(ask(db_.get(), sql, text), SQLITE_OK);
    return text;
  }

  Connection db_;
};

void expect_same(const StoredFact& a, const StoredFact& b) {
  EXPECT_EQ(a.seq, b.seq);
  EXPECT_EQ(a.at, b.at);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.trial, b.trial);
  EXPECT_EQ(a.attempt, b.attempt);
  EXPECT_EQ(a.iteration, b.iteration);
  EXPECT_EQ(a.objective, b.objective);
  EXPECT_EQ(a.body, b.body);
  EXPECT_EQ(a.mark, b.mark);
}

TEST_F(FactTableTest, GivesRowsBackAsTheyWereBound) {
  std::vector<StoredFact> facts(3);
  facts[0].seq = 1;
  facts[1].seq = 2;
  facts[1].at = std::numeric_limits<std::int64_t>::max();
  facts[1].kind = std::numeric_limits<std::uint32_t>::max();
  facts[1].trial = 0;
  facts[1].attempt = 1;
  facts[1].iteration = std::numeric_limits<std::int64_t>::min();
  facts[1].objective = 5e-324;
  facts[1].body = std::string("a\0b", 3);
  facts[1].mark = std::numeric_limits<std::uint64_t>::max();
  facts[2].seq = 3;
  facts[2].objective = -std::numeric_limits<double>::infinity();
  insert(facts);
  auto back = all();
  ASSERT_EQ(back.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) expect_same(back[i], facts[i]);
}

TEST_F(FactTableTest, TellsZeroFromNothing) {
  StoredFact fact;
  fact.seq = 1;
  fact.trial = 0;
  fact.objective = 0;
  insert({fact});
  EXPECT_EQ(answer("SELECT typeof(trial) || ' ' || typeof(attempt) || ' ' || typeof(objective) "
                   "FROM fact"),
            "integer null real");
  expect_same(all().at(0), fact);
}

TEST_F(FactTableTest, IsMarkedAsOurs) {
  EXPECT_EQ(answer("PRAGMA application_id"), std::to_string(application_id));
  EXPECT_EQ(answer("PRAGMA user_version"), std::to_string(study::format_version));
  EXPECT_EQ(answer("SELECT sql FROM sqlite_schema WHERE name = 'fact'"), table);
}

TEST(FactTable, BeginsWithTheSamePageEachTime) {
  auto page = empty_first_page();
  EXPECT_EQ(page.size(), 4096u);
  EXPECT_TRUE(page.starts_with("SQLite format 3"));
  EXPECT_EQ(page, empty_first_page());
}

TEST(FactTable, KnowsADamagedRowByItsChecksum) {
  StoredFact fact;
  fact.seq = 7;
  fact.trial = 1;
  fact.body = "body";
  fact.mark = study::checksum_of(fact);
  EXPECT_TRUE(whole(fact));
  fact.mark |= study::end_of_group;
  EXPECT_FALSE(whole(fact)) << "the end of a group is part of the checksum";
  fact.mark = study::end_of_group;
  fact.mark |= study::checksum_of(fact);
  EXPECT_TRUE(whole(fact));
  auto changed = fact;
  changed.body = "bodY";
  EXPECT_FALSE(whole(changed));
  changed = fact;
  changed.trial.reset();
  EXPECT_FALSE(whole(changed));
  changed = fact;
  ++changed.seq;
  EXPECT_FALSE(whole(changed)) << "it stands where another one stood";
}

}  // namespace
}  // namespace sherpa::runtime
