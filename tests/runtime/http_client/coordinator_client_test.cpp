#include "runtime/http_client/coordinator_client.hpp"

#include "tests/support/scratch.hpp"
#include "tests/support/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace sherpa::runtime {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_support::Scratch;
using testing_support::ScriptedServer;

/// A study's directory as its coordinator leaves it.
class CoordinatorTest : public testing::Test {
 protected:
  void leave(const std::string& url) {
    write_endpoint(scratch.path(), url, 1).or_throw();
    std::ofstream(scratch / "token") << "secret\n";
  }
  /// What `ask` comes to where the coordinator answers so.
  Result<std::string> answered(const std::string& status, const std::string& body) {
    ScriptedServer server([&](ScriptedServer::Connection& connection) {
      request = connection.read_request();
      connection.send("HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
                      "\r\n\r\n" + body);
    });
    leave("http://" + server.host() + ":" + server.port());
    return Coordinator::of(scratch.path()).or_throw().post("/study/pause", "{}");
  }

  Scratch scratch;
  std::string request;
};

TEST_F(CoordinatorTest, IsFoundByWhatItLeftInTheDirectory) {
  auto none = Coordinator::of(scratch.path());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::invalid_argument);
  EXPECT_THAT(none.error().message, HasSubstr("tells no address of a coordinator"));
  write_endpoint(scratch.path(), "http://127.0.0.1:8880", 1).or_throw();
  auto without_token = Coordinator::of(scratch.path());
  ASSERT_FALSE(without_token);
  EXPECT_EQ(without_token.error().code, Errc::store);
  leave("http://127.0.0.1:8880");
  auto coordinator = Coordinator::of(scratch.path());
  ASSERT_TRUE(coordinator);
  EXPECT_EQ(coordinator->token(), "secret");
  EXPECT_EQ(coordinator->url().port, "8880");
  EXPECT_THAT(coordinator->description(), HasSubstr(", http://127.0.0.1:8880"));
  leave("127.0.0.1:8880");
  EXPECT_FALSE(Coordinator::of(scratch.path()));
}

TEST_F(CoordinatorTest, AnswersRequestsThatCarryItsToken) {
  auto answer = answered("200 OK", R"({"done": true})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, R"({"done": true})");
  EXPECT_THAT(request, AllOf(HasSubstr("POST /api/v1/study/pause HTTP/1.1"),
                             HasSubstr("Authorization: Bearer secret")));
}

TEST_F(CoordinatorTest, SaysWhyItRefuses) {
  auto wrong = answered("400 Bad Request", R"({"detail": "there is no trial 9"})");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Errc::invalid_argument);
  EXPECT_EQ(wrong.error().message, "there is no trial 9");
  auto state = answered("409 Conflict", "not JSON");
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, Errc::wrong_state);
  EXPECT_THAT(state.error().message, HasSubstr(" answered 409"));
}

TEST_F(CoordinatorTest, SaysThatNobodyAnswers) {
  {
    ScriptedServer gone([](ScriptedServer::Connection&) {});
    leave("http://" + gone.host() + ":" + gone.port());
  }
  auto answer = Coordinator::of(scratch.path()).or_throw().get("/study");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::wrong_state);
  EXPECT_THAT(answer.error().message,
              AllOf(HasSubstr("the coordinator (process "), HasSubstr("does not answer: ")));
}

}  // namespace
}  // namespace sherpa::runtime
