#include "runtime/store/study_directory.hpp"

#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

namespace sherpa::runtime {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing_support::read_file;
using testing_support::Scratch;

class StudyDirectoryTest : public testing::Test {
 protected:
  Result<std::unique_ptr<StudyDirectory>> open() {
    return StudyDirectory::open({.parameters = {},
                                 .algorithm = RandomSearch{},
                                 .lower_is_better = true,
                                 .output_dir = directory});
  }
  /// The error with which the directory is refused, which changes nothing in it.
  Error refusal() {
    const auto before = content();
    auto opened = open();
    EXPECT_FALSE(opened);
    EXPECT_EQ(content(), before);
    return opened ? Error{Errc::internal, "accepted"} : opened.error();
  }
  std::map<std::string, std::string> content() const {
    std::map<std::string, std::string> files;
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(directory, none))
      files[entry.path().string()] = entry.is_regular_file() ? read_file(entry.path()) : "";
    return files;
  }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((directory / name).parent_path());
    std::ofstream(directory / name) << text;
  }

  Scratch scratch;
  fs::path directory = scratch / "study";
};

TEST_F(StudyDirectoryTest, IsMadeOrTakenWhenItIsEmpty) {
  EXPECT_TRUE(open());
  fs::remove_all(directory);
  fs::create_directories(directory);
  EXPECT_TRUE(open());
}

TEST_F(StudyDirectoryTest, IsTakenWhenItHoldsAStudy) {
  ASSERT_TRUE(open());
  write("results.csv", "Trial-ID\n");
  write("notes.txt", "of the user\n");
  EXPECT_TRUE(open());
  fs::remove(directory / "lock");  // as in a copy made by Study::save
  EXPECT_TRUE(open());
}

TEST_F(StudyDirectoryTest, IsRefusedWhenItHoldsSomethingElse) {
  for (const char* name :
       {"results.csv", "config.pkl", "study.yaml", "token", "endpoint", "checkpoints/3/weights"}) {
    fs::remove_all(directory);
    write(name, "somebody else's");
    auto error = refusal();
    EXPECT_EQ(error.code, Errc::invalid_argument) << name;
    EXPECT_THAT(error.message, AllOf(HasSubstr("output directory " + directory.string()),
                                     HasSubstr("use a new or empty directory")));
  }
}

TEST_F(StudyDirectoryTest, IsRefusedWhenItsLockIsNotOurs) {
  write("lock", "PID 7 of another program\n");
  EXPECT_EQ(refusal().code, Errc::invalid_argument);
}

TEST_F(StudyDirectoryTest, IsRefusedWhenItsStoreIsAnotherProgrammes) {
  write("study.db", "SQLite format 3" + std::string(4096, '\0'));
  EXPECT_THAT(refusal().message, HasSubstr("is not a Sherpa store"));
  write("study.db", "a text");
  EXPECT_EQ(refusal().code, Errc::damaged);
}

TEST_F(StudyDirectoryTest, IsRefusedWhenItsStoreIsEmpty) {
  ASSERT_TRUE(open());
  write("study.db", "");
  fs::remove(directory / "study.db-wal");
  auto error = refusal();
  EXPECT_EQ(error.code, Errc::damaged);
  EXPECT_THAT(error.message, HasSubstr((directory / "study.db").string() + " is empty"));
}

TEST_F(StudyDirectoryTest, IsRefusedWhenItsStoreIsMissing) {
  ASSERT_TRUE(open());
  write("results.csv", "Trial-ID\n");
  fs::remove(directory / "study.db");
  fs::remove(directory / "study.db-wal");
  auto error = refusal();
  EXPECT_EQ(error.code, Errc::damaged);
  EXPECT_THAT(error.message, HasSubstr("its store, study.db, is missing"));
}

TEST_F(StudyDirectoryTest, IsTakenAfterARunThatDiedBeforeItMadeTheStore) {
  ASSERT_TRUE(open());
  fs::remove(directory / "study.db");
  fs::remove(directory / "study.db-wal");
  write("study.db.new", "half of it");
  EXPECT_TRUE(open());
  fs::remove_all(directory);
  write("lock", "");
  EXPECT_TRUE(open());
}

TEST_F(StudyDirectoryTest, IsTakenWithWhatBelongsToFileSystemsAndDesktops) {
  write(".DS_Store", "x");
  write(".nfs0001", "x");
  fs::create_directories(directory / "lost+found");
  EXPECT_TRUE(open());
}

TEST_F(StudyDirectoryTest, IsRefusedWhenItIsNoDirectory) {
  std::ofstream(directory) << "a file";
  EXPECT_THAT(refusal().message, HasSubstr("is not a directory"));
  EXPECT_EQ(read_file(directory), "a file");
  fs::remove(directory);
  fs::create_symlink(scratch / "nowhere", directory);
  EXPECT_THAT(refusal().message, HasSubstr("is a link to " + (scratch / "nowhere").string()));
}

TEST_F(StudyDirectoryTest, NamesWhoHasIt) {
  auto first = open();
  ASSERT_TRUE(first);
  auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::locked);
}

}  // namespace
}  // namespace sherpa::runtime
