#include "core/study/ends.hpp"

#include <gtest/gtest.h>

namespace sherpa::study {
namespace {

constexpr auto none = std::optional<StopWhy>();

TEST(Ends, AreClassifiedRowByRow) {
  struct Row {
    EndOfRun end;
    EndKind kind;
  };
  const Row rows[] = {
      // said, stop_why, timed out, stop pending, observed
      {{End::completed, none, false, false, true}, EndKind::as_said},
      {{End::completed, none, false, false, false}, EndKind::no_metrics},
      {{End::failed, none, false, false, false}, EndKind::as_said},
      {{End::completed, StopWhy::timeout, false, false, true}, EndKind::timeout},
      {{End::failed, StopWhy::timeout, true, true, true}, EndKind::timeout},
      {{End::failed, none, true, false, true}, EndKind::timeout},
      {{End::completed, none, true, false, true}, EndKind::as_said},
      {{End::completed, none, true, false, false}, EndKind::no_metrics},
      {{End::completed, StopWhy::rule, false, true, true}, EndKind::stopped},
      {{End::completed, StopWhy::rule, false, true, false}, EndKind::stopped},
      {{End::completed, none, false, true, false}, EndKind::as_said},
      {{End::lost, StopWhy::rule, false, true, true}, EndKind::as_said},
      {{End::completed, StopWhy::going, false, true, true}, EndKind::stopped},
      {{End::completed, StopWhy::going, false, false, true}, EndKind::interrupted},
      {{End::failed, StopWhy::going, false, false, false}, EndKind::interrupted},
      {{End::completed, StopWhy::person, false, false, true}, EndKind::as_said},
  };
  for (const auto& [end, kind] : rows)
    EXPECT_EQ(classify(end), kind)
        << static_cast<int>(end.said) << end.timed_out << end.stop_pending << end.observed;
}

TEST(Ends, BecomeTheirFacts) {
  EXPECT_EQ(end_of(EndKind::as_said, End::preempted), End::preempted);
  EXPECT_EQ(end_of(EndKind::timeout, End::completed), End::timeout);
  EXPECT_EQ(end_of(EndKind::stopped, End::completed), End::stopped);
  EXPECT_EQ(end_of(EndKind::interrupted, End::failed), End::interrupted);
  EXPECT_EQ(end_of(EndKind::no_metrics, End::completed), End::failed);
  EXPECT_EQ(end_of(TrialStatus::completed), End::completed);
  EXPECT_EQ(end_of(TrialStatus::failed), End::failed);
  EXPECT_EQ(end_of(TrialStatus::stopped), End::stopped);
}

TEST(Ends, DecideWhetherATrialRunsAgain) {
  EXPECT_EQ(status_after(End::completed, false, false), TrialStatus::completed);
  EXPECT_EQ(status_after(End::stopped, false, false), TrialStatus::stopped);
  EXPECT_EQ(status_after(End::lost, false, true), std::nullopt);
  EXPECT_EQ(status_after(End::lost, false, false), TrialStatus::failed);
  EXPECT_EQ(status_after(End::lost, true, true), TrialStatus::stopped);
  EXPECT_EQ(status_after(End::completed, true, false), TrialStatus::stopped);
}

}  // namespace
}  // namespace sherpa::study
