#include "core/feed/feed.hpp"

#include "core/space/json.hpp"
#include "core/study/wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace sherpa::feed {
namespace {

/// A frame, read by the library's own msgpack.
struct Read {
  study::Seq from = 0, to = 0;
  std::vector<std::pair<study::Seq, std::string>> facts;
  std::vector<std::uint32_t> numbers, trials;
  std::vector<double> objectives;
  std::vector<std::pair<std::uint32_t, std::int64_t>> withdrawn;
  std::map<std::string, std::pair<std::optional<std::vector<std::uint32_t>>, std::vector<double>>>
      context;
  std::string raw;

  study::Seq number(std::size_t row) const { return from + numbers[row]; }
};

const msgpack::object& at(const msgpack::object& map, std::string_view name) {
  for (std::uint32_t i = 0; i < map.via.map.size; ++i)
    if (map.via.map.ptr[i].key.as<std::string>() == name) return map.via.map.ptr[i].val;
  throw std::runtime_error("no " + std::string(name));
}

template <class T>
std::vector<T> column(const msgpack::object& in) {
  std::vector<T> out(in.via.bin.size / sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), in.via.bin.ptr, in.via.bin.size);
  return out;
}

Read read(const feed::Feed::Frame& frame) {
  auto handle = msgpack::unpack(frame.bytes->data(), frame.bytes->size());
  const auto& map = handle.get();
  Read out;
  out.raw = *frame.bytes;
  out.from = at(map, "from").as<study::Seq>();
  out.to = at(map, "to").as<study::Seq>();
  for (const auto& fact : at(map, "facts").as<std::vector<msgpack::object>>()) {
    auto parts = fact.as<std::vector<msgpack::object>>();
    out.facts.emplace_back(parts[0].as<study::Seq>(), parts[1].as<std::string>());
  }
  const auto& rows = at(map, "rows");
  out.numbers = column<std::uint32_t>(at(rows, "number"));
  out.trials = column<std::uint32_t>(at(rows, "trial"));
  out.objectives = column<double>(at(rows, "objective"));
  for (const auto& w : at(rows, "withdrawn").as<std::vector<std::vector<std::int64_t>>>())
    out.withdrawn.emplace_back(static_cast<std::uint32_t>(w[0]), w[1]);
  const auto& context = at(rows, "context");
  for (std::uint32_t i = 0; i < context.via.map.size; ++i) {
    auto parts = context.via.map.ptr[i].val.as<std::vector<msgpack::object>>();
    auto& metric = out.context[context.via.map.ptr[i].key.as<std::string>()];
    if (!parts[0].is_nil()) metric.first = column<std::uint32_t>(parts[0]);
    metric.second = column<double>(parts[1]);
  }
  return out;
}

