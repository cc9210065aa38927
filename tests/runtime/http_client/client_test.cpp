#include <sherpa/client.hpp>

#include "tests/support/scratch.hpp"
#include "tests/support/trial_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <thread>

namespace sherpa {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::HasSubstr;

class ClientTest : public testing::Test {
 protected:
  Client client(ClientOptions options = {}) {
    return {at.server->url(), "secret", scratch.path(), options};
  }
  /// As a coordinator does that is started again: it has another port.
  void restart() {
    auto blocked = at.server->port();
    at.server.reset();
    at.open({.first_port = static_cast<std::uint16_t>(blocked + 1)});
    write_endpoint(at.server->url());
  }
  void write_endpoint(const std::string& url) {
    std::ofstream(scratch / "endpoint.new")
        << R"({"url": ")" << url << R"(", "host": "here", "pid": 1, "epoch": 2})";
    std::filesystem::rename(scratch / "endpoint.new", scratch / "endpoint");
  }

  Scratch scratch;
  TrialApiServer at{{}, own_address()};
};

TEST_F(ClientTest, HearsItsTrial) {
  auto trial = client().get_trial();
  EXPECT_EQ(trial.id, 7u);
  EXPECT_EQ(trial.attempt, 1u);
  EXPECT_EQ(trial.parameters, (Configuration{{"lr", 0.5}, {"units", 64}, {"act", "relu"}}));
}

TEST_F(ClientTest, ReportsOverOneConnection) {
  auto one = client();
  EXPECT_FALSE(one.report({.objective = 0.5, .iteration = 1, .context = {{"loss", 2}}}));
  EXPECT_FALSE(
      one.report({.objective = std::nan(""), .iteration = 2, .context = {{"a", -INFINITY}}}));
  EXPECT_FALSE(one.report({.objective = INFINITY, .iteration = 3}));
  at.channel->stop(study::StopWhy::rule);
  EXPECT_TRUE(one.report({.objective = 1, .iteration = 4}));
  EXPECT_TRUE(one.should_stop());
  auto posted = at.channel->posted();
  ASSERT_EQ(posted.size(), 4u);
  EXPECT_EQ(posted[0].context, (Metrics{{"loss", 2}}));
  EXPECT_TRUE(std::isnan(posted[1].objective));
  EXPECT_EQ(posted[1].context, (Metrics{{"a", -INFINITY}}));
  EXPECT_EQ(posted[2].objective, INFINITY);
  EXPECT_EQ(at.server->connections(), 1u);
}

TEST_F(ClientTest, ReportsManyInParts) {
  std::vector<Observation> many(25'000);
  for (std::size_t i = 0; i < many.size(); ++i)
    many[i] = {.objective = 1.0 / 3,
               .iteration = static_cast<std::int64_t>(i),
               .context = {{"a rather long name", 2.0 / 3}}};
  EXPECT_FALSE(client().report_all(many));
  auto posted = at.channel->posted();
  ASSERT_EQ(posted.size(), many.size());
  for (std::size_t i = 0; i < many.size(); ++i) ASSERT_EQ(posted[i].iteration, many[i].iteration);
  EXPECT_FALSE(client().report_all({}));
}

TEST_F(ClientTest, PublishesAndEnds) {
  auto one = client();
  one.publish();
  EXPECT_EQ(at.channel->published(), std::vector<std::string>{"checkpoints/7/1"});
  EXPECT_EQ(code_of([&] { one.end(TrialStatus::stopped); }), Errc::invalid_argument);
  one.end(TrialStatus::failed, "diverged");
  EXPECT_EQ(at.attempt->declared(), std::pair(study::End::failed, std::string("diverged")));
  EXPECT_EQ(code_of([&] { one.end(TrialStatus::completed); }), Errc::wrong_state);
  EXPECT_EQ(code_of([&] { one.report({.objective = 1}); }), Errc::wrong_state);
}

TEST_F(ClientTest, ThrowsWhatTheCoordinatorRefuses) {
  auto one = client();
  one.report({.objective = 1, .iteration = 1});
  EXPECT_THAT(message_of([&] { one.report({.objective = 1, .iteration = 1}); }),
              HasSubstr("iteration 1 was observed already"));
  EXPECT_EQ(code_of([&] { one.report({.objective = 1, .iteration = 1}); }), Errc::invalid_argument);
  EXPECT_THAT(message_of([&] { one.report({.objective = 1, .iteration = -1}); }),
              HasSubstr("expected a whole number from 0"));
  EXPECT_THAT(message_of([&] {
                one.report({.objective = 1, .iteration = 2, .context = {{"\xff", 1}}});
              }),
              HasSubstr("UTF-8"));
}

TEST_F(ClientTest, KnowsWhenItIsSuperseded) {
  auto one = client();
  at.channel->fail(Error{Errc::superseded, "another attempt has taken over"});
  EXPECT_EQ(code_of([&] { one.report({.objective = 1}); }), Errc::superseded);
  EXPECT_TRUE(one.should_stop());
  at.attempts.remove("secret");
  EXPECT_EQ(code_of([&] { one.get_trial(); }), Errc::superseded);
  EXPECT_TRUE(one.should_stop());
}

TEST_F(ClientTest, ConnectsAgainWhereTheConnectionWasClosedMeanwhile) {
  at.open({.idle = 10ms});
  auto one = client();
  for (int i = 0; i < 3; ++i) {
    one.report({.objective = 1, .iteration = i});
    while (at.server->connections() > 0) std::this_thread::yield();
  }
  EXPECT_EQ(at.channel->posted().size(), 3u);
}

TEST_F(ClientTest, FindsACoordinatorThatWasStartedElsewhere) {
  auto one = client();
  one.report({.objective = 1, .iteration = 1});
  restart();
  one.report({.objective = 1, .iteration = 2});
  EXPECT_EQ(at.channel->posted().size(), 2u);
}

TEST_F(ClientTest, FindsItAlsoWhereAnotherStudyHasItsOldPort) {
  auto one = client();
  TrialApiServer other{{}, own_address()};
  other.attempts.remove("secret");
  auto here = at.server->port();
  restart();
  other.server.reset();
  other.open({.port = here});
  ASSERT_EQ(other.server->port(), here);
  one.report({.objective = 1, .iteration = 1});
  EXPECT_EQ(at.channel->posted().size(), 1u);
}

TEST_F(ClientTest, DoesNotBelieveAnotherStudyThatHasThePortWhileItsOwnIsAway) {
  const std::string token = "12345678.secret";
  at.attempt = open_attempt(7, 1, token, at.channel);
  at.attempts.add(at.attempt);
  Client one(at.server->url(), token, scratch.path());
  one.report({.objective = 1, .iteration = 1});
  auto port = at.server->port();
  at.server.reset();
  TrialApiServer other{{.port = port}, own_address()};
  ASSERT_EQ(other.server->port(), port);
  other.attempts.belong_to("87654321-9abc-4def-8123-456789abcdef");
  std::jthread restarts([&] {
    while (other.server->connections() == 0) std::this_thread::yield();
    at.open({.first_port = static_cast<std::uint16_t>(port + 1)});
    write_endpoint(at.server->url());
  });
  one.report({.objective = 1, .iteration = 2});
  EXPECT_EQ(at.channel->posted().size(), 2u);
}

TEST_F(ClientTest, TakesNoNoticeOfSomethingElseThatHasThePort) {
  auto one = client();
  auto port = at.server->port();
  at.server.reset();
  std::atomic<int> asked = 0;
  auto other =
      dashboard::HttpServer::open(
          {.host = own_address(), .port = port},
          [&](const dashboard::Request&, dashboard::Reply reply) {
            reply({.status = ++asked % 2 == 0 ? 404 : 200, .body = "<html>", .headers = {}});
          })
          .or_throw();
  std::jthread restarts([&] {
    while (asked < 2) std::this_thread::yield();
    at.open({.first_port = static_cast<std::uint16_t>(port + 1)});
    write_endpoint(at.server->url());
  });
  one.report({.objective = 1, .iteration = 1});
  EXPECT_EQ(at.channel->posted().size(), 1u);
}

TEST_F(ClientTest, WaitsThroughARestart) {
  auto one = client();
  at.server.reset();
  std::jthread restarts([&] {
    at.open();
    write_endpoint(at.server->url());
  });
  one.report({.objective = 1, .iteration = 1});
  EXPECT_EQ(at.channel->posted().size(), 1u);
}

TEST_F(ClientTest, CountsNothingTwiceAndFailsNotWhereTheAnswerWasLost) {
  auto one = client();
  at.channel->hold();
  std::jthread coordinator([&] {
    at.channel->wait_for(1);  // it is taken, and dies before it says so
    at.server.reset();
    at.channel->forget();
    at.channel->stop(study::StopWhy::rule);
    at.open();
    write_endpoint(at.server->url());
  });
  EXPECT_TRUE(one.report({.objective = 1, .iteration = 1}));
  EXPECT_EQ(at.channel->posted().size(), 1u);
  EXPECT_EQ(code_of([&] { one.report({.objective = 1, .iteration = 1}); }), Errc::invalid_argument)
      << "another call's mistake";
}

TEST_F(ClientTest, IsPatientWithACoordinatorThatHasNotTakenUpTheAttemptYet) {
  auto one = client();
  at.channel->hold();
  std::jthread coordinator([&] {
    at.channel->wait_for(1);
    at.attempts.remove("secret");
    at.server.reset();
    at.channel->forget();
    at.open();
    write_endpoint(at.server->url());
    while (at.server->connections() == 0) std::this_thread::yield();
    at.attempts.add(at.attempt);
  });
  EXPECT_FALSE(one.report({.objective = 1, .iteration = 1}));
}

TEST_F(ClientTest, TriesAgainWhatIsRefusedForNow) {
  auto one = client();
  at.channel->fail(Error{Errc::store, "disk full"});
  std::jthread recovers([&] { at.channel->fail({}); });
  one.report({.objective = 1, .iteration = 1});
  EXPECT_EQ(at.channel->posted().size(), 1u);
}

TEST_F(ClientTest, GivesUpInOneLine) {
  at.channel->fail(Error{Errc::store, "disk full"});
  std::string refusal = "no coordinator answers";
  for (auto patience = 100ms; refusal.starts_with("no coordinator answers");
       patience *= 2)  // as long as it takes to be answered once
    refusal = message_of([&] { client({.patience = patience}).report({.objective = 1}); });
  EXPECT_EQ(refusal, "disk full");
  auto one = client({.patience = 100ms});
  auto url = at.server->url();
  at.server.reset();
  auto said = message_of([&] { one.report({.objective = 1}); });
  EXPECT_THAT(said, HasSubstr("no coordinator answers at " + url));
  EXPECT_THAT(said, HasSubstr("is 'sherpa run' still running?"));
  EXPECT_THAT(said, testing::Not(HasSubstr("\n")));
  EXPECT_EQ(code_of([&] { one.should_stop(); }), Errc::wrong_state);
}

TEST_F(ClientTest, GivesUpOnSomebodyWhoNeverAnswers) {
  at.channel->hold();
  auto one = client({.patience = 100ms});
  EXPECT_EQ(code_of([&] { one.report({.objective = 1}); }), Errc::wrong_state);
  at.channel->release();
}

TEST_F(ClientTest, TakesNoNoticeOfAnUnusableEndpoint) {
  auto one = client({.patience = 50ms});
  at.server.reset();
  for (const char* content : {"", "{", "[]", R"({"url": 7})", R"({"url": "ftp://x"})",
                              R"({"url": "http://:"})", R"({"host": "x"})"}) {
    std::ofstream(scratch / "endpoint") << content;
    EXPECT_EQ(code_of([&] { one.should_stop(); }), Errc::wrong_state) << content;
  }
}

TEST_F(ClientTest, ComesFromTheEnvironment) {
  std::ofstream(scratch / "token") << "secret\n";
  setenv("SHERPA_URL", at.server->url().c_str(), 1);
  setenv("SHERPA_TOKEN_FILE", (scratch / "token").c_str(), 1);
  setenv("SHERPA_OUTPUT_DIR", scratch.path().c_str(), 1);
  auto one = Client::from_environment();
  EXPECT_EQ(one.get_trial().id, 7u);
  restart();
  EXPECT_EQ(one.get_trial().id, 7u);
  auto from_environment = [] { Client::from_environment(); };
  std::ofstream(scratch / "token") << "two words";
  EXPECT_THAT(message_of(from_environment), HasSubstr("SHERPA_TOKEN_FILE"));
  std::filesystem::remove(scratch / "token");
  EXPECT_THAT(message_of(from_environment), HasSubstr("cannot read SHERPA_TOKEN_FILE"));
  std::filesystem::create_directory(scratch / "token");
  EXPECT_THAT(message_of(from_environment), HasSubstr("Is a directory"));
  std::filesystem::remove(scratch / "token");
  setenv("SHERPA_URL", "127.0.0.1:8880", 1);
  std::ofstream(scratch / "token") << "secret";
  EXPECT_THAT(message_of(from_environment), HasSubstr("is not like http://127.0.0.1:8880"));
  unsetenv("SHERPA_URL");
  EXPECT_EQ(message_of(from_environment),
            "SHERPA_URL is not set; this program is to be started by 'sherpa run'");
  unsetenv("SHERPA_TOKEN_FILE");
  unsetenv("SHERPA_OUTPUT_DIR");
}

TEST(ClientUrl, IsRead) {
  for (const char* url : {"http://127.0.0.1:8880", "http://[::1]:8880/", "http://node7:80"})
    Client(url, "secret");
  for (const char* url :
       {"", "http://", "https://127.0.0.1:1", "http://127.0.0.1", "http://[::1]", "http://[::1:80",
        "http://:80", "http://a:", "http://a:b", "http://a:80/x"})
    EXPECT_EQ(code_of([&] { Client(url, "secret"); }), Errc::invalid_argument) << url;
  EXPECT_EQ(code_of([&] { Client("http://a:80", ""); }), Errc::invalid_argument);
  EXPECT_EQ(code_of([&] { Client("http://a:80", "a\r\nb"); }), Errc::invalid_argument);
}

}  // namespace
}  // namespace sherpa
