#include "core/base/files.hpp"
#include "schedulers/job_files.hpp"
#include "tests/support/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <filesystem>
#include <fstream>
#include <set>

// Jobs whose coordinator is killed.
namespace sherpa {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::Process;
using testing_support::read_file;
using testing_support::Scratch;
namespace fs = std::filesystem;

class Jobs : public testing::Test {
 protected:
  Jobs() {
    fs::create_directories(directory);
    for (const auto& fifo : {here, go}) mkfifo(fifo.c_str(), 0600);
  }

  std::vector<std::string> host(const std::string& mode, const std::string& trials = "",
                                const std::string& script = "", long orphan_ms = 3'600'000) const {
    return {SHERPA_JOB_HOST, directory, SHERPA_JOB_SHIM, std::to_string(orphan_ms), mode,
            trials,          script};
  }
  /// Returns when no shim holds the lock of the attempt.
  void wait_for_shim(TrialId trial = 1) const {
    base::Descriptor lock(
        open(schedulers::JobFiles(directory / "jobs", trial, 1).lock.c_str(), O_RDWR | O_CLOEXEC));
    struct flock whole {};
    whole.l_type = F_WRLCK;
    ASSERT_EQ(fcntl(lock.get(), F_OFD_SETLKW, &whole), 0);
  }
  /// Processes of this study's jobs, by what is in their environment.
  std::vector<std::string> left() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos)
        continue;
      if (read_file(entry.path() / "environ").find("SHERPA_OUTPUT_DIR=" + directory.string()) !=
          std::string::npos)
        found.push_back(read_file(entry.path() / "cmdline"));
    }
    return found;
  }
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory / "jobs"))
      names.insert(entry.path().filename());
    return names;
  }

  Scratch scratch;
  fs::path directory = scratch / "study with spaces", here = scratch / "here", go = scratch / "go";
  const std::string says_here = "echo here > '" + here.string() + "'; ";
  const std::string waits = says_here + "read x < '" + go.string() + "'; ";
};

TEST_F(Jobs, OutliveTheirCoordinatorAndAreAdopted) {
  Process first(host("start", "1", waits + "exit 5"));
  ASSERT_EQ(read_file(here), "here\n");
  first.signal(SIGKILL);
  EXPECT_TRUE(first.wait().killed());
  EXPECT_FALSE(left().empty());
  // More than once.
  Process second(host("adopt"));
  ASSERT_TRUE(second.says("found 1.1\nadopted"));
  second.signal(SIGKILL);
  second.wait();
  Process third(host("adopt"));
  ASSERT_TRUE(third.says("found 1.1\nadopted"));
  std::ofstream(go) << "on\n";
  EXPECT_THAT(third.wait().out, HasSubstr("ended 1.1 failed exit 5\ndone"));
  EXPECT_TRUE(left().empty());
  EXPECT_THAT(files(), testing::UnorderedElementsAre("trial_1.out", "worker"));
}

TEST_F(Jobs, ThatEndMeanwhileSayHow) {
  Process first(host("start", "1", waits + "exit 6"));
  ASSERT_EQ(read_file(here), "here\n");
  first.signal(SIGKILL);
  first.wait();
  std::ofstream(go) << "on\n";
  Process second(host("adopt"));
  EXPECT_THAT(second.wait().out, HasSubstr("ended 1.1 failed exit 6\n"));
}

TEST_F(Jobs, EndWhenNobodyComesBack) {
  // Deaf, and with a daemon.
  Process first(host("start", "1",
                     "trap '' TERM; exec 9> '" + here.string() +
                         "'; (setsid sh -c 'setsid sleep 1000 & exit' &); echo here >&9; " +
                         "while :; do sleep 1000; done",
                     20));
  int reader = open(here.c_str(), O_RDONLY | O_CLOEXEC);
  std::array<char, 16> text{};
  ASSERT_EQ(read(reader, text.data(), text.size()), 5);
  first.signal(SIGKILL);
  first.wait();
  EXPECT_EQ(read(reader, text.data(), text.size()), 0) << "all that held it are gone";
  close(reader);
  wait_for_shim();
  EXPECT_THAT(left(), testing::IsEmpty());
  EXPECT_THAT(Process(host("adopt")).wait().out,
              HasSubstr("found 1.1\nended 1.1 interrupted signal 9\n"));
  EXPECT_THAT(files(), testing::UnorderedElementsAre("trial_1.out", "worker"));
}

TEST_F(Jobs, GoWithTheirShim) {
  Process first(host("start", "1", "echo $PPID > '" + here.string() + "'; exec sleep 1000"));
  auto shim = std::stoi(read_file(here));
  first.signal(SIGKILL);
  first.wait();
  kill(shim, SIGKILL);
  wait_for_shim();
  EXPECT_EQ(Process(host("adopt")).wait().out, "adopted\ndone\n");
  EXPECT_THAT(files(), testing::UnorderedElementsAre("trial_1.out", "worker"));
}

TEST_F(Jobs, AreNeverForgottenWheneverTheCoordinatorDies) {
  constexpr int trials = 12;
  for (int round = 1; round <= trials; ++round) {
    SCOPED_TRACE(round);
    Process first(host("crowd", std::to_string(trials), "exit $SHERPA_TRIAL_ID"));
    first.says((round % 2 == 0 ? "started " : "ended ") + std::to_string(round) + ".1");
    first.signal(SIGKILL);
    auto out = first.wait().out;
    Process second(host("adopt"));
    auto& again = second.wait();
    EXPECT_EQ(again.exit_code(), 0) << again.err;
    for (int trial = 1; trial <= trials; ++trial) {
      auto name = std::to_string(trial) + ".1";
      auto end = "ended " + name + " failed exit " + std::to_string(trial) + "\n";
      // Started, it ends once and for all; killed while it was being started, it ends somehow, when
      // it is found.
      if (out.find("started " + name + "\n") != std::string::npos) {
        EXPECT_THAT(out + again.out, HasSubstr(end));
      } else if (again.out.find("found " + name + "\n") != std::string::npos) {
        EXPECT_THAT(again.out, HasSubstr("ended " + name));
      }
    }
    EXPECT_THAT(left(), testing::IsEmpty());
    for (const auto& name : files())
      EXPECT_TRUE(name == "worker" || name.ends_with(".out")) << name;
  }
}

TEST_F(Jobs, DoNotHearWhatTheTerminalSays) {
  // As Ctrl-C does: to the coordinator's whole group.
  Process first(host("start", "1", waits + "exit 7"), {}, [] { setpgid(0, 0); });
  ASSERT_EQ(read_file(here), "here\n");
  kill(-first.pid(), SIGINT);
  first.wait();
  Process second(host("adopt"));
  ASSERT_TRUE(second.says("adopted"));
  std::ofstream(go) << "on\n";
  EXPECT_THAT(second.wait().out, HasSubstr("ended 1.1 failed exit 7"));
}

}  // namespace
}  // namespace sherpa
