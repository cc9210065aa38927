#include "dashboard/dashboard.hpp"

#include "core/feed/enumerations.hpp"
#include "core/study/wire.hpp"
#include "dashboard/http/http_server.hpp"
#include "tests/support/http.hpp"
#include "tests/support/web_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <list>

namespace sherpa::dashboard {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing_support::Browser;
using testing_support::knock;
using testing_support::Wire;
namespace fact = study::fact;

class FakeStudy final : public study::Steerable {
 public:
  void steer(study::SteeringCommand, std::function<void(Result<void>)> done) override {
    ++steered;
    done({});
    if (afterwards) afterwards();
  }
  void progress(std::function<void(Result<Progress>)> show) override { show(Progress{}); }
  Results results() const override { return {}; }
  std::atomic<int> steered = 0;
  std::function<void()> afterwards{};
};

std::string fake_hash(std::string_view text) {
  auto hash = std::hash<std::string_view>()(text);
  std::string out;
  for (int i = 0; i < 16; ++i) out += "0123456789abcdef"[(hash >> (4 * i)) & 15];
  return out;
}

class DashboardTest : public testing::Test {
 protected:
  DashboardTest() { open({}); }
  void open(ServerOptions options) {
    server.reset();
    options.port = 0;
    options.first_port = options.last_port = 0;
    server =
        HttpServer::open(
            options,
            [this](const Request& request, Reply reply) { page.handle(request, std::move(reply)); },
            [this](const Request& request, Wake wake) {
              return page.open_socket(request, std::move(wake));
            },
            [this](const Request& head) { return page.authorize(head); })
            .or_throw();
    study_api->attach({&steerable, {}});
  }

  void tell(study::Fact fact) {
    study::Entry entry{.seq = ++seq, .at = 1, .fact = std::move(fact)};
    feed->show({&entry, 1});
  }
  void create() {
    tell(
        fact::StudyCreated{.uuid = "u-1", .name = "digits", .parameters = "[]", .algorithm = "{}"});
  }
  void observe(std::int64_t iteration) {
    tell(fact::Observation{.trial = 1, .attempt = 1, .iteration = iteration, .objective = 0.5});
  }

  Browser connect(const std::string& query = "", const std::string& token = "secret") {
    return Browser(server->port(), "/api/v1/feed" + query, {{"Authorization", "Bearer " + token}});
  }
  int knock_with(const std::string& query) {
    return knock(server->port(), "/api/v1/feed" + query, {{"Authorization", "Bearer secret"}});
  }
  /// A link followed, as a browser does: what it sends from then on.
  std::string cookie(Role role) {
    Wire wire(server->port());
    auto reply = wire.ask("GET", page.authenticator().make_link(role), "");
    EXPECT_EQ(reply.status, 303);
    EXPECT_EQ(reply.headers["location"], "/");
    auto set = reply.headers["set-cookie"];
    EXPECT_THAT(set, HasSubstr("HttpOnly"));
    EXPECT_THAT(set, HasSubstr("SameSite=Strict"));
    return set.substr(0, set.find(';'));
  }
  std::string own_origin() const { return "http://127.0.0.1:" + std::to_string(server->port()); }

