#include "tests/support/process.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/scratch.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mount.h>
#include <sys/resource.h>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

// Real processes and kill -9: what was said to be stored is there, and a resumed study ends as an
// uninterrupted one.
namespace sherpa {
namespace {

using namespace testing_support;
using testing::HasSubstr;

using Environment = std::vector<std::string>;

/// Runs the victim to its end, whatever that is.
Outcome victim(const std::vector<std::string>& arguments, const Environment& more = {},
               const std::function<void()>& first = {}) {
  std::vector<std::string> command{SHERPA_VICTIM};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Process(std::move(command), more, first).wait();
}

std::set<TrialId> said_stored(const std::string& out) {
  std::set<TrialId> trials;
  std::istringstream in(out);
  for (std::string word; in >> word;)
    if (word == "stored") {
      TrialId id = 0;
      in >> id;
      trials.insert(id);
    }
  return trials;
}

std::set<TrialId> ended_in(const std::filesystem::path& directory) {
  std::set<TrialId> trials;
  if (!std::filesystem::exists(directory / "study.db")) return trials;
  for (const auto& row : load_results(directory))
    if (row.status() != TrialStatus::intermediate) trials.insert(row.trial_id());
  return trials;
}

/// Without what depends on the driver: two drivers may store an abandoned attempt's rows
/// differently, one driver never does.
std::string whole_run(const Scratch& scratch, const std::string& driver,
                      const std::string& algorithm) {
  auto directory = scratch / ("whole-" + driver + "-" + algorithm);
  if (!std::filesystem::exists(directory)) {
    EXPECT_EQ(victim({directory, driver, algorithm}).exit_code(), 0);
  }
  return read_file(directory / "results.csv");
}

class KillTest : public testing::TestWithParam<std::string> {
 protected:
  Scratch scratch;

  Environment preload(const std::string& directory, const std::string& what) const {
    return {"LD_PRELOAD=" SHERPA_KILL_AT_WRITE, "SHERPA_KILL_BELOW=" + directory, what,
            "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0"};
  }
};

TEST_P(KillTest, AtEveryWrite) {
  const std::string driver = GetParam();
  auto whole = whole_run(scratch, driver, "random");
  auto counted = scratch / "counted";
  auto environment = preload(counted, "SHERPA_KILL_AT=0");
  environment.push_back("SHERPA_KILL_COUNT=" + (scratch / "count").string());
  ASSERT_EQ(victim({counted, driver, "random"}, environment).exit_code(), 0);
  long writes = std::stol(read_file(scratch / "count"));
  ASSERT_GT(writes, 20);

  constexpr long step = sanitized ? 7 : 1;  // processes start slowly there
  long killed = 0;
  for (long k = 1; k <= writes + 5; k += step)
    for (bool half : {false, true}) {
      SCOPED_TRACE("killed at write " + std::to_string(k) + (half ? ", half done" : ""));
      auto directory = scratch / ("k" + std::to_string(k) + (half ? "h" : ""));
      auto at = preload(directory, "SHERPA_KILL_AT=" + std::to_string(k));
      if (half) at.push_back("SHERPA_KILL_HALF=1");
      auto died = victim({directory, driver, "random"}, at);
      killed += died.killed() ? 1 : 0;
      if (!died.killed()) {
        ASSERT_EQ(died.exit_code(), 0) << died.err;
      }
      auto there = ended_in(directory);
      for (TrialId trial : said_stored(died.out))
        EXPECT_TRUE(there.contains(trial)) << "trial " << trial << " was said to be stored";
      auto resumed = victim({directory, driver, "random"});
      ASSERT_EQ(resumed.exit_code(), 0) << resumed.err;
      EXPECT_EQ(resumed.err, "");  // an unfinished commit is no damage
      EXPECT_EQ(read_file(directory / "results.csv"), whole);
      std::filesystem::remove_all(directory);
    }
  EXPECT_GE(killed, writes / step);
}

TEST_P(KillTest, AfterEveryTrialOfEveryAlgorithm) {
  const std::string driver = GetParam();
  for (std::string algorithm :
       {"random", "random_repeat", "grid", "grid_ends", "iterate", "repeat", "repeat_agg", "chain",
        "own", "tpe", "cma_es", "genetic", "local_search"}) {
    SCOPED_TRACE(driver + " " + algorithm);
    auto whole = whole_run(scratch, driver, algorithm);
    ASSERT_GT(std::count(whole.begin(), whole.end(), '\n'), 8);
    for (int every : {1, 2}) {
      auto directory = scratch / (algorithm + std::to_string(every));
      int deaths = 0;
      Outcome last;
      do {
        last = victim({directory, driver, algorithm, "--kill-after", std::to_string(every)});
        ++deaths;
      } while (last.killed() && deaths < 100);
      ASSERT_EQ(last.exit_code(), 0) << last.err;
      EXPECT_GT(deaths, 1);
      EXPECT_EQ(read_file(directory / "results.csv"), whole);
    }
  }
}

TEST_P(KillTest, OnAFullDiskItSaysSoAndGoesOnWhenThereIsRoom) {
  // A tmpfs of its own needs the right to mount; a file size limit, which anybody may set, is the
  // other way to a write that fails.
  const std::string driver = GetParam();
  auto small = scratch / "small";
  std::filesystem::create_directory(small);
  bool mounted = mount("tmpfs", small.c_str(), "tmpfs", 0, "size=200k") == 0;
  auto directory = small / "study";
  auto limited = [&] {
    if (mounted) return;
    signal(SIGXFSZ, SIG_IGN);
    rlimit64 limit{120 * 1024, 120 * 1024};
    setrlimit64(RLIMIT_FSIZE, &limit);
  };
  auto full = victim({directory, driver, "random", "--observations", "2000"}, {}, limited);
  EXPECT_EQ(full.exit_code(), 4) << full.err;
  EXPECT_THAT(full.err, HasSubstr("study.db"));
  EXPECT_THAT(full.err, HasSubstr("the study resumes"));
  auto stored = said_stored(full.out);
  if (mounted) {
    ASSERT_EQ(mount("tmpfs", small.c_str(), "tmpfs", MS_REMOUNT, "size=50m"), 0);
  }
  auto there = ended_in(directory);
  for (TrialId trial : stored) EXPECT_TRUE(there.contains(trial)) << trial;
  auto resumed = victim({directory, driver, "random", "--observations", "2000"});
  EXPECT_EQ(resumed.exit_code(), 0) << resumed.err;
  ASSERT_EQ(victim({scratch / "whole", driver, "random", "--observations", "2000"}).exit_code(), 0);
  EXPECT_EQ(read_file(directory / "results.csv"), read_file(scratch / "whole/results.csv"));
  if (mounted) umount2(small.c_str(), MNT_DETACH);
}

INSTANTIATE_TEST_SUITE_P(Drivers, KillTest, testing::Values("loop", "optimize"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace sherpa
