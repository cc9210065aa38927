#pragma once

#include "tests/support/link_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>

/// What every implementation of the port between processes (core/link/link.hpp) keeps. Include it
/// in one test file, and there INSTANTIATE_TEST_SUITE_P(<name>, LinkContract, testing::Values(<a
/// function that makes a LinkWorld>)).
namespace sherpa::testing_support {

class LinkContract : public testing::TestWithParam<std::function<std::unique_ptr<LinkWorld>()>> {
 protected:
  std::unique_ptr<LinkWorld> world = GetParam()();
};

TEST_P(LinkContract, WelcomesAWorker) {
  Pair pair(*world);
  pair.at_once = {link::Start{.trial = 7, .attempt = 1}};
  pair.connect();
  EXPECT_EQ(*pair.hello, hello_of("node1"));
  EXPECT_EQ((*pair.dialled)->welcome, welcome_of());
  // What the coordinator said while it was still welcoming comes after the welcome.
  ASSERT_TRUE(world->until([&] { return pair.below->messages.size() == 1; }));
  EXPECT_EQ(std::get<link::Start>(pair.below->messages[0]).trial, 7u);
  EXPECT_FALSE(pair.up->address().empty());
}

TEST_P(LinkContract, RefusesAWorkerInTheGatesWords) {
  Pair pair(*world);
  pair.refusal = "node1 is barred";
  pair.dial();
  ASSERT_FALSE(*pair.dialled);
  EXPECT_EQ(pair.dialled->error().code, Errc::refused);
  EXPECT_THAT(pair.dialled->error().message, testing::HasSubstr("node1 is barred"));
  EXPECT_TRUE(world->look([&] { return pair.below->messages.empty() && !pair.below->loss; }));
  EXPECT_FALSE(pair.down->send(link::Heartbeat{}));
}

TEST_P(LinkContract, RefusesAWorkerForNow) {
  Pair pair(*world);
  pair.refusal = "the study is ending";
  pair.for_now = true;
  pair.dial();
  ASSERT_FALSE(*pair.dialled);
  EXPECT_EQ(pair.dialled->error().code, Errc::wrong_state) << "it may be tried again";
  EXPECT_THAT(pair.dialled->error().message, testing::HasSubstr("the study is ending"));
}

TEST_P(LinkContract, CarriesAThousandMessagesEachWayInOrder) {
  Pair pair(*world);
  pair.connect();
  constexpr std::uint64_t count = 1000;
  auto speak_down = [&] {
    for (std::uint64_t i = 1; i <= count; ++i)
      EXPECT_TRUE(pair.down->send(link::Acknowledged{1, 1, i}));
  };
  std::optional<std::jthread> other;
  if (world->has_threads())
    other.emplace(speak_down);
  else
    speak_down();
  for (std::uint64_t i = 1; i <= count; ++i) EXPECT_TRUE(pair.up->send(batch_of(i)));
  ASSERT_TRUE(world->until([&] {
    return pair.above->messages.size() == count && pair.below->messages.size() == count;
  }));
  for (std::uint64_t i = 1; i <= count; ++i) {
    EXPECT_EQ(std::get<link::Batch>(pair.above->messages[i - 1]).number, i);
    EXPECT_EQ(std::get<link::Acknowledged>(pair.below->messages[i - 1]).number, i);
  }
  EXPECT_TRUE(world->until([&] { return pair.above->signs > 0 && pair.below->signs > 0; }));
}

TEST_P(LinkContract, CarriesLargeMessages) {
  Pair pair(*world);
  pair.connect();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(pair.up->send(batch_of(i, 3 << 20)));
    ASSERT_TRUE(pair.down->send(link::JoinAgain{std::string(5 << 20, 'y')}));
    ASSERT_TRUE(world->until(
        [&] { return pair.above->messages.size() == i && pair.below->messages.size() == i; }));
  }
  EXPECT_EQ(std::get<link::Batch>(pair.above->messages[2]).token, std::string(3 << 20, 'x'));
}

TEST_P(LinkContract, HoldsBackASenderWhenItIsFull) {
  Pair pair(*world);
  std::latch held(1);
  if (world->has_threads()) pair.above->hook = [&](const link::Message&) { held.wait(); };
  pair.connect();
  std::uint64_t taken = 0;
  while (taken < 1000 && pair.up->send(batch_of(taken + 1, 1 << 20))) ++taken;
  EXPECT_LT(taken, 1000u);
  EXPECT_GT(taken, 0u);
  EXPECT_TRUE(pair.up->send(link::Heartbeat{1})) << "what cannot wait is taken";
  held.count_down();
  ASSERT_TRUE(world->until([&] { return pair.below->rooms > 0; }));
  EXPECT_TRUE(pair.up->send(batch_of(taken + 1)));
  ASSERT_TRUE(world->until([&] { return pair.above->messages.size() == taken + 1; }));
  for (std::uint64_t i = 0; i <= taken; ++i)
    EXPECT_EQ(std::get<link::Batch>(pair.above->messages[i]).number, i + 1);
}

