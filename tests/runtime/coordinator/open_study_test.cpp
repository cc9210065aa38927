#include "runtime/coordinator/open_study.hpp"

#include "core/base/clock.hpp"
#include "core/space/specification.hpp"
#include "core/study/memory_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace sherpa::runtime {
namespace {

using testing::HasSubstr;

/// Opens a study as its stored facts and the setup say, without a process around it.
class OpenStudyTest : public testing::Test {
 protected:
  Result<OpenStudy> open() {
    auto opened = open_study(setup, {.prefetch = 1, .limits = limits}, &store, base::read_clocks());
    if (!opened) return opened;
    for (auto batch = opened->pipeline.take(); !batch.empty(); batch = opened->pipeline.take()) {
      auto done = store.commit(batch.groups);
      opened->pipeline.stored(batch, done);
    }
    return opened;
  }
  std::string refusal() {
    auto opened = open();
    return opened ? "accepted" : opened.error().message;
  }

  StudySetup setup{.parameters = {Continuous{"x", {0, 1}}},
                   .algorithm = RandomSearch{.max_num_trials = 20},
                   .lower_is_better = true,
                   .random_seed = 7,
                   .name = "digits"};
  study::Limits limits{};
  study::MemoryStore store;
};

TEST_F(OpenStudyTest, CreatesAStudyAndAsksItsAlgorithm) {
  auto opened = open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_FALSE(opened->resumed);
  EXPECT_EQ(opened->planned, 20u);
  const auto& study = opened->pipeline.engine().study();
  EXPECT_EQ(study.name, "digits");
  EXPECT_EQ(study.seed, 7u);
  EXPECT_EQ(study.limits.budget, 20u) << "the algorithm's own wins";
  EXPECT_EQ(study.uuid.size(), 36u);
  EXPECT_EQ(study.uuid[14], '4') << "a version 4 UUID";
  ASSERT_FALSE(store.groups().empty());
  EXPECT_TRUE(std::holds_alternative<study::fact::StudyCreated>(store.groups()[0]->front().fact));
}

TEST_F(OpenStudyTest, RefusesParametersNamedLikeColumns) {
  for (const char* name : {"Trial-ID", "Status", "Iteration", "Objective", "Further-Metrics"}) {
    setup.parameters = {Continuous{name, {0, 1}}};
    EXPECT_THAT(refusal(), HasSubstr("parameter '" + std::string(name) +
                                     "' has the name of a column of the results"));
  }
  setup.parameters = {Continuous{"objective", {0, 1}}};
  EXPECT_EQ(refusal(), "accepted") << "SHERPA's columns begin with a capital";
}

// An earlier version accepted them.
TEST_F(OpenStudyTest, ResumesAStoredStudyWhoseParameterIsNamedLikeAColumn) {
  open().or_throw();
  auto created = std::get<study::fact::StudyCreated>(store.groups()[0]->front().fact);
  created.parameters = space::parameters_to_json({Continuous{"Objective", {0, 1}}});
  store = study::MemoryStore();
  const std::vector<study::Group> groups{
      std::make_shared<std::vector<study::Entry>>(std::vector<study::Entry>{{1, 0, created}})};
  store.commit(groups).or_throw();
  setup.parameters = {Continuous{"Objective", {0, 1}}};
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(OpenStudyTest, ResumesWhatIsStored) {
  auto uuid = open().or_throw().pipeline.engine().study().uuid;
  auto again = open();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->resumed);
  EXPECT_EQ(again->pipeline.engine().study().uuid, uuid);
}

TEST_F(OpenStudyTest, RefusesWhatDiffersFromTheStoredStudy) {
  ASSERT_TRUE(open());
  setup.random_seed = 8;
  EXPECT_THAT(refusal(), HasSubstr("random_seed is 7 there and 8 here"));
  setup.random_seed = 7;
  setup.lower_is_better = false;
  EXPECT_THAT(refusal(), HasSubstr("lower_is_better is true there"));
  setup.lower_is_better = true;
  setup.parameters = {Continuous{"y", {0, 1}}};
  EXPECT_THAT(refusal(), HasSubstr("parameter 'x' there is 'y' here"));
  setup.parameters = {Continuous{"x", {0, 1}}};
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(OpenStudyTest, ChangesTheAlgorithmOnlyWhenAskedTo) {
  ASSERT_TRUE(open());
  setup.algorithm = SobolSearch{};
  EXPECT_THAT(refusal(), HasSubstr("set update (sherpa run --update) to change it"));
  setup.update = true;
  EXPECT_EQ(refusal(), "accepted");
  setup.update = false;
  EXPECT_EQ(refusal(), "accepted") << "it is stored";
}

TEST_F(OpenStudyTest, RefusesFactsThatCannotFollowOneAnother) {
  ASSERT_TRUE(open());
  auto groups = store.groups();
  store.keep(0);
  auto entry = groups[0]->front();
  std::vector<study::Entry> wrong{entry, entry};
  wrong[1].seq = entry.seq + 1;
  store.commit(std::array{study::Group(std::make_shared<const std::vector<study::Entry>>(wrong))})
      .or_throw();
  auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::damaged);
  EXPECT_THAT(opened.error().message, HasSubstr("cannot follow those before it"));
}

TEST_F(OpenStudyTest, RefusesAStudyWithoutParameters) {
  setup.parameters.clear();
  EXPECT_THAT(refusal(), HasSubstr("the study has no parameters"));
}

}  // namespace
}  // namespace sherpa::runtime
