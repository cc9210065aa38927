#include "core/link/remote_launcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sherpa::link {
namespace {

using study::StopWhy;
using testing::ElementsAre;

/// A connection that notes what is sent.
class NotingConnection final : public Connection {
 public:
  bool send(const Message& message) override {
    sent.emplace_back(message_names[message.index()]);
    return true;
  }
  void close() override { closed = true; }
  void abandon() override { closed = true; }
  std::string address() const override { return "here"; }

  std::vector<std::string> sent;
  bool closed = false;
};

/// A channel that notes what is passed on.
class NotingChannel final : public study::TrialChannel {
 public:
  void observe(Observation) override {}
  std::optional<StopWhy> should_stop() override { return {}; }
  void publish(std::string) override {}
  void post(std::vector<Observation>,
            std::function<void(Result<std::optional<StopWhy>>)>) override {}
  void post_batch(std::uint64_t number, std::vector<Observation>, study::BatchCallbacks) override {
    passed.push_back("batch " + std::to_string(number));
  }
  void post_checkpoint(std::string, std::function<void(Result<void>)>) override {}
  void on_stop(std::function<void(StopWhy)> stop) override { stop_ = std::move(stop); }
  void ended(study::End, study::Detail, std::optional<StopWhy> stop_why) override {
    passed.emplace_back(stop_why == StopWhy::superseded ? "superseded" : "end");
  }
  void stop(StopWhy why) const { stop_(why); }

  std::vector<std::string> passed;

 private:
  std::function<void(StopWhy)> stop_;
};

class RemoteLauncherTest : public testing::Test {
 protected:
  RemoteLauncherTest() {
    hello.worker.name = "worker";
    hello.session = 1;
    hello.running = {{7, 1, "secret"}};
    launcher = std::make_shared<RemoteLauncher>(hello, connection);
    start.trial = 7;
    start.attempt = 1;
    start.token = "secret";
  }
  Batch batch(std::uint64_t number) const { return {7, 1, "secret", number, {{0.5, 1, {}}}}; }
  EndOfAttempt end() const { return {7, 1, "secret", 0, study::End::completed, {}, {}}; }

  Hello hello;
  study::effect::Start start;
  std::shared_ptr<NotingConnection> connection = std::make_shared<NotingConnection>();
  std::shared_ptr<NotingChannel> channel = std::make_shared<NotingChannel>();
  std::shared_ptr<RemoteLauncher> launcher;
};

TEST_F(RemoteLauncherTest, KeepsMessagesUntilTheAttemptIsAdopted) {
  launcher->received(1, batch(1));
  launcher->received(1, batch(2));
  launcher->adopt(start, channel);
  launcher->received(1, batch(3));
  launcher->received(1, end());
  EXPECT_THAT(channel->passed, ElementsAre("batch 1", "batch 2", "batch 3", "end"));
}

TEST_F(RemoteLauncherTest, EndsAChannelThatComesAfterTheEnd) {
  launcher->received(1, end());
  launcher->adopt(start, channel);
  auto late = std::make_shared<NotingChannel>();
  launcher->adopt(start, late);
  EXPECT_THAT(channel->passed, ElementsAre("end"));
  EXPECT_THAT(late->passed, ElementsAre("superseded"));
}

TEST_F(RemoteLauncherTest, AnswersForAttemptsThatItDoesNotKnow) {
  auto unknown = batch(1);
  unknown.trial = 8;
  launcher->received(1, unknown);
  auto wrong_token = end();
  wrong_token.token = "another";
  launcher->received(1, wrong_token);
  EXPECT_THAT(connection->sent, ElementsAre("Stop", "Settled"));
}

TEST_F(RemoteLauncherTest, IgnoresAnOlderConnection) {
  launcher->adopt(start, channel);
  hello.session = 2;
  auto newer = std::make_shared<NotingConnection>();
  EXPECT_TRUE(launcher->reconnect(hello, newer));
  EXPECT_FALSE(launcher->reconnect(hello, newer));
  EXPECT_TRUE(connection->closed);
  launcher->received(1, batch(1));
  launcher->received(2, batch(2));
  EXPECT_THAT(channel->passed, ElementsAre("batch 2"));
}

TEST_F(RemoteLauncherTest, RepeatsAStopOverEveryNewConnection) {
  launcher->adopt(start, channel);
  channel->stop(StopWhy::rule);
  hello.session = 2;
  auto newer = std::make_shared<NotingConnection>();
  launcher->reconnect(hello, newer);
  EXPECT_THAT(connection->sent, ElementsAre("Stop"));
  EXPECT_THAT(newer->sent, ElementsAre("Stop"));
}

TEST_F(RemoteLauncherTest, StopsTheWorkerBeforeItEndsASupersededChannel) {
  launcher->adopt(start, channel);
  launcher->superseded(7, 1);
  EXPECT_THAT(connection->sent, ElementsAre("Stop"));
  EXPECT_THAT(channel->passed, ElementsAre("superseded"));
}

}  // namespace
}  // namespace sherpa::link
