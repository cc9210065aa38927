#include "core/study/placement.hpp"

#include "core/study/engine_state.hpp"
#include "core/study/run_state.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sherpa::study {
namespace {

void add_worker(EngineState& state, const std::string& name, std::uint32_t slots) {
  WorkerState& worker = state.workers[name];
  worker.worker = {name, "1", slots, {}, true};
  worker.room = FreeCapacity(worker.worker);
  worker.present = true;
}

TEST(FreeCapacity, LendsTheFullestUnitThatHasTheShare) {
  FreeCapacity room(Worker{"a", "1", 4, {"gpu:0", "gpu:1"}, true});
  Needs half{1, {{"gpu", 0.5}}};
  auto first = room.find(half);
  ASSERT_TRUE(first.has_value());
  room.take(1, *first);
  EXPECT_EQ(room.find(half), first);  // so that the other unit stays whole
  EXPECT_EQ(room.find(Needs{1, {{"gpu", 1}}}), (Metrics{{"gpu:1", 1}}));
  EXPECT_FALSE(room.find(Needs{1, {{"gpu", 2}}}).has_value());
  room.give_back(1, *first);
  EXPECT_TRUE(room.find(Needs{1, {{"gpu", 2}}}).has_value());
  EXPECT_FALSE(room.find(Needs{5, {}}).has_value());
}

TEST(OnWorkers, ChoosesTheWorkerWithMostFreeSlots) {
  EngineState state;
  EXPECT_FALSE(OnWorkers::next(state, {}).has_value());
  add_worker(state, "a", 1);
  add_worker(state, "b", 3);
  auto place = OnWorkers::next(state, {});
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(place->worker, "b");
  state.workers.at("b").draining = true;
  EXPECT_EQ(OnWorkers::next(state, {})->worker, "a");
  state.workers.at("a").present = false;
  EXPECT_FALSE(OnWorkers::next(state, {}).has_value());
}

TEST(OnWorkers, KeepsTheLimitOfRunningAttempts) {
  EngineState state;
  add_worker(state, "a", 4);
  state.running = 2;
  state.study.limits.max_concurrent = 2;
  EXPECT_FALSE(OnWorkers::next(state, {}).has_value());
  state.steered_limit = 3;
  EXPECT_TRUE(OnWorkers::next(state, {}).has_value());
}

TEST(OnDemand, StartsOneTrialForEachTake) {
  EngineState state;
  RunState run;
  EXPECT_FALSE(OnDemand::next(state, run).has_value());
  run.demand = 1;
  auto place = OnDemand::next(state, run);
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(place->worker, "");
}

}  // namespace
}  // namespace sherpa::study
