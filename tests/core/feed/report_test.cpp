#include "core/feed/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

namespace sherpa::feed {
namespace {

Progress half_way() {
  Progress p;
  p.name = "digits \"x\"";
  p.lower_is_better = false;
  p.total = 40;
  p.completed = 15;
  p.failed = 1;
  p.stopped = 4;
  p.running = {
      {21, 2, {{"lr", 0.5}, {"act", "relu"}}, 3, std::numeric_limits<double>::infinity(), {}},
      {22, 1, {{"lr", 1}}, -1, 0, "PENDING (Resources)"}};
  p.workers = {{"a",
                Progress::Worker::State::draining,
                2,
                1,
                {"gpu:0"},
                {21},
                std::chrono::milliseconds(1500)},
               {"local", {}, 1, 0, {}, {22}, {}}};
  p.best = BestResult{.trial_id = 7,
                      .iteration = 12,
                      .objective = 0.99,
                      .parameters = {{"lr", 0.25}},
                      .context = {{"loss", 0.5}},
                      .status = TrialStatus::failed};
  p.last_failure = {9, 2, "failed exit 3: oh no"};
  p.time_left = std::chrono::seconds(5);
  p.elapsed = std::chrono::seconds(65);
  p.remaining = std::chrono::seconds(70);
  p.stopping = true;
  return p;
}

TEST(Report, SaysHowAStudyStands) {
  auto out = feed::report::of(half_way());
  EXPECT_EQ(out["total"], 40);
  EXPECT_EQ(out["running"][0]["objective"], "Infinity");
  EXPECT_TRUE(out["running"][1]["iteration"].is_null());
  EXPECT_TRUE(out["running"][0]["waits"].is_null());
  EXPECT_EQ(out["running"][1]["waits"], "PENDING (Resources)");
  EXPECT_EQ(out["workers"][0]["state"], "draining");
  EXPECT_EQ(out["workers"][0]["lease"], 1.5);
  EXPECT_TRUE(out["workers"][1]["lease"].is_null());
  EXPECT_EQ(out["best"]["parameters"]["lr"], 0.25);
  EXPECT_EQ(out["remaining"], 70);
  EXPECT_EQ(out["best"]["status"], "FAILED");
  EXPECT_EQ(out["last_failure"]["reason"], "failed exit 3: oh no");
  EXPECT_EQ(out["time_left"], 5);
}

TEST(Report, ComesBack) {
  for (Progress p : {half_way(), Progress{}}) {
    auto out = feed::report::of(p);
    EXPECT_EQ(feed::report::of(feed::report::progress_from(report::Json::parse(out.dump()))), out);
  }
  EXPECT_THROW(feed::report::progress_from(report::Json::parse("{\"name\": 3}")), Exception);
}

TEST(Report, NamesTheCountsAndTheReasonWhereNothingCompleted) {
  Progress p;
  p.failed = 3;
  p.stopped = 1;
  p.last_failure = {4, 2, "failed exit 3: oh no"};
  EXPECT_TRUE(p.only_failures());
  EXPECT_EQ(feed::report::failure_of(p),
            "no trial completed: 3 failed, 1 stopped; the last failure: trial 4, attempt 2: failed "
            "exit 3: oh no");
  p.completed = 1;
  EXPECT_FALSE(p.only_failures());
}

TEST(Report, WritesNumbersThatJsonHasNot) {
  for (double x :
       {0.5, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()})
    EXPECT_EQ(feed::report::number(feed::report::number(x)), x);
  EXPECT_TRUE(std::isnan(feed::report::number(feed::report::number(std::nan("")))));
}

TEST(Report, WritesRows) {
  std::ostringstream out;
  feed::report::write(Results(), out);
  EXPECT_EQ(out.str(), "[]\n");
}

}  // namespace
}  // namespace sherpa::feed
