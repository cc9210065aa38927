#include "algorithms/stopping/curve.hpp"

#include "core/study/ledger.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

namespace sherpa::algorithms {
namespace {

namespace fact = study::fact;

/// A study of one trial, whose attempts report.
class CurveTest : public testing::Test {
 protected:
  CurveTest() {
    ledger_->begin(true, 1);
    const fact::TrialIssued issued{1, {}, {}};
    ledger_->issue(issued);
    pass(issued);
  }
  void attempt() {
    ledger_->start_attempt(1);
    ++attempt_;
  }
  void observe(std::int64_t iteration, double objective) {
    const fact::Observation seen{1, attempt_, iteration, objective, {}, 0};
    const auto withdrawn_from = ledger_->observe(seen);
    pass(seen, withdrawn_from);
  }
  std::vector<std::pair<std::int64_t, double>> curve() const {
    std::vector<std::pair<std::int64_t, double>> out;
    for (const auto& point : surviving_curve(1, view_))
      out.emplace_back(point.iteration, point.objective);
    return out;
  }

 private:
  void pass(study::Fact fact, std::int64_t withdrawn_from = study::nothing_withdrawn) {
    view_.pass({++seq_, 0, std::move(fact), withdrawn_from});
  }
  std::shared_ptr<study::Ledger> ledger_ = std::make_shared<study::Ledger>();
  study::View view_{ledger_};
  study::Seq seq_ = 0;
  AttemptId attempt_ = 0;
};

using Points = std::vector<std::pair<std::int64_t, double>>;

TEST_F(CurveTest, IsInOrderOfIterations) {
  attempt();
  observe(3, 0.3);
  observe(1, 0.1);
  observe(2, 0.2);
  EXPECT_EQ(curve(), (Points{{1, 0.1}, {2, 0.2}, {3, 0.3}}));
}

TEST_F(CurveTest, LeavesOutWhatALaterAttemptWithdrew) {
  attempt();
  for (int i = 1; i <= 4; ++i) observe(i, i);
  attempt();
  observe(3, 30);
  EXPECT_EQ(curve(), (Points{{1, 1}, {2, 2}, {3, 30}}));
}

TEST_F(CurveTest, IsEmptyBeforeTheFirstObservation) { EXPECT_EQ(curve(), Points{}); }

}  // namespace
}  // namespace sherpa::algorithms
