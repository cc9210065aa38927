#include "runtime/coordinator/retold_facts.hpp"

#include "tests/support/engine_fixture.hpp"

#include <limits>

namespace sherpa::runtime {
namespace {

using study::End;

class RetoldFactsTest : public study::EngineTest {
 protected:
  /// The study that a store of the retold facts holds.
  std::unique_ptr<study::Engine> stored() {
    auto groups = retold_facts(*engine, 17);
    EXPECT_EQ(groups.size(), 1u) << "all or nothing";
    auto again = std::make_unique<study::Engine>(study::Engine::Options{});
    study::Seq seq = 0;
    for (study::Entry entry : *groups.front()) {
      EXPECT_EQ(entry.seq, ++seq);
      EXPECT_EQ(entry.at, 17);
      EXPECT_TRUE(again->follows(entry.fact))
          << entry.seq << ' ' << study::fact_names[entry.fact.index()];
      again->apply(entry);
    }
    return again;
  }
};

TEST_F(RetoldFactsTest, HoldTheSameResultsInTheSameOrder) {
  create();
  join("local", 3);
  observe(2, 1, 1, 0.5);
  observe(1, 1, 1, -std::numeric_limits<double>::infinity());
  observe(2, 1, 2, 0.25);
  end(2, 1, End::completed);
  end(1, 1, End::failed);
  observe(3, 1, 7, 1);
  auto again = stored();
  const auto &before = *engine->ledger(), &after = *again->ledger();
  ASSERT_EQ(after.rows(), before.rows());
  for (study::Ledger::Row row = 0; row < before.rows(); ++row) {
    EXPECT_EQ(after.trial(row), before.trial(row)) << row;
    EXPECT_EQ(after.status(row), before.status(row)) << row;
    EXPECT_EQ(after.iteration(row), before.iteration(row)) << row;
    EXPECT_EQ(after.objective(row), before.objective(row)) << row;
  }
  EXPECT_EQ(after.trials(), before.trials()) << "those without an observation, too";
  EXPECT_EQ(again->study().uuid, engine->study().uuid);
  EXPECT_FALSE(again->ended());
}

TEST_F(RetoldFactsTest, EndWithTheStudy) {
  suggest = [](std::uint64_t k) -> study::Proposal {
    if (k > 1) return Done{};
    return study::Chosen{{{"x", 1.0}}, {}};
  };
  create();
  join("local", 1);
  observe(1, 1, 1, 0.5);
  end(1, 1, End::completed);
  ASSERT_TRUE(engine->ended());
  auto again = stored();
  ASSERT_TRUE(again->ended());
  EXPECT_EQ(again->ended()->why, engine->ended()->why);
}

TEST_F(RetoldFactsTest, OfAnEmptyStudyAreItsCreation) {
  create();
  EXPECT_EQ(stored()->last_seq(), 1u);
}

}  // namespace
}  // namespace sherpa::runtime
