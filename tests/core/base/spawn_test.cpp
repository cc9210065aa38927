#include "core/base/spawn.hpp"

#include "core/base/files.hpp"
#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace sherpa::base {
namespace {

using testing_support::Scratch;

/// The output of a shell script that is started so.
std::string output_of(SpawnOptions options, const std::string& script) {
  Scratch scratch;
  Descriptor out(::open((scratch / "out").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  options.words = {"sh", "-c", script};
  options.descriptors.emplace_back(out.get(), STDOUT_FILENO);
  const pid_t pid = spawn(options);
  if (pid < 0 || ::waitpid(pid, nullptr, 0) != pid) return "not started";
  return read_file(scratch / "out").value_or("no output");
}

TEST(Spawn, GivesAProgramItsDirectoryAndEnvironment) {
  Scratch scratch;
  EXPECT_EQ(output_of({.environment = {{"A=b c", "PATH=" + std::string(std::getenv("PATH"))}},
                       .directory = scratch.path()},
                      "echo $A in $(pwd)"),
            "b c in " + std::filesystem::canonical(scratch.path()).string() + "\n");
  ::setenv("SHERPA_SPAWN_TEST", "inherited", 1);
  EXPECT_EQ(output_of({}, "echo $SHERPA_SPAWN_TEST"), "inherited\n");
  ::unsetenv("SHERPA_SPAWN_TEST");
}

TEST(Spawn, GivesAProgramOnlyTheDescriptorsThatAreNamed) {
  Scratch scratch;
  ASSERT_TRUE(write_file(scratch / "in", "text\n", 0600));
  Descriptor in(::open((scratch / "in").c_str(), O_RDONLY | O_CLOEXEC));
  Descriptor leaks(::open((scratch / "in").c_str(), O_RDONLY));
  EXPECT_EQ(output_of({.descriptors = {{in.get(), 5}}},
                      "read line <&5; echo $line; ls /proc/self/fd | wc -l"),
            "text\n5\n");  // 0, 1, 2, 5, and the folder that ls reads
}

TEST(Spawn, ExchangesDescriptorsWithoutLosingOne) {
  Scratch scratch;
  ASSERT_TRUE(write_file(scratch / "a", "a\n", 0600));
  ASSERT_TRUE(write_file(scratch / "b", "b\n", 0600));
  Descriptor a(::open((scratch / "a").c_str(), O_RDONLY | O_CLOEXEC));
  Descriptor b(::open((scratch / "b").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(output_of({.descriptors = {{a.get(), b.get()}, {b.get(), a.get()}}},
                      "cat <&" + std::to_string(a.get()) + "; cat <&" + std::to_string(b.get())),
            "b\na\n");
}

TEST(Spawn, StartsProgramsOutsideOurProcessGroup) {
  auto group = [](SpawnOptions options) {
    return output_of(std::move(options), "cut -d' ' -f5,6 /proc/$$/stat");
  };
  EXPECT_NE(group({}).substr(0, group({}).find(' ')), std::to_string(::getpgrp()));
  auto session = group({.session = true});
  auto blank = session.find(' ');
  EXPECT_EQ(session.substr(0, blank) + "\n", session.substr(blank + 1));
}

TEST(Spawn, SaysWhyItCannotStartAProgram) {
  EXPECT_EQ(spawn({.words = {"/no/such/program"}}), -1);
  EXPECT_EQ(errno, ENOENT);
  EXPECT_EQ(spawn({}), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_FALSE(host_name().empty());
}

}  // namespace
}  // namespace sherpa::base
