#include "core/feed/feed_frame.hpp"

#include "core/feed/feed.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace sherpa::feed {
namespace {

class FeedFrame : public testing::Test {
 protected:
  void tell(study::Fact fact, std::int64_t withdrawn_from = study::nothing_withdrawn) {
    study::Entry entry{.seq = ++seq,
                       .at = 1'700'000'000'123'457 + static_cast<std::int64_t>(seq),
                       .fact = std::move(fact)};
    entry.withdrawn_from = withdrawn_from;
    feed.show({&entry, 1});
  }
  void tell_a_study() {
    tell(study::fact::StudyCreated{.uuid = "u-1",
                                   .name = "dïgits",
                                   .parameters = "[]",
                                   .algorithm = R"({"name":"RandomSearch"})",
                                   .limits = {.budget = 4}});
    tell(study::fact::WorkerJoined{
        .worker = {.name = "w", .incarnation = "1", .slots = 2, .resources = {"gpu:0"}}});
    tell(study::fact::TrialIssued{
        .trial = 1,
        .configuration = {{"act", "relu"}, {"lr", 0.5}, {"shape", Value::List{1, 2.5}}},
        .origin = {.k = 1, .horizon = 2}});
    tell(study::fact::AttemptStarted{.trial = 1, .attempt = 1, .worker = "w"});
    for (int i = 1; i <= 20; ++i)
      tell(study::fact::Observation{.trial = 1,
                                    .attempt = 1,
                                    .iteration = i,
                                    .objective = i == 3 ? std::nan("") : 1.0 / i,
                                    .context = i % 2 ? Metrics{{"loss", -0.5 * i}} : Metrics{}});
    tell(study::fact::AttemptEnded{
        .trial = 1, .attempt = 1, .end = study::End::lost, .detail = {.message = "gone"}});
    tell(study::fact::AttemptStarted{.trial = 1, .attempt = 2, .worker = "w"});
    tell(study::fact::Observation{.trial = 1,
                                  .attempt = 2,
                                  .iteration = 5,
                                  .objective = -std::numeric_limits<double>::infinity(),
                                  .context = {{"loss", 1}}},
         5);
    tell(study::fact::Steered{.action = study::Steering::limited, .max_concurrent = 3});
    tell(study::fact::StudyChanged{.algorithm = R"({"name":"RandomSearch"})"});
    tell(study::fact::TrialEnded{
        .trial = 1, .status = TrialStatus::completed, .iteration = 5, .objective = 0.05});
    tell(study::fact::StudyEnded{.why = study::EndOfStudy::budget, .message = "done"});
  }

  feed::Feed feed{8};
  study::Seq seq = 0;
};

TEST_F(FeedFrame, HoldsAllThatAnotherFeedNeedsToSayTheSame) {
  tell_a_study();
  feed::Feed mirror(8);
  while (auto frame = feed.after(mirror.last())) {
    auto facts = feed::read_frame(*frame->bytes).or_throw();
    EXPECT_EQ(facts.back().seq, frame->to);
    for (const auto& entry : facts)
      if (entry.seq > mirror.last()) mirror.show({&entry, 1});
  }
  EXPECT_EQ(mirror.last(), seq);
  EXPECT_EQ(mirror.uuid(), "u-1");
  EXPECT_EQ(*mirror.snapshot()->bytes, *feed.snapshot()->bytes);
  for (study::Seq seen = 0; seen < seq; ++seen)
    EXPECT_EQ(*mirror.after(seen)->bytes, *feed.after(seen)->bytes) << seen;
}

TEST_F(FeedFrame, IsRefusedWhenItIsCutOff) {
  tell_a_study();
  for (study::Seq seen = 0; seen < seq; seen += 8) {
    auto whole = *feed.after(seen)->bytes;
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_FALSE(feed::read_frame(whole.substr(0, size))) << size;
    EXPECT_FALSE(feed::read_frame(whole + '\0'));
    for (std::size_t at = 0; at < whole.size();
         ++at)  // damaged elsewhere it is refused, or another frame
      for (int bit = 0; bit < 8; bit += 3) {
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
        auto facts = feed::read_frame(damaged);
        for (std::size_t i = 1; facts && i < facts->size(); ++i)
          ASSERT_EQ((*facts)[i].seq, (*facts)[i - 1].seq + 1);
      }
  }
}

}  // namespace
}  // namespace sherpa::feed
