#include "runtime/store/lock.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <csignal>
#include <fstream>
#include <string>

namespace sherpa::runtime {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class StudyLockTest : public testing::Test {
 protected:
  std::string text() const { return testing_support::read_file(directory / "lock"); }
  void write(const std::string& text) const {
    std::filesystem::create_directories(directory);
    std::ofstream(directory / "lock") << text;
  }
  /// The lock as a coordinator on another host would have left it.
  void held_elsewhere() const {
    write(
        "state=held\nhost=far-away\npid=4711\nstart=123\nboot_id=00000000-0000-0000-0000-"
        "000000000000\nepoch=7\n");
  }
  std::unique_ptr<StudyLock> taken(bool take_over = false) const {
    auto lock = StudyLock::take(directory, take_over);
    EXPECT_TRUE(lock) << lock.error().message;
    return lock ? *std::move(lock) : nullptr;
  }
  Error refused() const {
    auto lock = StudyLock::take(directory, false);
    EXPECT_FALSE(lock);
    return lock ? Error{} : lock.error();
  }

  /// A process that holds the lock until it is killed.
  struct OtherProcess {
    explicit OtherProcess(const std::filesystem::path& directory) {
      std::array<int, 2> ready{};
      EXPECT_EQ(::pipe(ready.data()), 0);
      pid = ::fork();
      if (pid == 0) {
        auto lock = StudyLock::take(directory, false);
        char answer = lock ? 'y' : 'n';
        if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
        for (;;) ::pause();
      }
      char answer = 0;
      EXPECT_EQ(::read(ready[0], &answer, 1), 1);
      EXPECT_EQ(answer, 'y');
      ::close(ready[0]);
      ::close(ready[1]);
    }
    ~OtherProcess() { die(); }
    void die() {
      if (pid == 0) return;
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
      pid = 0;
    }
    pid_t pid = 0;
  };

  testing_support::Scratch scratch;
  std::filesystem::path directory = scratch / "study";
};

TEST_F(StudyLockTest, IsTakenOnce) {
  auto lock = taken();
  auto error = refused();
  EXPECT_EQ(error.code, Errc::locked);
  EXPECT_THAT(error.message, AllOf(HasSubstr(directory.string()),
                                   HasSubstr("process " + std::to_string(::getpid())),
                                   HasSubstr("since epoch 1"), HasSubstr("stop it first")));
  EXPECT_FALSE(StudyLock::check_free(directory));
  EXPECT_TRUE(lock->still_held());
}

TEST_F(StudyLockTest, IsFreeAfterwardsAndItsEpochGrows) {
  EXPECT_EQ(taken()->epoch(), 1u);
  EXPECT_THAT(text(), HasSubstr("state=released"));
  EXPECT_TRUE(StudyLock::check_free(directory));
  auto second = taken();
  EXPECT_EQ(second->epoch(), 2u);
  EXPECT_THAT(text(), AllOf(HasSubstr("state=held"), HasSubstr("epoch=2")));
}

TEST_F(StudyLockTest, IsHeldAgainstOtherProcessesEvenThoseThatInsist) {
  OtherProcess other(directory);
  auto error = refused();
  EXPECT_EQ(error.code, Errc::locked);
  EXPECT_THAT(error.message, HasSubstr("process " + std::to_string(other.pid)));
  EXPECT_FALSE(StudyLock::take(directory, true))
      << "take_over is for hosts that are dead, not for processes that live here";
}

TEST_F(StudyLockTest, OfAKilledProcessIsTakenOver) {
  OtherProcess other(directory);
  other.die();
  EXPECT_TRUE(StudyLock::check_free(directory));
  EXPECT_EQ(taken()->epoch(), 2u);
}

TEST_F(StudyLockTest, OfAnotherHostIsTakenOverOnlyOnRequest) {
  held_elsewhere();
  auto error = refused();
  EXPECT_EQ(error.code, Errc::locked);
  EXPECT_THAT(error.message, AllOf(HasSubstr("process 4711 on host far-away since epoch 7"),
                                   HasSubstr("take_over")));
  EXPECT_FALSE(StudyLock::check_free(directory));
  EXPECT_EQ(taken(true)->epoch(), 8u);
}

TEST_F(StudyLockTest, IsLostToAnotherHostThatTakesOver) {
  auto lock = taken();
  held_elsewhere();
  auto held = lock->still_held();
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, Errc::locked);
  EXPECT_THAT(held.error().message,
              HasSubstr("process 4711 on host far-away has taken it over with epoch 7"));
  lock.reset();
  EXPECT_THAT(text(), AllOf(HasSubstr("state=held"), HasSubstr("far-away")))
      << "the words of another one stay";
}

