#include "runtime/store/stored_study.hpp"

#include "runtime/store/sqlite_store.hpp"
#include "tests/support/scratch.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::CaughtLog;
using testing_support::message_of;
using testing_support::read_file;
using testing_support::Scratch;
namespace fs = std::filesystem;
namespace fact = study::fact;

class Watcher final : public study::Viewer {
 public:
  void show(std::span<const study::Entry> entries) override {
    for (const auto& entry : entries) seen.emplace_back(study::fact_names[entry.fact.index()]);
  }
  std::vector<std::string> seen;
};

class StoredStudyTest : public testing::Test {
 protected:
  /// Stores these as facts 1, 2, …
  void store(const std::vector<study::Fact>& facts) {
    auto entries = std::make_shared<std::vector<study::Entry>>();
    for (const auto& one : facts) entries->push_back({entries->size() + 1, 1, one});
    auto store = SqliteStore::open(scratch.path(), Durability::process).or_throw();
    const std::vector<study::Group> groups{entries};
    store->commit(groups).or_throw();
  }
  static study::Fact created() {
    return fact::StudyCreated{.uuid = "u", .format = 1, .name = "digits"};
  }
  static study::Fact issued() {
    fact::TrialIssued issued;
    issued.trial = 1;
    issued.configuration = {{"x", 0.5}};
    return issued;
  }

  Scratch scratch;
};

TEST_F(StoredStudyTest, IsReadAsItWasLeft) {
  store({created(), issued(), fact::AttemptStarted{1, 1}, fact::Observation{1, 1, 1, 0.5, {}, 0}});
  const auto before = read_file(scratch / "study.db");
  Watcher watcher;
  auto engine = read_stored_study(scratch.path(), &watcher);
  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_EQ((*engine)->study().name, "digits");
  EXPECT_EQ((*engine)->ledger()->rows(), 1u);
  EXPECT_THAT(watcher.seen,
              ElementsAre("study_created", "trial_issued", "attempt_started", "observation"));
  EXPECT_EQ(read_file(scratch / "study.db"), before) << "it is not taken over";
  EXPECT_EQ(load_results(scratch.path()).size(), 1u);
}

TEST_F(StoredStudyTest, IsNotThere) {
  auto engine = read_stored_study(scratch.path());
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, Errc::invalid_argument);
  EXPECT_EQ(engine.error().message, "there is no study in " + scratch.path().string());
  EXPECT_TRUE(fs::is_empty(scratch.path()));
  EXPECT_THAT(message_of([&] { load_results(scratch.path()); }), HasSubstr("there is no study"));
}

TEST_F(StoredStudyTest, IsRefusedWhileACoordinatorHasIt) {
  store({created()});
  testing_support::taken_over_elsewhere(scratch.path());
  auto engine = read_stored_study(scratch.path());
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, Errc::locked);
}

TEST_F(StoredStudyTest, IsDamagedWhereAFactCannotFollow) {
  store({created(), fact::Observation{1, 1, 1, 0.5, {}, 0}});
  auto engine = read_stored_study(scratch.path());
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, Errc::damaged);
  EXPECT_THAT(engine.error().message, HasSubstr("fact 2 cannot follow those before it"));
}

TEST_F(StoredStudyTest, SaysInTheLogWhatIsMissing) {
  store({created(), issued(), fact::AttemptStarted{1, 1}});
  auto bytes = read_file(scratch / "study.db");
  // The first page, which no fact is on: the facts can all be read.
  bytes[0] = 'X';
  std::ofstream(scratch / "study.db", std::ios::binary) << bytes;
  CaughtLog log;
  auto engine = read_stored_study(scratch.path());
  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_THAT(log.text(), HasSubstr("the study's store was damaged: facts 1 to 3 could be read"));
  EXPECT_EQ(read_file(scratch / "study.db"), bytes);
}

}  // namespace
}  // namespace sherpa::runtime
