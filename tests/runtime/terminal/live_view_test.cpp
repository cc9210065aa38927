#include "runtime/terminal/live_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace sherpa::runtime {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

Progress half_way() {
  Progress p;
  p.name = "digits";
  p.total = 40;
  p.completed = 15;
  p.stopped = 4;
  p.failed = 1;
  p.elapsed = 65s;
  p.remaining = 70s;
  p.best = BestResult{.trial_id = 7,
                      .iteration = 12,
                      .objective = 0.987654321,
                      .parameters = {{"lr", 0.012345}, {"act", "relu"}}};
  for (TrialId id = 21; id <= 24; ++id)
    p.running.push_back({id, id == 24 ? 2u : 1u, {{"lr", 0.5}}, id == 23 ? -1 : 3, 0.25, {}});
  return p;
}

TEST(LiveView, ShowsTheBarTheBestTheRunningAndTheTimeLeft) {
  EXPECT_THAT(draw(half_way(), 100, 24),
              ElementsAre("digits  ━━━━━━━━━━━━─────────────  20 of 40 trials: 15 completed, 4 "
                          "stopped and 1 failed",
                          "  time     1:05, about 1:10 left",
                          "  best     0.987654 in trial 7, iteration 12  (act=relu, lr=0.0123)",
                          "  running  trial 21  iteration 3  0.25  (lr=0.5)",
                          "           trial 22  iteration 3  0.25  (lr=0.5)",
                          "           trial 23  (lr=0.5)",
                          "           trial 24 (attempt 2)  iteration 3  0.25  (lr=0.5)"));
}

TEST(LiveView, TellsThatTheBestTrialFailedAndWhyTheLastDid) {
  auto p = half_way();
  p.best->status = TrialStatus::failed;
  p.last_failure = {9, 1, "failed exit 3: no such data"};
  p.time_left = 3600s;
  auto lines = draw(p, 100, 24);
  EXPECT_EQ(lines[1], "  time     1:05, about 1:10 left, 1:00:00 of its time budget left");
  EXPECT_THAT(lines[2], testing::HasSubstr("in trial 7, iteration 12, which failed  ("));
  EXPECT_EQ(lines[3], "  failed   trial 9: failed exit 3: no such data");
  EXPECT_THAT(in_words(p), testing::HasSubstr("best 0.987654 in trial 7, which failed, 1:05"));
}

TEST(LiveView, ShowsWorkersOnOtherHosts) {
  auto p = half_way();
  using State = Progress::Worker::State;
  p.workers = {{"a", State::working, 4, 1, {"gpu:0", "gpu:1"}, {21, 22, 23}, 58s},
               {"b", State::away, 2, 1, {}, {24}, 7s}};
  EXPECT_EQ(draw(p, 100, 24)[3], "  workers  2 (1 not back yet), 4 of 6 slots busy");
  EXPECT_THAT(workers_in_words(p),
              ElementsAre("a  3 of 4 slots busy  gpu:0 and gpu:1  trials 21, 22 and 23  lease 0:58",
                          "b  1 of 2 slots busy  trial 24  not back yet  lease 0:07"));
  p.workers = {{"local", State::working, 4, 1, {}, {21}, {}}};
  EXPECT_THAT(workers_in_words(p), testing::IsEmpty());
  EXPECT_EQ(draw(p, 100, 24), draw(half_way(), 100, 24));
}

TEST(LiveView, SaysWhyJobsWait) {
  auto p = half_way();
  p.running[1].waits = "PENDING (Priority)";
  p.running[2].waits = p.running[3].waits = "PENDING (Resources)";
  auto lines = draw(p, 100, 24);
  EXPECT_EQ(lines[3], "  waiting  2 jobs: PENDING (Resources); 1 job: PENDING (Priority)");
  EXPECT_EQ(lines[6], "           trial 23  waits: PENDING (Resources)  (lr=0.5)");
}

TEST(LiveView, FitsAnyTerminal) {
  auto p = half_way();
  p.best->parameters = {{"a name with\nnewlines\tand 🦙", "value"},
                        {"another long one", "another long value"}};
  for (std::uint32_t i = 0; i < 100; ++i)
    p.running.push_back({100 + i, 1, p.best->parameters, 1, std::nan(""), {}});
  for (std::size_t width : {1, 2, 10, 40, 80, 200})
    for (std::size_t height : {1, 5, 24, 60}) {
      auto lines = draw(p, width, height);
      EXPECT_LE(lines.size(), std::max<std::size_t>(height, 4)) << width << 'x' << height;
      for (const auto& line : lines) {
        EXPECT_LE(columns(line), width) << line;
        EXPECT_THAT(line, AllOf(Not(HasSubstr("\n")), Not(HasSubstr("\t"))));
      }
    }
  EXPECT_THAT(draw(p, 80, 24).back(), HasSubstr("and 86 more"));
}

TEST(LiveView, ShowsWhatIsNotKnownYet) {
  EXPECT_THAT(draw({.name = "new"}, 80, 24),
              ElementsAre("new  ────────────────────  0 trials", "  time     0:00"));
  EXPECT_THAT(draw({.name = "s", .elapsed = 1s, .stopping = true}, 80, 24).back(),
              HasSubstr("0:01, stopping"));
}

TEST(LiveView, HasAPlainLine) {
  EXPECT_EQ(
      in_words(half_way()),
      "digits: 20 of 40 trials (15 completed, 4 stopped and 1 failed), best 0.987654 in trial 7, "
      "1:05, about 1:10 left");
}

TEST(LiveView, TellsTime) {
  EXPECT_EQ(show_time(0s), "0:00");
  EXPECT_EQ(show_time(65s), "1:05");
  EXPECT_EQ(show_time(7384s), "2:03:04");
  EXPECT_EQ(show_time(-5s), "0:00");
}

TEST(LiveView, CutsTextsBetweenCharacters) {
  EXPECT_EQ(fit_width("short", 10), "short");
  EXPECT_EQ(fit_width("exactly", 7), "exactly");
  EXPECT_EQ(fit_width("too long", 4), "too…");
  EXPECT_EQ(fit_width("äöüß", 3), "äö…");
  EXPECT_EQ(fit_width("a\x1b[31mb", 20), "a [31mb");
  EXPECT_EQ(fit_width("x", 0), "…");
}

}  // namespace
}  // namespace sherpa::runtime
