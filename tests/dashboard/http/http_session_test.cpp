#include "dashboard/http/http_session.hpp"

#include "tests/support/echo_server.hpp"
#include "tests/support/http.hpp"
#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

namespace sherpa::dashboard {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::HasSubstr;

TEST(HttpSession, AnswersAndKeepsTheConnection) {
  auto server = serve();
  EXPECT_EQ(server->url(), "http://127.0.0.1:" + std::to_string(server->port()));
  Wire wire(server->port());
  for (int i = 0; i < 3; ++i) {
    auto reply = wire.ask("POST", "/x?y=" + std::to_string(i), "", "hello", "text/plain");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "POST /x?y=" + std::to_string(i) + " hello");
    EXPECT_EQ(reply.headers["content-type"], "text/plain");
    EXPECT_EQ(reply.headers["cache-control"], "no-store");
  }
  EXPECT_EQ(server->connections(), 1u);
}

TEST(HttpSession, AnswersPipelinedRequestsInOrder) {
  auto server = serve();
  Wire wire(server->port());
  std::string all;
  for (int i = 0; i < 200; ++i)
    all += Wire::request("POST", "/" + std::to_string(i), "",
                         std::string(static_cast<std::size_t>(i), 'x'));
  ASSERT_TRUE(wire.send(all));
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(wire.receive().body,
              "POST /" + std::to_string(i) + " " + std::string(static_cast<std::size_t>(i), 'x'));
}

TEST(HttpSession, ClosesWhenAskedTo) {
  auto server = serve();
  Wire wire(server->port());
  wire.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(wire.receive().status, 200);
  EXPECT_EQ(wire.receive().status, 0);
  Wire old(server->port());
  old.send("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(old.receive().status, 200);
  EXPECT_EQ(old.receive().status, 0);
}

TEST(HttpSession, GoesOnWithBodiesThatWaitForIt) {
  auto server = serve();
  Wire wire(server->port());
  wire.send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(wire.receive().status, 100);
  wire.send("hi");
  EXPECT_EQ(wire.receive().body, "POST / hi");
}

TEST(HttpSession, TakesBodiesInChunks) {
  auto server = serve();
  Wire wire(server->port());
  wire.send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(wire.receive().body, "POST / abcde");
}

TEST(HttpSession, SaysWhatItCannotRead) {
  auto server = serve({.max_body = 1000});
  auto status = [&](const std::string& text) {
    Wire wire(server->port());
    wire.send(text);
    auto reply = wire.receive();
    EXPECT_EQ(reply.headers["content-type"], "application/problem+json") << text.substr(0, 60);
    EXPECT_EQ(wire.receive().status, 0) << "the connection ends";
    return reply.status;
  };
  EXPECT_EQ(status("nonsense\r\n\r\n"), 400);
  EXPECT_EQ(status(std::string("\x16\x03\x01\x02\x00\x01", 6) + "\r\n\r\n"), 400) << "TLS";
  EXPECT_EQ(status("GET / HTTP/9.1\r\nHost: localhost\r\n\r\n"), 400);
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n"), 400);
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: "
                   "chunked\r\n\r\n0\r\n\r\n"),
            400);
  EXPECT_EQ(
      status("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
      400);
  EXPECT_EQ(
      status("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
      431);
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n" +
                   std::string(1001, 'x')),
            413);
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"),
            413);
  EXPECT_EQ(
      status("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
             std::string(2000, 'x')),
      413);
}

TEST(HttpSession, RefusesBodiesWhoseEndNobodyKnows) {
  auto server = serve();
  for (const char* encoding : {"identity", "xchunked", "chunked, identity", "gzip"}) {
    Wire wire(server->port());
    wire.send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: " + std::string(encoding) +
              "\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(wire.receive().status, 400) << encoding;
    EXPECT_EQ(wire.receive().status, 0) << encoding << ": the connection ends";
  }
}

/// Authorizes those with the token; /public is for everybody.
Authorization by_token(const Request& head) {
  if (head.header("Authorization") == "Bearer secret") return {.authorized = true};
  if (head.path() == "/public") return {};
  return {.refusal = problem(401, "who are you?")};
}

std::unique_ptr<HttpServer> guarded(ServerOptions options = {}) {
  return HttpServer::open(std::move(options), echo, {}, by_token).or_throw();
}

std::string announced(std::size_t size, const std::string& more = {}) {
  return "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(size) + "\r\n" +
         more + "\r\n";
}

