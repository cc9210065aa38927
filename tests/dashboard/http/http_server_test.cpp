#include "dashboard/http/http_server.hpp"

#include "tests/support/echo_server.hpp"
#include "tests/support/http.hpp"
#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace sherpa::dashboard {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::HasSubstr;

/// Keeps replies until the test gives them.
class Later {
 public:
  Handler handler() {
    return [this](const Request&, Reply reply) {
      std::scoped_lock lock(mutex_);
      waiting_.push_back(std::move(reply));
      changed_.notify_all();
    };
  }
  Reply next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_.empty(); });
    auto reply = std::move(waiting_.front());
    waiting_.pop_front();
    return reply;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Reply> waiting_;
};

TEST(HttpServer, IsOnlyWhatItIsCalled) {
  auto server = serve({.names = {"node7"}});
  Wire wire(server->port());
  auto status = [&](const std::string& hosts) {
    wire.send("GET / HTTP/1.1\r\n" + hosts + "\r\n");
    return wire.receive().status;
  };
  for (const char* host : {"127.0.0.1", "127.0.0.1:8880", "localhost", "LocalHost:80", "[::1]:8880",
                           "127.1.2.3", "node7", "NODE7:1"})
    EXPECT_EQ(status("Host: " + std::string(host) + "\r\n"), 200) << host;
  for (const char* host : {"evil.example", "evil.example:8880", "127.0.0.1.evil.example",
                           "10.0.0.1", "localhost.evil.example", "node8"})
    EXPECT_EQ(status("Host: " + std::string(host) + "\r\n"), 421) << host;
  for (const char* host : {"", "[::1", "127.0.0.1:x", ":80", "127.0.0.1:123456", "::1"})
    EXPECT_EQ(status("Host: " + std::string(host) + "\r\n"), 400) << host;
  EXPECT_EQ(status(""), 400);
  EXPECT_EQ(status("Host: localhost\r\nHost: localhost\r\n"), 400);
}

TEST(HttpServer, IsNotImpressedByClientsThatLeave) {
  Later later;
  auto server = serve({}, later.handler());
  Reply reply;
  {
    Wire wire(server->port());
    wire.send(Wire::request("GET", "/", ""));
    reply = later.next();
  }
  reply({.status = 200, .body = "too late", .headers = {}});
  Wire half(server->port());
  half.send("POST / HTTP/1.1\r\nHost: local");
  half.finish();
  EXPECT_EQ(half.receive().status, 0);
  while (server->connections() > 0) std::this_thread::yield();
}

TEST(HttpServer, TakesRepliesFromAnyThreadOnce) {
  Later later;
  auto server = serve({}, later.handler());
  Wire wire(server->port());
  for (int i = 0; i < 2; ++i) {
    wire.send(Wire::request("GET", "/", ""));
    auto reply = later.next();
    std::thread([&] {
      reply({.status = 200, .body = "one", .headers = {}});
      reply({.status = 200, .body = "two", .headers = {}});
    }).join();
    EXPECT_EQ(wire.receive().body, "one");
  }
}

TEST(HttpServer, AnswersARequestThatItsHandlerGaveUp) {
  CaughtLog log;
  auto server = serve({}, [](const Request& request, Reply) {
    if (request.target == "/throws") throw std::runtime_error("a mistake");
  });
  Wire wire(server->port());
  EXPECT_EQ(wire.ask("GET", "/", "").status, 503);
  EXPECT_EQ(wire.ask("GET", "/throws", "").status, 500);
  EXPECT_THAT(log.text(), HasSubstr("'/throws': a mistake"));
}

TEST(HttpServer, RefusesConnectionsBeyondTheLimit) {
  auto server = serve({.max_connections = 2});
  Wire first(server->port());
  EXPECT_EQ(first.ask("GET", "/", "").status, 200);
  {
    Wire second(server->port());
    EXPECT_EQ(second.ask("GET", "/", "").status, 200);
    Wire third(server->port());
    auto refused = third.ask("GET", "/", "");
    EXPECT_EQ(refused.status, 503);
    EXPECT_THAT(refused.body, HasSubstr("2 connections"));
    EXPECT_EQ(third.receive().status, 0);
    EXPECT_EQ(first.ask("GET", "/", "").status, 200);
  }
  while (server->connections() > 1) std::this_thread::yield();
  Wire again(server->port());
  EXPECT_EQ(again.ask("GET", "/", "").status, 200);
}

std::unique_ptr<HttpServer> guarded(ServerOptions options) {
  return HttpServer::open(std::move(options), echo, {},
                          [](const Request& head) -> Authorization {
                            if (head.header("Authorization") == "Bearer secret")
                              return {.authorized = true};
                            return {.refusal = problem(401, "who are you?")};
                          })
      .or_throw();
}

int status(Wire& wire, const char* token) { return wire.ask("GET", "/", token).status; }

TEST(HttpServer, ClosesTheOldestSilentStranger) {
  CaughtLog log;
  auto server = guarded({.strangers = {.all = 100, .per_address = 3}});
  const auto port = server->port();
  Wire known(port), spoke(port), elsewhere(port, "127.0.0.2");
  EXPECT_EQ(status(known, "secret"), 200);
  EXPECT_EQ(status(spoke, "wrong"), 401);
  Wire silent(port), also_silent(port), newest(port);
  EXPECT_EQ(silent.receive().status, 0);
  EXPECT_EQ(status(known, "secret"), 200);
  EXPECT_EQ(status(spoke, "wrong"), 401);
  EXPECT_EQ(status(newest, "secret"), 200);
  EXPECT_EQ(status(also_silent, "secret"), 200);
  EXPECT_EQ(status(elsewhere, "secret"), 200);
  EXPECT_THAT(log.text(), HasSubstr("closed a connection of 127.0.0.1"));
}

