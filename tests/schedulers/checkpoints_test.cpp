#include "schedulers/checkpoints.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <vector>

namespace sherpa::schedulers {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

struct PruneCheckpoints : testing::Test {
  PruneCheckpoints() {
    for (AttemptId attempt : {1, 2, 3, 10}) {
      auto made = make_checkpoint_directory(scratch.path(), 7, attempt).or_throw();
      std::ofstream(made / "net") << attempt;
    }
    point_current(scratch.path(), 7, checkpoint_directory(7, 3)).or_throw();
  }
  testing_support::Scratch scratch;
  fs::path of_trial = scratch.path() / "checkpoints" / "7";
};

TEST_F(PruneCheckpoints, KeepsTheOneThatIsNeeded) {
  ASSERT_TRUE(prune_checkpoints(scratch.path(), 7, "checkpoints/7/3", false));
  EXPECT_THAT(names_in(of_trial), ElementsAre("3", "current"));
  EXPECT_TRUE(fs::exists(of_trial / "current" / "net"));
}

TEST_F(PruneCheckpoints, LeavesThoseThatComeAfterIt) {
  ASSERT_TRUE(prune_checkpoints(scratch.path(), 7, "checkpoints/7/3", true));
  EXPECT_THAT(names_in(of_trial), ElementsAre("10", "3", "current"));
}

TEST_F(PruneCheckpoints, DeletesAllWithTheLink) {
  ASSERT_TRUE(prune_checkpoints(scratch.path(), 7, "", false));
  EXPECT_FALSE(fs::exists(of_trial));
  EXPECT_TRUE(prune_checkpoints(scratch.path(), 7, "", false)) << "as after a crash";
}

TEST_F(PruneCheckpoints, LeavesFilesOfSomebodyElse) {
  std::ofstream(of_trial / "notes") << "mine";
  ASSERT_TRUE(prune_checkpoints(scratch.path(), 7, "", false));
  EXPECT_THAT(names_in(of_trial), ElementsAre("notes"));
}

}  // namespace
}  // namespace sherpa::schedulers
