#include "core/space/access.hpp"
#include "core/study/ledger.hpp"

#include <sherpa/results.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <sstream>

namespace sherpa::study {
namespace {

class ResultsTest : public testing::Test {
 protected:
  ResultsTest() {
    ledger->begin(true, 1);
    for (TrialId id = 1; id <= 2; ++id) {
      ledger->issue({id, {{"x", static_cast<double>(id)}}, Origin{id, 0, {}}});
      ledger->start_attempt(id);
    }
    observe(1, 1, 3);
    observe(2, 1, 2);
    observe(1, 2, INFINITY);
    ledger->end(ledger->summarise(1, TrialStatus::completed));
  }
  void observe(TrialId trial, std::int64_t iteration, double objective) {
    ledger->observe({trial, 1, iteration, objective, {}, 0});
  }

  std::shared_ptr<Ledger> ledger = std::make_shared<Ledger>();
};

TEST_F(ResultsTest, AViewStaysAsItWas) {
  Results now = internal::Access::results(ledger);
  EXPECT_EQ(now.size(), 4u);
  observe(2, 2, 1);
  EXPECT_EQ(now.size(), 4u);
  EXPECT_EQ(now.best(true)->objective, 2);
  EXPECT_EQ(internal::Access::results(ledger).best(true)->objective, 1);
}

TEST_F(ResultsTest, FindTheRowsOfATrialWithItsSummaryLast) {
  auto rows = internal::Access::results(ledger).of_trial(1);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows.back().status(), TrialStatus::completed);
  EXPECT_EQ(rows.back().iteration(), 2);
  EXPECT_EQ(rows.back().objective(), 3);
  EXPECT_TRUE(internal::Access::results(ledger).of_trial(9).empty());
  ASSERT_EQ(internal::Access::results(ledger).with_status(TrialStatus::completed).size(), 1u);
}

TEST_F(ResultsTest, TheBestIsNeverInfinite) {
  EXPECT_EQ(internal::Access::results(ledger).best(false)->objective, 3);
  EXPECT_FALSE(Results().best(true).has_value());
}

TEST_F(ResultsTest, LeaveOutWhatALaterAttemptReplaced) {
  ledger->start_attempt(2);
  observe(2, 1, 5);
  Results now = internal::Access::results(ledger);
  ASSERT_EQ(now.of_trial(2).size(), 1u);
  EXPECT_EQ(now.of_trial(2).front().objective(), 5);
  EXPECT_EQ(now.size(), 4u);
}

}  // namespace
}  // namespace sherpa::study