  FakeStudy steerable;
  std::shared_ptr<feed::Feed> feed = std::make_shared<feed::Feed>(64);
  std::shared_ptr<StudyApi> study_api = std::make_shared<StudyApi>();
  std::atomic<int> made = 0;
  Dashboard page{{"secret", fake_hash, [this] { return "link-" + std::to_string(++made); }},
                 {{"digits", feed, study_api}}};
  std::unique_ptr<HttpServer> server;
  study::Seq seq = 0;
};

/// The frames' `to`, up to a number.
study::Seq hear_until(Browser& browser, study::Seq number) {
  study::Seq to = 0;
  while (to < number) {
    auto message = browser.hear();
    if (!message.binary) return to;
    to = testing_support::end_of_frame(message.bytes);
  }
  return to;
}

TEST_F(DashboardTest, ShowsASnapshotAndThenWhatHappens) {
  create();
  auto browser = connect();
  auto greeting = json::parse(browser.hear().bytes);
  EXPECT_EQ(greeting["protocol"], 1);
  EXPECT_EQ(greeting["role"], "operator");
  EXPECT_EQ(greeting["studies"], json{"digits"});
  EXPECT_EQ(greeting["goes_on"], false);
  EXPECT_EQ(greeting["number"], 1);
  EXPECT_EQ(greeting["study"]["name"], "digits");
  EXPECT_EQ(greeting["enumerations"], json(feed::enumerations()));
  EXPECT_EQ(hear_until(browser, 1), 1u);
  observe(1);
  EXPECT_EQ(hear_until(browser, 2), 2u);
}

TEST_F(DashboardTest, WaitsForAStudyThatIsNotThereYet) {
  auto browser = connect();
  create();
  EXPECT_EQ(json::parse(browser.hear().bytes)["number"], 1);
}

TEST_F(DashboardTest, GoesOnFromTheLastNumber) {
  create();
  for (int i = 1; i < 200; ++i) observe(i);
  auto browser = connect("?study=0&after=150&uuid=u-1");
  auto greeting = json::parse(browser.hear().bytes);
  EXPECT_EQ(greeting["goes_on"], true);
  EXPECT_FALSE(greeting.contains("study"));
  EXPECT_EQ(hear_until(browser, 200), 200u);
  EXPECT_EQ(json::parse(connect("?study=0&after=150&uuid=u-2").hear().bytes)["goes_on"], false)
      << "another study";
  EXPECT_EQ(json::parse(connect("?study=0&after=999&uuid=u-1").hear().bytes)["goes_on"], false)
      << "it lost what we saw";
}

TEST_F(DashboardTest, AHundredViewersSeeTheSame) {
  create();
  std::list<Browser> browsers;
  for (int i = 0; i < 100; ++i)
    browsers.emplace_back(server->port(), "/api/v1/feed",
                          Browser::Headers{{"Authorization", "Bearer secret"}});
  for (int i = 1; i <= 500; ++i) observe(i);
  for (auto& browser : browsers) {
    EXPECT_EQ(json::parse(browser.hear().bytes)["role"], "operator");
    EXPECT_EQ(hear_until(browser, 501), 501u);
  }
  EXPECT_EQ(server->connections(), 100u);
}

TEST_F(DashboardTest, AViewerWhoDoesNotReadIsLetGoAndHoldsUpNobody) {
  open({.silence = std::chrono::seconds(1)});
  create();
  for (int i = 1; i <= 400'000; ++i) observe(i);  // more than the system's buffers hold
  auto deaf = connect();
  auto other = connect();
  other.hear();
  EXPECT_EQ(hear_until(other, 400'001), 400'001u);
  // Whoever speaks and listens stays.
  while (server->connections() > 1) {
    other.say(R"({"ask": 1, "method": "GET", "path": ""})");
    ASSERT_NE(other.hear().bytes, "");
  }
  EXPECT_EQ(server->connections(), 1u);
}

TEST_F(DashboardTest, AnswersOverTheWebSocket) {
  create();
  auto browser = connect();
  browser.hear();
  hear_until(browser, 1);
  browser.say(R"({"ask": 7, "method": "POST", "path": "/pause"})");
  auto answer = json::parse(browser.hear().bytes);
  EXPECT_EQ(answer["reply"], 7);
  EXPECT_EQ(answer["status"], 200);
  EXPECT_EQ(steerable.steered, 1);
  browser.say(R"({"ask": 8, "method": "GET", "path": "/../../links"})");
  EXPECT_EQ(json::parse(browser.hear().bytes)["status"], 404);
}

TEST_F(DashboardTest, WhatComesOfAChangeFollowsItsAnswer) {
  create();
  auto browser = connect();
  browser.hear();
  hear_until(browser, 1);
  steerable.afterwards = [this] { observe(1); };
  browser.say(R"({"ask": 7, "method": "POST", "path": "/pause"})");
  EXPECT_EQ(json::parse(browser.hear().bytes)["reply"], 7);
  EXPECT_EQ(hear_until(browser, 2), 2u);
}

TEST_F(DashboardTest, SaysTheLastBeforeItGoes) {
  create();
  auto browser = connect();
  for (int i = 1; i <= 1000; ++i) observe(i);
  server->say_the_last(std::chrono::seconds(60));
  server.reset();
  browser.hear();
  EXPECT_EQ(hear_until(browser, 1001), 1001u);
}

TEST_F(DashboardTest, EndsConnectionsThatMakeNoSense) {
  create();
  for (std::string nonsense :
       {"", "{", "[]", R"({"ask": 1})", R"({"ask": 1, "method": 3, "path": ""})",
        R"({"ask": 1, "method": "GET", "path": {}})"}) {
    auto browser = connect();
    browser.hear();
    browser.hear();
    browser.say(nonsense);
    EXPECT_EQ(browser.hear().bytes, "") << nonsense;
  }
  auto browser = connect();
  browser.hear();
  browser.hear();
  try {
    browser.say(std::string(100'000, 'x'));
    EXPECT_EQ(browser.hear().bytes, "");
  } catch (const std::exception&) {  // ended before all of it was written
  }
}

TEST_F(DashboardTest, ViewersSeeAndCannotChange) {
  create();
  auto browser = connect("", page.authenticator().viewer_token());
  EXPECT_EQ(json::parse(browser.hear().bytes)["role"], "viewer");
  hear_until(browser, 1);
  browser.say(R"({"ask": 1, "method": "POST", "path": "/stop", "body": {"trial": 1}})");
  EXPECT_EQ(json::parse(browser.hear().bytes)["status"], 403);
  Wire wire(server->port());
  EXPECT_EQ(wire.ask("POST", "/api/v1/study/pause", page.authenticator().viewer_token()).status,
            403);
  EXPECT_EQ(wire.ask("POST", "/api/v1/links", page.authenticator().viewer_token()).status, 403);
  EXPECT_EQ(steerable.steered, 0);
}

TEST_F(DashboardTest, LinksWorkOnce) {
  Wire wire(server->port());
  auto link = page.authenticator().make_link(Role::operating);
  EXPECT_EQ(wire.ask("GET", link, "").status, 303);
  EXPECT_EQ(wire.ask("GET", link, "").status, 410);
  EXPECT_EQ(wire.ask("GET", "/open/", "").status, 410);
  EXPECT_EQ(wire.ask("POST", page.authenticator().make_link(Role::operating), "").status, 405);
  auto made = wire.ask("POST", "/api/v1/links", "secret", R"({"role": "viewer"})");
  EXPECT_EQ(wire.ask("GET", json::parse(made.body)["path"].get<std::string>(), "").status, 303);
}

TEST_F(DashboardTest, CookiesAreGoodForOurOwnPageOnly) {
  create();
  auto cookie = this->cookie(Role::operating);
  auto with = [&](Browser::Headers headers) {
    headers.emplace_back("Cookie", "other=1; " + cookie);
    return knock(server->port(), "/api/v1/feed", headers);
  };
  EXPECT_EQ(with({{"Origin", own_origin()}}), 101);
  EXPECT_EQ(with({}), 403) << "a browser always says where a page is from";
  EXPECT_EQ(with({{"Origin", "http://evil.example"}}), 403);
  EXPECT_EQ(with({{"Origin", "null"}}), 403);
  EXPECT_EQ(with({{"Origin", "http://127.0.0.1:1"}}), 403) << "another port is another page";
  EXPECT_EQ(knock(server->port(), "/api/v1/feed", {{"Origin", own_origin()}}), 401);
  EXPECT_EQ(
      knock(server->port(), "/api/v1/feed", {{"Cookie", cookie + "x"}, {"Origin", own_origin()}}),
      401);

  auto post = [&](const std::string& origin) {
    Wire wire(server->port());
    wire.send("POST /api/v1/study/pause HTTP/1.1\r\nHost: 127.0.0.1:" +
              std::to_string(server->port()) + "\r\nCookie: " + cookie + "\r\n" +
              (origin.empty() ? "" : "Origin: " + origin + "\r\n") + "Content-Length: 0\r\n\r\n");
    return wire.receive().status;
  };
  EXPECT_EQ(post("http://evil.example"), 403);
  EXPECT_EQ(post(""), 403);
  EXPECT_EQ(steerable.steered, 0);
  EXPECT_EQ(post(own_origin()), 200);
  EXPECT_EQ(steerable.steered, 1);
}

TEST_F(DashboardTest, ATokenFromAPageElsewhereIsRefusedToo) {
  create();
  EXPECT_EQ(knock(server->port(), "/api/v1/feed",
                  {{"Authorization", "Bearer secret"}, {"Origin", "http://evil.example"}}),
            403);
}

TEST_F(DashboardTest, AForeignHostIsRefused) {
  EXPECT_EQ(
      knock(server->port(), "/api/v1/feed", {{"Authorization", "Bearer secret"}}, "evil.example"),
      421);
}

TEST_F(DashboardTest, ServesThePageWithAStrictPolicy) {
  Wire wire(server->port());
  auto reply = wire.ask("GET", "/", "");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.headers["content-type"], HasSubstr("text/html"));
  auto policy = reply.headers["content-security-policy"];
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(reply.body, Not(HasSubstr("style="))) << "nothing inline";
  EXPECT_EQ(wire.ask("POST", "/", "secret").status, 405);
  EXPECT_EQ(wire.ask("GET", "/api/v1/feed", "secret").status, 426);
  EXPECT_EQ(wire.ask("GET", "/api/v1/feed", "").status, 401);
  EXPECT_EQ(wire.ask("GET", "/api/v1/study", "").status, 401);
}

TEST_F(DashboardTest, KeepsTheNumberOfViewersInBounds) {
  open({.max_sockets = 2});
  create();
  auto one = connect(), two = connect();
  EXPECT_EQ(knock_with(""), 503);
}

TEST_F(DashboardTest, RefusesQueriesThatMakeNoSense) {
  create();
  EXPECT_EQ(knock_with("?study=1"), 400);
  EXPECT_EQ(knock_with("?after=-1"), 400);
  EXPECT_EQ(knock_with("?after=99999999999999999999999"), 400);
}

}  // namespace
}  // namespace sherpa::dashboard