TEST(HttpSession, AnswersStrangersWithoutTheirBodies) {
  auto server = guarded();
  Wire large(server->port()), waits(server->port()), chunks(server->port());
  large.send(announced(900'000));
  EXPECT_EQ(large.receive().status, 401) << "though nothing of the body has been sent";
  EXPECT_EQ(large.receive().status, 0);
  waits.send(announced(5, "Expect: 100-continue\r\n"));
  EXPECT_EQ(waits.receive().status, 401);
  chunks.send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(chunks.receive().status, 401);
}

TEST(HttpSession, KeepsTheConnectionOfAStrangerWhoseBodyIsShort) {
  auto server = guarded();
  Wire wire(server->port());
  EXPECT_EQ(wire.ask("POST", "/", "wrong", "hello").status, 401);
  auto open = wire.ask("POST", "/public", "", "hello");
  EXPECT_EQ(open.body, "POST /public ") << "nobody has looked at what a stranger sends";
  EXPECT_EQ(wire.ask("POST", "/", "secret", "hello").body, "POST / hello");
  wire.send("POST /public HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n");
  EXPECT_EQ(wire.receive().status, 413);
  EXPECT_EQ(wire.receive().status, 0);
}

TEST(HttpSession, BoundsTheBodiesThatAreOnTheirWay) {
  auto server = guarded({.max_body = 1000, .max_bodies = 2500});
  auto begin = [&](Wire& wire) {
    wire.send(announced(1000, "Authorization: Bearer secret\r\nExpect: 100-continue\r\n"));
    return wire.receive().status;
  };
  Wire one(server->port()), two(server->port()), three(server->port());
  EXPECT_EQ(begin(one), 100);
  EXPECT_EQ(begin(two), 100);
  EXPECT_EQ(begin(three), 503);
  EXPECT_EQ(Wire(server->port()).ask("POST", "/", "secret", "short").status, 200);
  one.send(std::string(1000, 'x'));
  EXPECT_EQ(one.receive().status, 200);
  Wire four(server->port());
  EXPECT_EQ(begin(four), 100) << "there is room again";
}

TEST(HttpSession, LetsAClientReadWhyItsLargeBodyIsRefused) {
  auto server = serve();
  Wire wire(server->port());
  std::thread reads;
  wire.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n\r\n");
  wire.send(std::string(4'000'000, 'x'));
  EXPECT_EQ(wire.receive().status, 413);
}

TEST(HttpSession, DropsAHalfSentRequestAndServesOthersMeanwhile) {
  auto server = serve({.request = 50ms});
  Wire half(server->port()), silent(server->port());
  half.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
  // Where the machine is busy, the time may be over before we have asked.
  int status = 0;
  while (status == 0) status = Wire(server->port()).ask("GET", "/", "").status;
  EXPECT_EQ(status, 200);
  EXPECT_EQ(half.receive().status, 0);
  EXPECT_EQ(silent.receive().status, 0);
}

TEST(HttpSession, DropsAClientThatSendsAByteNowAndThen) {
  auto server = serve({.request = 100ms});
  Wire slow(server->port());
  slow.send("GET / HTTP/1.1\r\nX: ");
  while (!slow.readable(10) && slow.send("x")) {}
  EXPECT_EQ(slow.receive().status, 0);
}

TEST(HttpSession, DropsConnectionsThatAreIdleForLong) {
  auto server = serve({.idle = 30ms});
  Wire wire(server->port());
  EXPECT_EQ(wire.ask("GET", "/", "").status, 200);
  EXPECT_EQ(wire.receive().status, 0);
}

TEST(HttpSession, DropsAClientThatTakesNoReplies) {
  std::atomic<int> asked = 0;
  auto server = serve({.request = 100ms}, [&](const Request&, Reply reply) {
    ++asked;
    reply({.status = 200, .body = std::string(32 << 20, 'x'), .headers = {}});
  });
  std::optional<Wire> greedy;
  while (asked == 0) {  // where the machine is busy, the time may be over before we have asked
    greedy.emplace(server->port());
    greedy->send(Wire::request("GET", "/", ""));
    while (asked == 0 && !greedy->readable(1)) {}
  }
  while (server->connections() > 0) std::this_thread::yield();
  EXPECT_EQ(greedy->receive().status, 0) << "cut off";
}

}  // namespace
}  // namespace sherpa::dashboard
