#include "core/study/ledger.hpp"
#include "core/space/access.hpp"

#include <sherpa/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <sstream>
#include <thread>

namespace sherpa::study {
namespace {

using testing::ElementsAre;

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan = std::nan("");

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() { ledger->begin(true, 1); }

  TrialId issue(Configuration configuration = {{"x", 1}}) {
    TrialId id = ledger->trials() + 1;
    ledger->issue({id, std::move(configuration), Origin{id, 0, {}}});
    ledger->start_attempt(id);
    return id;
  }
  std::int64_t observe(TrialId trial, std::int64_t iteration, double objective,
                       Metrics context = {}) {
    return ledger->observe({trial, 1, iteration, objective, std::move(context), 0});
  }
  void end(TrialId trial, TrialStatus status = TrialStatus::completed) {
    ledger->end(ledger->summarise(trial, status));
  }
  std::string csv() const {
    std::ostringstream out;
    internal::Access::results(ledger).write_csv(out);
    return out.str();
  }
  std::vector<double> curve(TrialId trial) const {
    std::vector<double> out;
    for (const auto& row : internal::Access::results(ledger).of_trial(trial))
      out.push_back(row.objective());
    return out;
  }

  std::shared_ptr<Ledger> ledger = std::make_shared<Ledger>();
};

TEST_F(LedgerTest, WritesSherpasTable) {
  auto one = issue({{"lr", 0.1}, {"act", "relu"}});
  observe(one, 1, 3.0, {{"loss", 0.5}});
  auto two = issue({{"lr", 0.2}, {"act", "tanh"}});
  observe(two, 1, 1.0, {{"accuracy", 0.75}, {"loss", 2}});
  observe(one, 2, 2.0);
  end(one);
  end(two, TrialStatus::stopped);
  EXPECT_EQ(csv(),
            "Trial-ID,Status,Iteration,act,lr,Objective,accuracy,loss\n"
            "1,INTERMEDIATE,1,relu,0.1,3.0,,0.5\n"
            "2,INTERMEDIATE,1,tanh,0.2,1.0,0.75,2.0\n"
            "1,INTERMEDIATE,2,relu,0.1,2.0,,\n"
            "1,COMPLETED,2,relu,0.1,2.0,,\n"
            "2,STOPPED,1,tanh,0.2,1.0,0.75,2.0\n");
}

TEST_F(LedgerTest, QuotesWhatCsvWantsQuoted) {
  auto one = issue({{"a,b", "x\"y"}, {"line\nbreak", list(1, 2)}, {"🎲", "é"}});
  observe(one, 0, nan);
  EXPECT_EQ(csv(),
            "Trial-ID,Status,Iteration,\"a,b\",\"line\nbreak\",🎲,Objective\n"
            "1,INTERMEDIATE,0,\"x\"\"y\",\"[1, 2]\",é,NaN\n");
}

TEST_F(LedgerTest, SummarisesTheBestObservationWithTheLastIteration) {
  auto one = issue();
  observe(one, 5, 2.0, {{"loss", 1}});
  observe(one, 2, 1.0, {{"loss", 2}});
  observe(one, 3, 1.0, {{"loss", 3}});
  auto row = ledger->summarise(one, TrialStatus::completed);
  EXPECT_EQ(row.iteration, 5);
  EXPECT_EQ(row.objective, 1.0);
  EXPECT_EQ(row.context.at("loss"), 2);
}

TEST_F(LedgerTest, SummarisesWhatIsNotFiniteToo) {
  auto one = issue();
  observe(one, 1, nan);
  observe(one, 2, nan);
  EXPECT_TRUE(std::isnan(ledger->summarise(one, TrialStatus::completed).objective));
  EXPECT_EQ(ledger->summarise(one, TrialStatus::completed).iteration, 2);
  observe(one, 3, inf);
  EXPECT_EQ(ledger->summarise(one, TrialStatus::completed).objective, inf);
  observe(one, 4, -inf);
  EXPECT_EQ(ledger->summarise(one, TrialStatus::completed).objective, -inf);
  observe(one, 5, 7);
  EXPECT_EQ(ledger->summarise(one, TrialStatus::completed).objective, 7);
  auto two = issue();
  EXPECT_TRUE(std::isnan(ledger->summarise(two, TrialStatus::failed).objective));
}

TEST_F(LedgerTest, KnowsTheEarliestOfEquallyGoodRows) {
  auto one = issue(), two = issue();
  observe(one, 1, nan);
  EXPECT_FALSE(ledger->best());
  observe(one, 2, inf);
  observe(one, 3, -inf);
  EXPECT_FALSE(ledger->best());
  observe(two, 1, 4);
  observe(one, 4, 3);
  observe(two, 2, 3);
  EXPECT_EQ(ledger->best()->trial_id, one);
  EXPECT_EQ(ledger->best()->iteration, 4);
  end(one);
  EXPECT_EQ(ledger->best()->iteration, 4);
}

TEST_F(LedgerTest, WithdrawsWhatALaterAttemptReplaces) {
  auto one = issue(), two = issue();
  for (int i = 1; i <= 5; ++i) observe(one, i, 10 - i);
  observe(two, 1, 5.5);
  EXPECT_EQ(ledger->best()->objective, 5);
  auto before = internal::Access::results(ledger);

  ledger->start_attempt(one);  // from the checkpoint after iteration 3
  EXPECT_EQ(observe(one, 4, 7), 4);
  EXPECT_THAT(curve(one), ElementsAre(9, 8, 7, 7));
  EXPECT_EQ(ledger->best()->objective, 5.5);
  EXPECT_EQ(ledger->best()->trial_id, two);
  EXPECT_EQ(observe(one, 5, 6), nothing_withdrawn);
  EXPECT_EQ(ledger->last_iteration(one), 5);

  ledger->start_attempt(one);  // from nothing
  EXPECT_EQ(observe(one, 0, 11), 0);
  EXPECT_THAT(curve(one), ElementsAre(11));
  EXPECT_EQ(ledger->observations(one), 1u);
  EXPECT_EQ(before.of_trial(one).size(), 5u);  // an earlier view is not changed
  EXPECT_EQ(before.best(true)->objective, 5);
  EXPECT_EQ(internal::Access::results(ledger).size(), 2u);
}

TEST_F(LedgerTest, WithdrawsFromEarlierAttemptsOnlyWhateverTheOrder) {
  auto one = issue();
  for (int i = 1; i <= 6; ++i) observe(one, i, i);
  ledger->start_attempt(one);
  observe(one, 5, 50);
  observe(one, 3, 30);  // withdraws 3 and 4 of the first attempt, not the 5 of its own
  std::map<std::int64_t, double> left;
  for (const auto& row : internal::Access::results(ledger).of_trial(one))
    left[row.iteration()] = row.objective();
  EXPECT_EQ(left, (std::map<std::int64_t, double>{{1, 1}, {2, 2}, {3, 30}, {5, 50}}));
}

/// A row as the oracle keeps it.
struct Row {
  TrialId trial;
  std::int64_t iteration;
  double objective;
  int attempt;
  bool gone = false;
};

/// How many rows are not withdrawn, and the best of them.
std::pair<std::size_t, const Row*> left_and_best(const std::vector<Row>& rows, bool lower) {
  std::size_t left = 0;
  const Row* best = nullptr;
  for (const auto& row : rows) {
    if (row.gone) continue;
    ++left;
    if (std::isfinite(row.objective) &&
        (!best || (lower ? row.objective < best->objective : row.objective > best->objective)))
      best = &row;
  }
  return {left, best};
}

TEST_F(LedgerTest, EqualsAnOracleOnRandomCourses) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Random random(seed);
    ledger = std::make_shared<Ledger>();
    bool lower = random.chance(0.5);
    ledger->begin(lower, 1);
    std::vector<Row> rows;
    std::map<TrialId, int> attempts;
    for (int step = 0; step < 300; ++step) {
      if (ledger->trials() == 0 || random.chance(0.1)) attempts[issue()] = 1;
      TrialId trial = 1 + random.below(ledger->trials());
      if (random.chance(0.1)) {
        ledger->start_attempt(trial);
        ++attempts[trial];
      }
      auto iteration = static_cast<std::int64_t>(
          random.chance(0.05) ? (std::uint64_t{1} << 40) + random.below(5) : random.below(20));
      if (ledger->attempt_reported(trial, iteration)) continue;
      double y = random.chance(0.1)   ? nan
                 : random.chance(0.1) ? -inf
                                      : static_cast<double>(random.below(30));
      for (auto& row : rows)
        if (row.trial == trial && row.attempt < attempts[trial] && row.iteration >= iteration)
          row.gone = true;
      rows.push_back({trial, iteration, y, attempts[trial]});
      observe(trial, iteration, y);

      auto [left, best] = left_and_best(rows, lower);
      ASSERT_EQ(internal::Access::results(ledger).size(), left);
      auto found = ledger->best();
      ASSERT_EQ(found.has_value(), best != nullptr);
      if (best) {
        ASSERT_EQ(found->trial_id, best->trial) << "seed " << seed << " step " << step;
        ASSERT_EQ(found->iteration, best->iteration);
        ASSERT_EQ(internal::Access::results(ledger).best(lower), found);
      }
    }
    // Replayed into another ledger, it is the same.
    auto again = std::make_shared<Ledger>();
    again->begin(lower, 1);
    ledger->retell([&](const Entry& entry) {
      if (auto* issued = std::get_if<fact::TrialIssued>(&entry.fact)) again->issue(*issued);
    });
    EXPECT_EQ(again->trials(), ledger->trials());
  }
}

