#include "tests/golden/golden.hpp"

#include "runtime/store/sqlite_store.hpp"
#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

// Stores as earlier versions wrote them, one folder each. Whatever changes in the code, they are
// read as they were.
namespace sherpa {
namespace {

class GoldenStore : public testing::TestWithParam<std::string> {
 protected:
  testing_support::Scratch scratch;
  std::filesystem::path golden = std::filesystem::path(SHERPA_GOLDEN) / GetParam();
};

TEST_P(GoldenStore, HoldsTheFactsItHeld) {
  auto store = runtime::SqliteStore::open(golden / "facts", Durability::process,
                                          runtime::SqliteStore::Mode::read_only);
  ASSERT_TRUE(store) << store.error().message;
  std::string lines;
  auto replayed = (*store)->replay([&](study::Entry&& entry) -> Result<void> {
    lines += golden::line_of(entry) + '\n';
    return {};
  });
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(lines, testing_support::read_file(golden / "facts" / "expected.txt"));
}

TEST_P(GoldenStore, ShowsTheResultsItShowed) {
  std::ostringstream table;
  load_results(golden / "study").write_csv(table);
  EXPECT_EQ(table.str(), testing_support::read_file(golden / "study" / "expected.csv"));
}

TEST_P(GoldenStore, GoesOnToTheEnd) {
  std::filesystem::copy_file(golden / "study" / "study.db", scratch / "study.db");
  {
    Study study(golden::setup(scratch.path()));
    golden::go_on(study, 100);
  }
  auto expected = testing_support::read_file(golden / "study" / "expected.csv");
  auto table = testing_support::read_file(scratch / "results.csv");
  EXPECT_EQ(table.substr(0, expected.size()), expected);
  auto results = load_results(scratch.path());
  std::size_t ended = 0;
  for (auto status : {TrialStatus::completed, TrialStatus::failed, TrialStatus::stopped})
    ended += results.with_status(status).size();
  EXPECT_EQ(ended, 1u + 1 * 1 * 3 * 3 + 3 * 2);  // enqueued, grid, repeated
}

INSTANTIATE_TEST_SUITE_P(Versions, GoldenStore, testing::Values("v1"));

}  // namespace
}  // namespace sherpa
