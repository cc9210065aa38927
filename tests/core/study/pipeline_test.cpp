#include "core/study/pipeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sherpa::study {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Recorder final : FactListener, Viewer {
  void learn(const Group& facts) override {
    for (const auto& entry : *facts) learned.push_back(entry.seq);
    ++groups;
  }
  void show(std::span<const Entry> facts) override {
    for (const auto& entry : facts) shown.push_back(entry.seq);
  }

  std::vector<Seq> learned, shown;
  int groups = 0;
};

class PipelineTest : public testing::Test {
 protected:
  Pipeline make(bool stored, Engine::Options options = {}) {
    auto engine = std::make_unique<Engine>(options);
    Pipeline pipeline(std::move(engine), stored, &recorder);
    pipeline.add_listener(recorder);
    fact::StudyCreated study{.uuid = "u", .format = 1, .name = "n"};
    study.limits.budget = 3;
    pipeline.handle(command::Create{study}, {});
    return pipeline;
  }
  static command::Suggested answer(const Ask& ask) {
    return {ask.k, ask.horizon, Chosen{{{"x", 1}}, {}}, {}};
  }
  static command::Join join() { return {Worker{"a", "1", 1, {}, false}, {}, 1}; }
  template <class E>
  static int count(const std::vector<Effect>& effects) {
    int n = 0;
    for (const auto& effect : effects) n += std::holds_alternative<E>(effect) ? 1 : 0;
    return n;
  }

  Recorder recorder;
};

TEST_F(PipelineTest, TeachesEachGroupOnceAndInOrder) {
  auto pipeline = make(true);
  auto joined = pipeline.handle(join(), {});
  ASSERT_TRUE(joined.question);
  pipeline.handle(answer(*joined.question), {});
  EXPECT_THAT(recorder.learned, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(recorder.groups, 3);
  pipeline.handle(command::Tick{}, {});  // decides nothing
  EXPECT_EQ(recorder.groups, 3);
}

TEST_F(PipelineTest, ReleasesAStartOnceItsFactsAreStored) {
  auto pipeline = make(true);
  auto joined = pipeline.handle(join(), {});
  EXPECT_THAT(pipeline.handle(answer(*joined.question), {}).released, IsEmpty());
  auto batch = pipeline.take();
  EXPECT_EQ(batch.groups.size(), 3u);
  EXPECT_TRUE(pipeline.take().empty());
  EXPECT_EQ(count<effect::Start>(pipeline.stored(batch, {})), 1);
}

TEST_F(PipelineTest, ShowsViewersOnlyWhatIsStored) {
  auto pipeline = make(true);
  EXPECT_THAT(recorder.shown, IsEmpty());
  auto batch = pipeline.take();
  pipeline.handle(join(), {});
  pipeline.stored(batch, {});
  EXPECT_THAT(recorder.shown, ElementsAre(1));
}

TEST_F(PipelineTest, InMemoryNothingWaits) {
  auto pipeline = make(false);
  auto joined = pipeline.handle(join(), {});
  EXPECT_THAT(recorder.shown, ElementsAre(1, 2));
  EXPECT_EQ(count<effect::Start>(pipeline.handle(answer(*joined.question), {}).released), 1);
  EXPECT_TRUE(pipeline.take().empty());
}

TEST_F(PipelineTest, ATrialThatItsCallerRunsStartsBeforeItIsStored) {
  auto pipeline = make(true, {.placement = OnDemand{}});
  auto taken = pipeline.handle(command::Take{}, {});
  ASSERT_TRUE(taken.question);
  EXPECT_EQ(count<effect::Start>(pipeline.handle(answer(*taken.question), {}).released), 1);
}

TEST_F(PipelineTest, AFailedCommitIsTheEnd) {
  auto pipeline = make(true);
  auto joined = pipeline.handle(join(), {});
  pipeline.handle(answer(*joined.question), {});
  auto batch = pipeline.take();
  EXPECT_THAT(pipeline.stored(batch, Error{Errc::store, "disk full"}), IsEmpty());
  EXPECT_THAT(recorder.shown, IsEmpty());
  auto refused = pipeline.handle(command::Tick{}, {});
  EXPECT_EQ(refused.answer.error.message, "disk full");
  EXPECT_THAT(recorder.learned, ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(pipeline.take().empty());
}

TEST_F(PipelineTest, ALostStoreIsTheEnd) {
  auto pipeline = make(true);
  pipeline.fail({Errc::store, "the lock is lost"});
  EXPECT_EQ(pipeline.handle(join(), {}).answer.error.message, "the lock is lost");
  EXPECT_TRUE(pipeline.journal().failed());
}

TEST_F(PipelineTest, AListenerThatWasRemovedLearnsNoMore) {
  auto pipeline = make(true);
  pipeline.remove_listener(recorder);
  pipeline.handle(join(), {});
  EXPECT_THAT(recorder.learned, ElementsAre(1));
}

}  // namespace
}  // namespace sherpa::study
