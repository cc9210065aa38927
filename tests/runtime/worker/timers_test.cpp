#include "runtime/worker/timers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace sherpa::runtime {
namespace {

using namespace std::chrono_literals;

TEST(Timers, CallInTheOrderOfTheirTimes) {
  std::vector<int> calls;
  std::promise<void> done;
  auto timers = make_timers();
  timers->after(20ms, [&] {
    calls.push_back(2);
    done.set_value();
  });
  timers->after(5ms, [&] { calls.push_back(1); });
  done.get_future().wait();
  EXPECT_THAT(calls, testing::ElementsAre(1, 2));
}

TEST(Timers, MayBeSetFromACall) {
  std::promise<void> done;
  auto timers = make_timers();
  timers->after(0ms, [&] { timers->after(0ms, [&] { done.set_value(); }); });
  done.get_future().wait();
}

TEST(Timers, CallNobodyOnceTheyAreGone) {
  bool called = false;
  make_timers()->after(1h, [&] { called = true; });
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace sherpa::runtime