TEST_F(LedgerTest, RetellsItselfInOrder) {
  auto one = issue({{"x", 1}});
  observe(one, 1, 5, {{"loss", 1}});
  observe(one, 2, 4);
  auto two = issue({{"x", 2}, {"rung", 0}});
  ledger->start_attempt(one);
  observe(one, 2, 3);
  end(two, TrialStatus::failed);
  issue();
  std::vector<std::string> replayed;
  ledger->retell([&](const Entry& entry) {
    std::ostringstream out;
    out << entry.seq << ' ' << fact_names[entry.fact.index()];
    if (auto* seen = std::get_if<fact::Observation>(&entry.fact)) {
      out << ' ' << seen->trial << ' ' << seen->iteration << ' ' << seen->objective;
      if (entry.withdrawn_from != nothing_withdrawn) out << " from " << entry.withdrawn_from;
    }
    if (auto* ended = std::get_if<fact::TrialEnded>(&entry.fact))
      out << ' ' << ended->trial << ' ' << show(ended->status);
    replayed.push_back(out.str());
  });
  EXPECT_THAT(replayed, ElementsAre("1 trial_issued", "2 observation 1 1 5", "3 observation 1 2 4",
                                    "4 trial_issued", "5 observation 1 2 3 from 2",
                                    "6 trial_ended 2 FAILED", "7 trial_issued"));
}

