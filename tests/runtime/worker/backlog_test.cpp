#include "runtime/worker/backlog.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <csignal>
#include <cstdlib>
#include <random>

namespace sherpa::runtime {
namespace {

using testing::HasSubstr;

class BacklogTest : public testing::Test {
 protected:
  void push(Backlog& to, int n = 1) {
    for (int i = 0; i < n; ++i, ++pushed)
      to.push({0.5 * static_cast<double>(pushed),
               pushed,
               {{"loss", 1.0 / (1.0 + static_cast<double>(pushed))}}});
  }
  void take(Backlog& from, std::size_t most) {
    auto oldest = from.take(most);
    ASSERT_TRUE(oldest) << oldest.error().message;
    ASSERT_LE(oldest->size(), most);
    ASSERT_EQ(oldest->empty(), from.empty() && oldest->empty());
    for (const auto& one : *oldest) {
      ASSERT_EQ(one.iteration, taken);
      ASSERT_EQ(one.objective, 0.5 * static_cast<double>(taken));
      ASSERT_EQ(one.context.at("loss"), 1.0 / (1.0 + static_cast<double>(taken)));
      ++taken;
    }
  }

  std::int64_t pushed = 0, taken = 0;
};

TEST_F(BacklogTest, GivesBackWhatItTookInOrderWhereverItWas) {
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    Backlog backlog({.chunk = 8, .in_memory = 32});
    pushed = taken = 0;
    for (int step = 0; step < 300; ++step) {
      if (random() % 3 != 0) push(backlog, static_cast<int>(random() % 40));
      if (random() % 2 != 0) take(backlog, random() % 30 + 1);
      ASSERT_EQ(backlog.size(), static_cast<std::size_t>(pushed - taken));
    }
    while (!backlog.empty()) take(backlog, 100);
    EXPECT_EQ(taken, pushed);
  }
}

TEST_F(BacklogTest, IsFullWhenTheDiskHasItsShareAndHasRoomAgainWhenThatIsRead) {
  Backlog backlog({.chunk = 8, .in_memory = 32, .on_disk = 4096});
  while (!backlog.full() && pushed < 100'000) push(backlog);
  EXPECT_GT(pushed, 100);
  EXPECT_LT(pushed, 1'000);
  push(backlog, 3);
  while (!backlog.empty()) take(backlog, 10);
  EXPECT_EQ(taken, pushed);
  EXPECT_FALSE(backlog.full());
}

TEST_F(BacklogTest, IsEmptyOnceCleared) {
  Backlog backlog({.chunk = 8, .in_memory = 32});
  push(backlog, 200);
  backlog.clear();
  EXPECT_TRUE(backlog.empty());
  taken = pushed;
  push(backlog, 200);
  while (!backlog.empty()) take(backlog, 7);
  EXPECT_EQ(taken, pushed);
}

TEST_F(BacklogTest, KeepsAsManyAgainInMemoryWhereNoFileCanBeWritten) {
  testing_support::CaughtLog log;
  ASSERT_EQ(::setenv("TMPDIR", "/proc", 1), 0);
  Backlog backlog({.chunk = 8, .in_memory = 32});
  while (!backlog.full() && pushed < 1'000) push(backlog);
  ::unsetenv("TMPDIR");
  EXPECT_EQ(pushed, 64);
  EXPECT_THAT(log.text(), HasSubstr("cannot keep observations in a file that is to be in /proc"));
  while (!backlog.empty()) take(backlog, 10);
  EXPECT_EQ(taken, pushed);
}

TEST_F(BacklogTest, KeepsAsManyAgainInMemoryWhenTheDiskIsFull) {
  testing_support::CaughtLog log;
  Backlog backlog({.chunk = 8, .in_memory = 32});
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto action = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small{2'000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  while (!backlog.full() && pushed < 10'000) push(backlog);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, action);
  EXPECT_GT(pushed, 64) << "some of it was written";
  EXPECT_LT(pushed, 1'000);
  while (!backlog.empty()) take(backlog, 10);
  EXPECT_EQ(taken, pushed);
}

}  // namespace
}  // namespace sherpa::runtime