TEST(HttpServer, BoundsStrangersInAll) {
  CaughtLog log;
  auto server = guarded({.strangers = {.all = 2, .per_address = 2}});
  const auto port = server->port();
  Wire first(port, "127.0.0.2"), second(port, "127.0.0.3"), third(port, "127.0.0.4");
  EXPECT_EQ(first.receive().status, 0);
  EXPECT_EQ(status(second, "secret"), 200);
  EXPECT_EQ(status(third, "secret"), 200);
  EXPECT_EQ(server->connections(), 2u);
}

TEST(HttpServer, TakesAConnectionForWhatItsLastRequestHasShown) {
  CaughtLog log;
  auto server = guarded({.max_connections = 1, .strangers = {.all = 1, .per_address = 1}});
  const auto port = server->port();
  Wire one(port);
  EXPECT_EQ(status(one, "secret"), 200);
  {
    Wire two(port);
    EXPECT_EQ(status(two, "secret"), 503);
  }
  EXPECT_EQ(status(one, "wrong"), 401) << "its attempt has ended, say";
  Wire three(port);
  EXPECT_EQ(one.receive().status, 0) << "it had to make room";
  EXPECT_EQ(status(three, "secret"), 200);
}

TEST(HttpServer, ServesTrialsWhileStrangersComeByTheHundred) {
  CaughtLog log;
  auto server = guarded({.strangers = {.all = 16, .per_address = 8}});
  const auto port = server->port();
  Wire trial(port);
  std::vector<Wire> strangers;
  for (int i = 0; i < 300; ++i) {
    auto& one = strangers.emplace_back(port);
    if (i % 3 == 1) one.send("GET / HTTP/1.1\r\nX: half a head");
    if (i % 3 == 2) one.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 990000\r\n\r\nxxx");
    if (i % 10 != 0) continue;
    EXPECT_EQ(status(trial, "secret"), 200);
    Wire another(port);
    EXPECT_EQ(status(another, "secret"), 200);
  }
  EXPECT_LE(server->connections(), 8u + 2u);
}

TEST(HttpServer, ServesManyClients) {
  auto server = serve();
  std::vector<Wire> wires;
  for (int i = 0; i < 300; ++i) wires.emplace_back(server->port());
  for (int round = 0; round < 3; ++round) {
    for (auto& wire : wires) wire.send(Wire::request("GET", "/" + std::to_string(round), ""));
    for (auto& wire : wires) EXPECT_EQ(wire.receive().body, "GET /" + std::to_string(round) + " ");
  }
  EXPECT_EQ(server->connections(), 300u);
}

TEST(HttpServer, EndsWithOpenConnectionsAndWaitingRequests) {
  Later later;
  auto server = serve({}, later.handler());
  Wire idle(server->port()), waits(server->port()), half(server->port());
  half.send("GET / HT");
  waits.send(Wire::request("GET", "/", ""));
  auto reply = later.next();
  auto port = server->port();
  server.reset();
  EXPECT_EQ(idle.receive().status, 0);
  EXPECT_EQ(waits.receive().status, 0);
  EXPECT_EQ(half.receive().status, 0);
  reply({.status = 200, .body = "nobody hears it", .headers = {}});
  EXPECT_THROW(Wire{port}, std::runtime_error);
}

TEST(HttpServer, TakesTheWantedPortOrAnother) {
  auto first = serve();
  EXPECT_GE(first->port(), 8880);
  EXPECT_LE(first->port(), 9999);
  auto second = serve({.port = first->port()});
  EXPECT_NE(second->port(), first->port());
  auto port = first->port();
  {
    Wire wire(port);
    EXPECT_EQ(wire.ask("GET", "/", "").status, 200);
    first.reset();  // its connections linger in the kernel
  }
  EXPECT_EQ(serve({.port = port})->port(), port);
}

TEST(HttpServer, SaysWhichPortsItTried) {
  auto taken = serve();
  auto port = taken->port();
  auto none = HttpServer::open({.port = port, .first_port = port, .last_port = port}, echo);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::wrong_state);
  auto p = std::to_string(port);
  EXPECT_EQ(none.error().message, "no port is free on 127.0.0.1: tried " + p + " and " + p +
                                      " to " + p + "; set another port");
}

TEST(HttpServer, ListensWhereItIsTold) {
  auto everywhere = serve({.host = "0.0.0.0"});
  EXPECT_THAT(everywhere->url(), HasSubstr("http://127.0.0.1:"));
  Wire wire(everywhere->port());
  EXPECT_EQ(wire.ask("GET", "/", "").status, 200);
  auto wrong = HttpServer::open({.host = "no such\nplace"}, echo);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("host 'no such\\nplace' is no IP address"));
  auto foreign = HttpServer::open({.host = "192.0.2.1"}, echo);
  ASSERT_FALSE(foreign);
  EXPECT_THAT(foreign.error().message, HasSubstr("is 192.0.2.1 an address of this machine?"));
}

TEST(HttpServer, TakesNoSignals) {
  sigset_t mask;
  std::atomic<bool> blocked = false;
  auto server = serve({}, [&](const Request& request, Reply reply) {
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1;
    echo(request, std::move(reply));
  });
  Wire wire(server->port());
  EXPECT_EQ(wire.ask("GET", "/", "").status, 200);
  EXPECT_TRUE(blocked);
}

}  // namespace
}  // namespace sherpa::dashboard