TEST_P(LinkContract, DeliversWhatIsQueuedWhenItIsClosed) {
  Pair pair(*world);
  pair.connect();
  for (std::uint64_t i = 1; i <= 500; ++i) ASSERT_TRUE(pair.up->send(batch_of(i, 1000)));
  pair.up->close();
  EXPECT_FALSE(pair.up->send(batch_of(501)));
  ASSERT_TRUE(world->until([&] { return pair.above->loss && pair.below->loss; }));
  EXPECT_EQ(pair.above->messages.size(), 500u);
  EXPECT_EQ(*pair.above->loss, link::Loss::closed);
  EXPECT_EQ(*pair.below->loss, link::Loss::here);
  EXPECT_FALSE(pair.down->send(link::Heartbeat{}));
}

TEST_P(LinkContract, TellsAGoodbyeFromADeath) {
  for (bool from_above : {false, true}) {
    Pair pair(*world);
    pair.connect();
    auto& connection = from_above ? pair.down : pair.up;
    auto& handler = from_above ? pair.below : pair.above;
    if (!from_above) {
      ASSERT_TRUE(connection->send(link::Drain{.why = "asked to"}));
    }
    ASSERT_TRUE(connection->send(link::Goodbye{.why = "drained", .end = study::End::preempted}));
    connection->close();
    ASSERT_TRUE(world->until([&] { return handler->loss.has_value(); }));
    EXPECT_EQ(*handler->loss, link::Loss::goodbye);
    ASSERT_EQ(handler->messages.size(), from_above ? 1u : 2u);
    if (!from_above) {
      EXPECT_EQ(std::get<link::Drain>(handler->messages.front()).why, "asked to");
    }
    EXPECT_EQ(std::get<link::Goodbye>(handler->messages.back()).why, "drained");
  }
}

TEST_P(LinkContract, FindsAnAbandonedEndSilent) {
  Pair pair(*world);
  pair.connect();
  pair.up->abandon();
  EXPECT_FALSE(pair.up->send(batch_of(1)));
  ASSERT_TRUE(world->until([&] { return pair.above->loss && pair.below->loss; }));
  EXPECT_EQ(*pair.above->loss, link::Loss::silent);
  EXPECT_EQ(*pair.below->loss, link::Loss::here);
}

TEST_P(LinkContract, StaysWhileNothingIsSaid) {
  Pair pair(*world);
  pair.connect();
  ASSERT_TRUE(world->until([&] { return pair.above->signs >= 5 && pair.below->signs >= 5; }));
  EXPECT_TRUE(world->look(
      [&] { return !pair.above->loss && !pair.below->loss && pair.above->messages.empty(); }));
}

TEST_P(LinkContract, EndsOfTheCoordinatorAreSeen) {
  Pair pair(*world);
  pair.connect();
  pair.listener.reset();
  ASSERT_TRUE(world->until([&] { return pair.below->loss.has_value(); }));
  EXPECT_EQ(*pair.below->loss, link::Loss::closed);
  EXPECT_FALSE(world->look([&] { return pair.above->loss.has_value(); }))
      << "nobody is called after the listener has gone";
  EXPECT_FALSE(pair.down->send(link::Heartbeat{}));
  pair.down->close();
  pair.down->abandon();
}

TEST_P(LinkContract, EndsUnderWay) {
  for (int i = 0; i < 20; ++i) {
    Pair pair(*world);
    if (i % 2 == 0) pair.connect();
    auto over = std::make_shared<std::atomic<bool>>(false);
    pair.dialer->dial(hello_of("node2"), std::make_shared<Witness>(*world),
                      [over](auto) { EXPECT_FALSE(*over); });
    if (pair.up)
      for (std::uint64_t n = 1; n <= 50; ++n) pair.up->send(batch_of(n, 10'000));
    std::optional<std::jthread> sender;
    if (pair.up && world->has_threads())
      sender.emplace([up = pair.up] {
        for (std::uint64_t n = 51; up->send(batch_of(n)); ++n) std::this_thread::yield();
      });
    if (i % 3 == 0) pair.listener.reset();
    pair.dialer.reset();
    *over = true;
    if (!pair.up) continue;
    EXPECT_FALSE(pair.up->send(batch_of(1)));
  }
}

}  // namespace sherpa::testing_support
