#include "runtime/http_client/http_client.hpp"

#include "tests/support/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>

namespace sherpa::runtime {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing_support::ScriptedServer;

TEST(Url, NamesHostAndPort) {
  auto url = Url::parse("http://127.0.0.1:8880/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "127.0.0.1");
  EXPECT_EQ(url->port, "8880");
  EXPECT_EQ(url->authority(), "127.0.0.1:8880");
  auto v6 = Url::parse("http://[::1]:80");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->authority(), "[::1]:80");
}

TEST(Url, RefusesEverythingElse) {
  for (const char* text : {"", "http://", "https://a:1", "http://a", "http://[::1]", "http://[::1",
                           "http://:80", "http://a:", "http://a:b", "http://a:80/x"}) {
    auto url = Url::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, Errc::invalid_argument);
    EXPECT_EQ(url.error().message,
              "the URL '" + std::string(text) + "' is not like http://127.0.0.1:8880");
  }
}

HttpClient::Request request(const std::string& path, std::chrono::milliseconds limit = 60s) {
  const auto until = HttpClient::Clock::now() + limit;
  return {.path = path, .send_until = until, .answer_until = until};
}

HttpClient client_of(const ScriptedServer& server, std::uint64_t largest_body = 1000) {
  return {Url{server.host(), server.port()}, "secret", largest_body};
}

std::string response(const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more +
         "\r\n" + body;
}

TEST(HttpClient, SendsRequestsOverOneConnectionWithItsToken) {
  std::string first;
  ScriptedServer server([&](ScriptedServer::Connection& connection) {
    first = connection.read_request();
    connection.send(response("one"));
    connection.read_request();
    connection.send(response("two"));
    connection.wait_for_end();
  });
  auto client = client_of(server);
  auto one = client.exchange(request("/trial"));
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(one.body, "one");
  EXPECT_FALSE(one.reused);
  auto two = client.exchange(request("/stop"));
  EXPECT_EQ(two.body, "two");
  EXPECT_TRUE(two.reused);
  EXPECT_THAT(first, AllOf(HasSubstr("GET /api/v1/trial HTTP/1.1\r\n"),
                           HasSubstr("Host: " + server.host() + ":" + server.port() + "\r\n"),
                           HasSubstr("Authorization: Bearer secret\r\n")));
  client.close();
}

TEST(HttpClient, ConnectsAgainWhereTheServerKeepsNoConnection) {
  ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_request();
    connection.send(response("done", "Connection: close\r\n"));
  });
  auto client = client_of(server);
  for (int i = 0; i < 3; ++i) {
    auto answer = client.exchange(request("/trial"));
    EXPECT_EQ(answer.body, "done");
    EXPECT_FALSE(answer.reused);
  }
}

TEST(HttpClient, SaysThatNobodyListens) {
  std::optional<Url> url;
  {
    ScriptedServer gone([](ScriptedServer::Connection&) {});
    url = Url{gone.host(), gone.port()};
  }
  HttpClient client(*url, "secret");
  auto answer = client.exchange(request("/trial"));
  EXPECT_EQ(answer.status, 0);
  EXPECT_EQ(answer.failure, "Connection refused");
  EXPECT_FALSE(answer.sent);
}

TEST(HttpClient, TakesNoHalfResponse) {
  int connections = 0;
  ScriptedServer server([&](ScriptedServer::Connection& connection) {
    connection.read_request();
    const bool whole = ++connections == 2;
    connection.send(whole ? response("whole") : "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  });
  auto client = client_of(server);
  auto half = client.exchange(request("/trial"));
  EXPECT_EQ(half.status, 0);
  EXPECT_NE(half.failure, "");
  EXPECT_TRUE(half.sent) << "the server may have done what was asked";
  auto whole = client.exchange(request("/trial"));
  EXPECT_EQ(whole.body, "whole") << whole.failure;
  EXPECT_FALSE(whole.reused);
}

TEST(HttpClient, TakesNoResponseAboveItsLimit) {
  ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_request();
    connection.send(response(std::string(1001, 'x')));
  });
  auto answer = client_of(server, 1000).exchange(request("/trial"));
  EXPECT_EQ(answer.status, 0);
  EXPECT_EQ(answer.failure, "body limit exceeded");
  EXPECT_EQ(client_of(server, 1001).exchange(request("/trial")).status, 200);
}

TEST(HttpClient, WaitsNoLongerThanItsTimeLimitForASlowServer) {
  ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nslow");
    connection.wait_for_end();
  });
  auto client = client_of(server);
  auto answer = client.exchange(request("/trial", 50ms));
  EXPECT_EQ(answer.status, 0);
  EXPECT_THAT(answer.failure, HasSubstr("timeout"));
  EXPECT_TRUE(answer.sent);
}

TEST(HttpClient, GoesToAnotherServer) {
  auto says = [](const std::string& text) {
    return [text](ScriptedServer::Connection& connection) {
      connection.read_request();
      connection.send(response(text));
      connection.wait_for_end();
    };
  };
  ScriptedServer here(says("here")), there(says("there"));
  auto client = client_of(here);
  EXPECT_EQ(client.exchange(request("/trial")).body, "here");
  client.redirect({there.host(), there.port()});
  EXPECT_EQ(client.exchange(request("/trial")).body, "there");
  client.close();
}

TEST(WebSocketClient, SaysWhyThereIsNone) {
  ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  WebSocketClient socket;
  auto opened = socket.open({server.host(), server.port()}, "secret", "/feed", 60s);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::wrong_state);
  EXPECT_THAT(opened.error().message, HasSubstr("declined"));
}

TEST(WebSocketClient, CloseEndsAReadOnAnotherThread) {
  ScriptedServer server([](ScriptedServer::Connection& connection) {
    connection.read_request();
    connection.wait_for_end();
  });
  WebSocketClient socket;
  std::jthread closes([&] { socket.close(); });
  EXPECT_FALSE(socket.open({server.host(), server.port()}, "secret", "/feed", 60s));
}

}  // namespace
}  // namespace sherpa::runtime