class FeedTest : public testing::Test {
 protected:
  void tell(study::Fact fact, std::int64_t withdrawn_from = study::nothing_withdrawn) {
    study::Entry entry{
        .seq = ++seq, .at = 1'000'000 * static_cast<std::int64_t>(seq), .fact = std::move(fact)};
    entry.withdrawn_from = withdrawn_from;
    feed.show({&entry, 1});
  }
  void create() {
    tell(study::fact::StudyCreated{
        .uuid = "u-1", .name = "digits", .parameters = R"([{"name":"lr"}])", .algorithm = "{}"});
  }
  void issue(TrialId trial) { tell(study::fact::TrialIssued{trial, {{"lr", 0.5}}, {.k = trial}}); }
  void observe(TrialId trial, std::int64_t iteration, double objective, Metrics context = {}) {
    tell(study::fact::Observation{.trial = trial,
                                  .attempt = 1,
                                  .iteration = iteration,
                                  .objective = objective,
                                  .context = std::move(context)});
  }
  /// What a viewer comes to know who asks until there is nothing more: numbers, each once.
  std::vector<study::Seq> all_after(study::Seq seen) {
    std::vector<study::Seq> numbers;
    while (auto frame = feed.after(seen)) {
      auto got = read(*frame);
      for (const auto& [number, kind] : got.facts)
        if (number > seen) numbers.push_back(number);
      for (std::size_t i = 0; i < got.numbers.size(); ++i)
        if (got.number(i) > seen) numbers.push_back(got.number(i));
      EXPECT_GT(got.to, seen);
      seen = got.to;
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }

  feed::Feed feed{8};
  study::Seq seq = 0;
};

TEST_F(FeedTest, TellsWhatHappenedAfterANumber) {
  create();
  issue(1);
  observe(1, 3, 0.25, {{"loss", 1.5}});
  auto got = read(*feed.after(0));
  EXPECT_EQ(got.from, 1u);
  EXPECT_EQ(got.to, 3u);
  EXPECT_EQ(got.facts, (std::vector<std::pair<study::Seq, std::string>>{{1, "study_created"},
                                                                        {2, "trial_issued"}}));
  EXPECT_EQ(got.number(0), 3u);
  EXPECT_EQ(got.trials, std::vector<std::uint32_t>{1});
  EXPECT_EQ(got.objectives, std::vector<double>{0.25});
  EXPECT_EQ(got.context.at("loss").second, std::vector<double>{1.5});
  EXPECT_FALSE(got.context.at("loss").first) << "all rows have it";
  EXPECT_EQ(read(*feed.after(2)).facts.size(), 0u);
  EXPECT_FALSE(feed.after(3));
}

TEST_F(FeedTest, EveryViewerGetsEveryFactOnceWhereverItBegins) {
  create();
  for (TrialId trial = 1; trial <= 12; ++trial) {
    issue(trial);
    observe(trial, 1, 0.5);
    observe(trial, 2, 0.25, {{trial % 2 ? "odd" : "even", 1.0}});
  }
  for (study::Seq seen = 0; seen <= seq; ++seen) {
    std::vector<study::Seq> expected;
    for (study::Seq number = seen + 1; number <= seq; ++number) expected.push_back(number);
    EXPECT_EQ(all_after(seen), expected) << "after " << seen;
  }
  EXPECT_FALSE(feed.after(seq + 7)) << "a number that is not there yet";
}

TEST_F(FeedTest, SaysWhichRowsHaveAMetricAndWhatIsWithdrawn) {
  create();
  issue(1);
  observe(1, 1, 0.5, {{"loss", 1.0}});
  observe(1, 2, 0.5);
  tell(
      study::fact::Observation{
          .trial = 1, .attempt = 2, .iteration = 1, .objective = 0.75, .context = {{"loss", 3.0}}},
      1);
  auto got = read(*feed.after(3));  // the first observation is known
  EXPECT_EQ(*got.context.at("loss").first, std::vector<std::uint32_t>{1});
  EXPECT_EQ(got.context.at("loss").second, std::vector<double>{3.0});
  EXPECT_EQ(got.withdrawn, (std::vector<std::pair<std::uint32_t, std::int64_t>>{{1, 1}}));
}

TEST_F(FeedTest, KeepsNaNAndInfinities) {
  create();
  issue(1);
  observe(1, 1, std::numeric_limits<double>::quiet_NaN());
  observe(1, 2, -std::numeric_limits<double>::infinity());
  auto got = read(*feed.after(0));
  EXPECT_TRUE(std::isnan(got.objectives[0]));
  EXPECT_EQ(got.objectives[1], -std::numeric_limits<double>::infinity());
}

TEST_F(FeedTest, TellsNoSecrets) {
  create();
  issue(1);
  tell(study::fact::AttemptStarted{
      .trial = 1, .attempt = 1, .token_hash = "deadbeef", .worker = "node1"});
  auto got = read(*feed.after(0));
  EXPECT_EQ(got.raw.find("deadbeef"), std::string::npos);
  EXPECT_EQ(got.raw.find("token"), std::string::npos);
  EXPECT_NE(got.raw.find("node1"), std::string::npos);
}

TEST_F(FeedTest, SharesWhatThoseWhoKeepUpGet) {
  create();
  issue(1);
  EXPECT_EQ(feed.after(1)->bytes, feed.after(1)->bytes) << "a hundred viewers, one frame";
}

TEST_F(FeedTest, SnapshotsTheTrials) {
  EXPECT_FALSE(feed.snapshot());
  create();
  issue(1);
  issue(2);
  tell(study::fact::AttemptStarted{.trial = 1, .attempt = 1, .worker = "node1"});
  tell(study::fact::AttemptEnded{.trial = 1, .attempt = 1});
  tell(study::fact::TrialEnded{
      .trial = 1, .status = TrialStatus::failed, .iteration = 0, .objective = std::nan("")});
  tell(study::fact::AttemptStarted{.trial = 2, .attempt = 1, .worker = "<img src=x>"});
  tell(study::fact::StopRequested{.trial = 2, .attempt = 1, .by = study::StopBy::person});
  tell(study::fact::Steered{.action = study::Steering::limited, .max_concurrent = 9});
  tell(study::fact::Steered{.action = study::Steering::paused});
  auto snapshot = feed.snapshot();
  EXPECT_EQ(snapshot->to, seq);
  auto json = space::json::Json::parse("{" + *snapshot->bytes + "}");
  EXPECT_EQ(json["number"], seq);
  EXPECT_EQ(json["study"]["name"], "digits");
  EXPECT_EQ(json["study"]["paused"], true);
  EXPECT_EQ(json["study"]["max_concurrent"], 9);
  EXPECT_EQ(json["study"]["parameters"][0]["name"], "lr");
  EXPECT_EQ(json["trials"]["values"]["lr"], (space::json::Json{0.5, 0.5}));
  EXPECT_EQ(json["trials"]["status"], (space::json::Json{2, 0}));
  EXPECT_EQ(json["trials"]["objective"], (space::json::Json{"NaN", nullptr}));
  EXPECT_EQ(json["trials"]["running"], (space::json::Json{0, 1}));
  EXPECT_EQ(json["trials"]["stopping"], (space::json::Json{0, 1}));
  EXPECT_EQ(json["trials"]["worker"][1], "<img src=x>");
  EXPECT_EQ(feed.snapshot()->bytes, snapshot->bytes) << "made once for all who ask";
  EXPECT_EQ(feed.uuid(), "u-1");
}

TEST_F(FeedTest, SaysThatThereIsNews) {
  int news = 0;
  feed.on_news([&] { ++news; });
  create();
  issue(1);
  EXPECT_EQ(news, 2);
}

}  // namespace
}  // namespace sherpa::feed
