#include "core/study/journal.hpp"

#include <gtest/gtest.h>

namespace sherpa::study {
namespace {

Group facts(Seq first, Seq last) {
  auto group = std::make_shared<std::vector<Entry>>();
  for (Seq seq = first; seq <= last; ++seq) group->push_back({seq, 0, fact::AlgorithmDone{}});
  return group;
}
std::vector<Effect> ended(TrialId trial) { return {effect::Ended{trial, 1}}; }

TEST(Journal, LetsEffectsOutOnlyAfterTheCommit) {
  Journal journal(true, 0);
  EXPECT_TRUE(journal.append(facts(1, 2), ended(1), 2).empty());
  auto batch = journal.take();
  EXPECT_EQ(batch.last, 2u);
  EXPECT_TRUE(journal.append(facts(3, 3), ended(2), 3).empty());
  EXPECT_TRUE(journal.take().empty());  // one at a time
  EXPECT_EQ(journal.stored(batch, {}).size(), 1u);
  EXPECT_EQ(journal.committed(), 2u);
  EXPECT_EQ(journal.pending(), 1u);
  EXPECT_EQ(journal.stored(journal.take(), {}).size(), 1u);
}

TEST(Journal, HoldsAnEffectWithoutFactsUntilWhatItRestsOnIsCommitted) {
  Journal journal(true, 0);
  journal.append(facts(1, 1), {}, 1);
  EXPECT_TRUE(journal.append(nullptr, ended(1), 1).empty());
  EXPECT_EQ(journal.stored(journal.take(), {}).size(), 1u);
  EXPECT_EQ(journal.append(nullptr, ended(1), 1).size(), 1u);  // already committed
}

TEST(Journal, CommitsWholeGroupsInOrder) {
  Journal journal(true, 0);
  journal.append(facts(1, 3), {}, 3);
  journal.append(facts(4, 4), {}, 4);
  auto batch = journal.take();
  ASSERT_EQ(batch.groups.size(), 2u);
  EXPECT_EQ(batch.groups[0]->size(), 3u);
  EXPECT_EQ(batch.groups[1]->front().seq, 4u);
}

TEST(Journal, LetsNothingOutAfterAFailedCommit) {
  Journal journal(true, 0);
  journal.append(facts(1, 1), ended(1), 1);
  auto batch = journal.take();
  journal.append(facts(2, 2), ended(2), 2);
  EXPECT_TRUE(journal.stored(batch, Error{Errc::store, "disk full"}).empty());
  EXPECT_TRUE(journal.failed());
  EXPECT_TRUE(journal.append(facts(3, 3), ended(3), 3).empty());
  EXPECT_TRUE(journal.take().empty());
}

TEST(Journal, WithoutAStoreEverythingLeavesAtOnce) {
  Journal journal(false, 0);
  EXPECT_EQ(journal.append(facts(1, 1), ended(1), 1).size(), 1u);
  EXPECT_TRUE(journal.take().empty());
  EXPECT_EQ(journal.pending(), 0u);
}

}  // namespace
}  // namespace sherpa::study
