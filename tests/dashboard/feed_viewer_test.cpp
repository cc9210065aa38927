#include "dashboard/feed_viewer.hpp"

#include "core/feed/enumerations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sherpa::dashboard {
namespace {

using nlohmann::json;
namespace fact = study::fact;

/// Answers at once, or on request.
class FakeStudy final : public study::Steerable {
 public:
  void steer(study::SteeringCommand, std::function<void(Result<void>)> done) override {
    waiting.push_back(std::move(done));
  }
  void progress(std::function<void(Result<Progress>)> show) override { show(Progress{}); }
  Results results() const override { return {}; }
  std::vector<std::function<void(Result<void>)>> waiting;
};

class FeedViewerTest : public testing::Test {
 protected:
  FeedViewerTest() { study_api->attach({&study, {}}); }

  void tell(study::Fact fact) {
    study::Entry entry{.seq = ++seq, .at = 1, .fact = std::move(fact)};
    feed->show({&entry, 1});
  }
  void create() { tell(fact::StudyCreated{.uuid = "u-1", .name = "digits", .parameters = "[]"}); }
  std::unique_ptr<SocketUser> viewer(Viewing viewing) {
    viewing.studies = {"digits"};
    return make_feed_viewer(std::move(viewing), feed, study_api, [this] { ++woken; });
  }
  static json text(const std::optional<SocketUser::Message>& message) {
    EXPECT_TRUE(message && !message->binary);
    return json::parse(*message->bytes);
  }

  FakeStudy study;
  std::shared_ptr<feed::Feed> feed = std::make_shared<feed::Feed>(4);
  std::shared_ptr<StudyApi> study_api = std::make_shared<StudyApi>();
  study::Seq seq = 0;
  int woken = 0;
};

TEST_F(FeedViewerTest, GreetsOnceThereIsAStudyAndThenSendsFrames) {
  auto socket = viewer({});
  EXPECT_FALSE(socket->next(true));
  create();
  auto greeting = text(socket->next(true));
  EXPECT_EQ(greeting["goes_on"], false);
  EXPECT_EQ(greeting["role"], "viewer");
  EXPECT_EQ(greeting["number"], 1);
  EXPECT_EQ(greeting["enumerations"], json(feed::enumerations()));
  EXPECT_TRUE(socket->next(false)->binary);
  EXPECT_FALSE(socket->next(false)) << "it has seen everything";
  tell(fact::Steered{});
  EXPECT_FALSE(socket->next(false)) << "news wait for the next wake";
  EXPECT_TRUE(socket->next(true)->binary);
}

TEST_F(FeedViewerTest, ContinuesAfterTheFactsThatAViewerHasSeen) {
  create();
  for (int i = 0; i < 9; ++i) tell(fact::Steered{});
  auto socket = viewer({.role = Role::operating, .uuid = "u-1", .after = 10});
  auto greeting = text(socket->next(true));
  EXPECT_EQ(greeting["goes_on"], true);
  EXPECT_EQ(greeting["role"], "operator");
  EXPECT_FALSE(greeting.contains("study"));
  EXPECT_EQ(greeting["enumerations"], json(feed::enumerations()));
  EXPECT_FALSE(socket->next(false));
  for (Viewing other : {Viewing{.uuid = "u-2", .after = 10}, Viewing{.uuid = "u-1", .after = 11}})
    EXPECT_EQ(text(viewer(other)->next(true))["goes_on"], false)
        << "another study, or facts that were lost";
}

TEST_F(FeedViewerTest, AnswersRequestsWithTheirNumbers) {
  create();
  auto socket = viewer({.role = Role::operating});
  EXPECT_TRUE(socket->receive(R"({"ask": 7, "method": "GET", "path": ""})"));
  auto answer = text(socket->next(false));
  EXPECT_EQ(answer["reply"], 7);
  EXPECT_EQ(answer["status"], 200);
  EXPECT_EQ(woken, 1);
  EXPECT_TRUE(socket->receive(R"({"ask": "x", "method": "POST", "path": "/pause"})"));
  EXPECT_EQ(text(socket->next(false))["goes_on"], false) << "not answered yet";
  study.waiting.at(0)({});
  EXPECT_EQ(text(socket->next(true))["reply"], "x");
}

TEST_F(FeedViewerTest, AnswersMayComeAfterTheViewerHasGone) {
  create();
  auto socket = viewer({.role = Role::operating});
  EXPECT_TRUE(socket->receive(R"({"ask": 1, "method": "POST", "path": "/pause"})"));
  socket.reset();
  study.waiting.at(0)({});
  EXPECT_EQ(woken, 1);
}

TEST_F(FeedViewerTest, LetsViewersChangeNothing) {
  create();
  auto socket = viewer({});
  EXPECT_TRUE(socket->receive(R"({"ask": 1, "method": "POST", "path": "/pause"})"));
  EXPECT_EQ(text(socket->next(false))["status"], 403);
  EXPECT_TRUE(socket->receive(R"({"ask": 2, "method": "POST", "path": "x/links"})"));
  EXPECT_EQ(text(socket->next(false))["status"], 404) << "nothing outside the study";
}

TEST_F(FeedViewerTest, EndsConnectionsOfMalformedMessages) {
  create();
  for (std::string wrong : {"", "[]", "{}", R"({"ask": 1, "method": 2, "path": ""})",
                            R"({"ask": 1, "method": "GET", "path": []})"})
    EXPECT_FALSE(viewer({})->receive(wrong)) << wrong;
}

TEST_F(FeedViewerTest, LimitsTheRequestsOfAViewer) {
  create();
  auto socket = viewer({.role = Role::operating});
  std::string ask = R"({"ask": 1, "method": "POST", "path": "/pause"})";
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(socket->receive(ask));
  EXPECT_FALSE(socket->receive(ask));
}

}  // namespace
}  // namespace sherpa::dashboard