TEST_F(LedgerTest, IsReadOnOtherThreadsWhileItGrows) {
  // Under ThreadSanitizer this shows that a view needs no lock.
  std::atomic<bool> done = false;
  std::mutex mutex;
  auto latest = internal::Access::results(ledger);
  std::thread reader([&] {
    std::size_t last = 0;
    while (!done) {
      Results view;
      {
        std::scoped_lock lock(mutex);
        view = latest;
      }
      std::size_t rows = 0;
      for (const auto& row : view) {
        EXPECT_EQ(row.objective(),
                  static_cast<double>(row.trial_id()) + static_cast<double>(row.iteration()));
        EXPECT_EQ(row.context("c"), row.objective());
        ++rows;
      }
      EXPECT_EQ(rows, view.size());
      EXPECT_GE(rows, last);
      last = rows;
    }
  });
  for (int t = 0; t < 300; ++t) {
    auto trial = issue({{"x", t}});
    for (int i = 0; i < 10; ++i) {
      double y = static_cast<double>(trial) + i;
      observe(trial, i, y, {{"c", y}});
      std::scoped_lock lock(mutex);
      latest = internal::Access::results(ledger);
    }
  }
  done = true;
  reader.join();
}

TEST_F(LedgerTest, TakesAndGivesLargeIterations) {
  auto one = issue();
  constexpr std::int64_t huge = std::int64_t{1} << 60;
  observe(one, huge, 1);
  observe(one, huge - 1, 2);
  EXPECT_EQ(ledger->best()->iteration, huge);
  EXPECT_EQ(ledger->last_iteration(one), huge);
  EXPECT_TRUE(ledger->attempt_reported(one, huge - 1));
}

}  // namespace
}  // namespace sherpa::study
