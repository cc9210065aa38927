#include "core/base/files.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace sherpa::base {
namespace {

using testing::HasSubstr;
using testing_support::Scratch;

unsigned mode_of(const std::filesystem::path& file) {
  struct stat info {};
  return ::stat(file.c_str(), &info) == 0 ? info.st_mode & 0777u : 0u;
}

TEST(Files, HoldWhatWasWritten) {
  Scratch scratch;
  const std::string text = std::string(10'000, 'x') + '\0' + "end";
  ASSERT_TRUE(write_file(scratch / "file", text, 0600));
  EXPECT_EQ(read_file(scratch / "file"), text);
  EXPECT_EQ(read_file(scratch / "file", 3), "xxx");
  EXPECT_EQ(mode_of(scratch / "file"), 0600u);
}

TEST(Files, SayWhyTheyCannotBeRead) {
  Scratch scratch;
  errno = 0;
  EXPECT_EQ(read_file(scratch / "none"), std::nullopt);
  EXPECT_EQ(errno, ENOENT);
  EXPECT_EQ(read_file(scratch.path()), std::nullopt);
  EXPECT_EQ(errno, EISDIR);
}

TEST(Files, AreReplacedAsAWhole) {
  Scratch scratch;
  ASSERT_TRUE(write_file(scratch / "file", "a longer text", 0644));
  ASSERT_TRUE(replace_file(scratch / "file", "new", 0640));
  EXPECT_EQ(read_file(scratch / "file"), "new");
  EXPECT_EQ(mode_of(scratch / "file"), 0640u);
  EXPECT_FALSE(std::filesystem::exists(scratch / "file.new"));
}

TEST(Files, KeepTheUmaskAndNeverBecomeReadableByMore) {
  Scratch scratch;
  const auto before = ::umask(077);
  ASSERT_TRUE(write_file(scratch / "new", "text", 0644));
  ::umask(022);
  ASSERT_TRUE(write_file(scratch / "new", "again", 0644));
  EXPECT_EQ(mode_of(scratch / "new"), 0600u);
  ASSERT_TRUE(write_file(scratch / "shared", "text", 0644));
  EXPECT_EQ(mode_of(scratch / "shared"), 0644u);
  ASSERT_TRUE(write_file(scratch / "shared", "a secret", 0600));
  EXPECT_EQ(mode_of(scratch / "shared"), 0600u);
  ::umask(before);
}

TEST(Files, NameTheFileAndTheRemedyOnFailure) {
  Scratch scratch;
  auto written = replace_file(scratch / "none" / "file", "text", 0600);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::store);
  EXPECT_THAT(written.error().message, HasSubstr((scratch / "none" / "file").string()));
  EXPECT_THAT(file_error("cannot write", "x", ENOSPC).message, HasSubstr("free some space"));
}

TEST(Files, CloseTheirDescriptorOnceAndKeepErrno) {
  int number = -1;
  {
    Descriptor file(::dup(STDIN_FILENO));
    number = file.get();
    Descriptor moved(std::move(file));
    EXPECT_FALSE(file);  // NOLINT(bugprone-use-after-move): it says that it is closed
    EXPECT_EQ(moved.get(), number);
    errno = EINTR;
  }
  EXPECT_EQ(errno, EINTR);
  EXPECT_LT(::fcntl(number, F_GETFD), 0);
}

TEST(Files, AreDeletedWithATemporaryDirectory) {
  std::filesystem::path path;
  {
    auto directory = TemporaryDirectory::make();
    ASSERT_TRUE(directory);
    path = directory->path();
    ASSERT_TRUE(write_file(path / "file", "text", 0600));
    EXPECT_TRUE(sync_file(path / "file"));
    EXPECT_TRUE(sync_directory(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace sherpa::base