TEST_F(StudyLockTest, IsLostWithItsFile) {
  auto lock = taken();
  std::filesystem::remove(directory / "lock");
  auto held = lock->still_held();
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, Errc::damaged);
  EXPECT_THAT(held.error().message, HasSubstr((directory / "lock").string() + " was deleted"));
  write("state=held\n");
  EXPECT_EQ(lock->still_held().error().code, Errc::locked);
}

TEST_F(StudyLockTest, IsLostWithItsDirectory) {
  auto lock = taken();
  std::filesystem::remove_all(directory);
  auto held = lock->still_held();
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, Errc::damaged);
  EXPECT_THAT(held.error().message, HasSubstr(directory.string() + " was deleted"));
}

TEST_F(StudyLockTest, IsOutOfReachWhileItsDirectoryIsMovedAway) {
  auto lock = taken();
  const auto elsewhere = std::filesystem::path(directory.string() + ".moved");
  for (bool replaced : {false, true}) {
    std::filesystem::rename(directory, elsewhere);
    if (replaced) std::filesystem::create_directories(directory);
    auto held = lock->still_held();
    ASSERT_FALSE(held);
    EXPECT_EQ(held.error().code, Errc::store);
    EXPECT_THAT(held.error().message, HasSubstr(directory.string() + " is out of reach"));
    std::filesystem::remove(directory);
    std::filesystem::rename(elsewhere, directory);
    EXPECT_TRUE(lock->still_held());
  }
}

TEST_F(StudyLockTest, KnowsItsOwnFiles) {
  { auto lock = taken(); }
  EXPECT_TRUE(StudyLock::wrote(directory / "lock"));
  write("");
  EXPECT_TRUE(StudyLock::wrote(directory / "lock")) << "about to be written";
  write("4711\n");
  EXPECT_FALSE(StudyLock::wrote(directory / "lock"));
  EXPECT_FALSE(StudyLock::wrote(directory / "none"));
}

TEST_F(StudyLockTest, TellsAProcessFromAnotherWithItsNumber) {
  // This host, this boot, a living process, but one that started at another time: the holder is
  // dead.
  taken();
  auto mine = text();
  auto start = mine.find("start=");
  mine.replace(start, mine.find('\n', start) - start, "start=1");
  mine.replace(mine.find("released"), 8, "held");
  write(mine);
  EXPECT_TRUE(StudyLock::check_free(directory));
  EXPECT_EQ(taken()->epoch(), 2u);
}

TEST_F(StudyLockTest, IsNotLetGoByAForkedChild) {
  auto lock = taken();
  pid_t child = ::fork();
  if (child == 0) {
    lock.reset();
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(lock->still_held());
  EXPECT_THAT(text(), HasSubstr("state=held"));
}

TEST_F(StudyLockTest, TakesNonsenseInTheFileForNobody) {
  for (std::string nonsense :
       {"", "\n\n", "hello", "state=held\nhost=x\npid=many\n", "epoch=5\n"}) {
    write(nonsense);
    EXPECT_TRUE(StudyLock::check_free(directory)) << nonsense;
    EXPECT_EQ(taken()->epoch(), 1u) << nonsense;
  }
}

TEST_F(StudyLockTest, SaysWhereItCannotBe) {
  std::ofstream(scratch / "file") << "x";
  auto lock = StudyLock::take(scratch / "file", false);
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, Errc::store);
  EXPECT_THAT(lock.error().message,
              AllOf(HasSubstr((scratch / "file").string()), HasSubstr("use another one")));
}

}  // namespace
}  // namespace sherpa::runtime
