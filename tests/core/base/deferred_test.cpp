#include "core/base/deferred.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>
#include <vector>

namespace sherpa::base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Deferred, CallsInOrderAfterTheLockIsReleased) {
  std::mutex mutex;
  std::vector<int> calls;
  auto call = [&](int i) {
    EXPECT_TRUE(mutex.try_lock());
    mutex.unlock();
    calls.push_back(i);
  };
  {
    Deferred after;
    std::scoped_lock lock(mutex);
    after.call([&] { call(1); });
    after.call([&] { call(2); });
    EXPECT_THAT(calls, IsEmpty());
  }
  EXPECT_THAT(calls, ElementsAre(1, 2));
}

TEST(Deferred, CallsNothingWhenAnExceptionLeavesTheScope) {
  bool called = false;
  try {
    Deferred after;
    after.call([&] { called = true; });
    throw std::runtime_error("it failed");
  } catch (const std::runtime_error&) {}
  EXPECT_FALSE(called);
}

TEST(Deferred, LetsExceptionsOfItsCallsThrough) {
  auto scope = [] {
    Deferred after;
    after.call([] { throw std::runtime_error("it failed"); });
  };
  EXPECT_THROW(scope(), std::runtime_error);
}

}  // namespace
}  // namespace sherpa::base
