#include "dashboard/trial_api.hpp"

#include "dashboard/http/json_body.hpp"
#include "tests/support/http.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/trial_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <thread>
#include <tuple>

namespace sherpa::dashboard {
namespace {

using Json = Body;

using namespace testing_support;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string detail(const HttpReply& reply) {
  EXPECT_EQ(reply.headers.at("content-type"), "application/problem+json");
  auto body = Json::parse(reply.body);
  EXPECT_EQ(body.at("status"), reply.status);
  EXPECT_THAT(body.at("type").get<std::string>(), Not(testing::IsEmpty()));
  EXPECT_THAT(body.at("title").get<std::string>(), Not(testing::IsEmpty()));
  auto out = body.at("detail").get<std::string>();
  EXPECT_THAT(out, Not(HasSubstr("\n")));
  return out;
}

class TrialApiTest : public testing::Test {
 protected:
  HttpReply get(std::string_view path, std::string_view token = "secret") {
    return wire.ask("GET", path, token);
  }
  HttpReply post(std::string_view path, std::string_view body, std::string_view token = "secret") {
    return wire.ask("POST", path, token, body);
  }
  HttpReply report(std::string_view body) { return post("/api/v1/observations", body); }

  TrialApiServer at;
  Wire wire{at.server->port()};
};

TEST_F(TrialApiTest, TellsTheTrial) {
  auto reply = get("/api/v1/trial");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("content-type"), "application/json");
  EXPECT_EQ(reply.body, R"({"id":7,"attempt":1,"parameters":{"act":"relu","lr":0.5,"units":64}})");
}

TEST_F(TrialApiTest, TakesAnObservation) {
  auto reply = report(R"({"iteration": 3, "objective": 0.12, "context": {"loss": 1.2, "n": 3}})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"stop":false})");
  auto posted = at.channel->posted();
  ASSERT_EQ(posted.size(), 1u);
  EXPECT_EQ(posted[0].iteration, 3);
  EXPECT_EQ(posted[0].objective, 0.12);
  EXPECT_EQ(posted[0].context, (Metrics{{"loss", 1.2}, {"n", 3}}));
}

TEST_F(TrialApiTest, TakesAListOfObservations) {
  std::string list = "[";
  for (int i = 0; i < 10'000; ++i)
    list += std::string(i > 0 ? "," : "") + R"({"iteration":)" + std::to_string(i) +
            R"(,"objective":1})";
  EXPECT_EQ(report(list + "]").body, R"({"stop":false})");
  EXPECT_EQ(at.channel->posted().size(), 10'000u);
  EXPECT_THAT(detail(report(list + R"(,{"iteration":10000,"objective":1}])")),
              HasSubstr("10001 observations; send 1 to 10000"));
  EXPECT_THAT(detail(report("[]")), HasSubstr("send 1 to 10000"));
}

TEST_F(TrialApiTest, TakesWhatIsNoNumberInEverySpelling) {
  EXPECT_EQ(report(R"([{"iteration":1,"objective":"NaN","context":{"a":"Infinity","b":"-Infinity"}},
                       {"iteration":2,"objective":NaN,"context":{"NaN, Infinity":Infinity,"b\"":-Infinity}},
                       {"iteration":3,"objective":-Infinity},{"objective":Infinity,"iteration":4}])")
                .status,
            200);
  auto posted = at.channel->posted();
  ASSERT_EQ(posted.size(), 4u);
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(std::isnan(posted[0].objective));
  EXPECT_EQ(posted[0].context, (Metrics{{"a", inf}, {"b", -inf}}));
  EXPECT_TRUE(std::isnan(posted[1].objective));
  EXPECT_EQ(posted[1].context, (Metrics{{"NaN, Infinity", inf}, {"b\"", -inf}}));
  EXPECT_EQ(posted[2].objective, -inf);
  EXPECT_EQ(posted[3].objective, inf);
}

TEST_F(TrialApiTest, SaysWhenToStop) {
  EXPECT_EQ(get("/api/v1/stop").body, R"({"stop":false})");
  at.channel->stop(study::StopWhy::rule);
  EXPECT_EQ(get("/api/v1/stop").body, R"({"stop":true})");
  EXPECT_EQ(report(R"({"iteration":1,"objective":1})").body, R"({"stop":true})");
}

TEST_F(TrialApiTest, AnswersWhenItIsStoredAndJudged) {
  at.channel->hold();
  wire.send(
      Wire::request("POST", "/api/v1/observations", "secret", R"({"iteration":1,"objective":1})"));
  at.channel->wait_for(1);
  Wire other(at.server->port());
  EXPECT_EQ(other.ask("GET", "/api/v1/trial", "secret").status, 200) << "others continue";
  EXPECT_FALSE(wire.readable(0));
  at.channel->stop(study::StopWhy::rule);
  std::thread([&] { at.channel->release(); }).join();
  EXPECT_EQ(wire.receive().body, R"({"stop":true})");
}

TEST_F(TrialApiTest, AsksToTryAgainWhenTheLineNeverAnswers) {
  at.channel->hold();
  wire.send(Wire::request("GET", "/api/v1/stop", "secret"));
  at.channel->wait_for(1);
  at.channel->forget();
  EXPECT_EQ(wire.receive().status, 503);
}

TEST_F(TrialApiTest, RefusesAnIterationThatWasObserved) {
  EXPECT_EQ(report(R"({"iteration":1,"objective":1})").status, 200);
  auto again = report(R"([{"iteration":2,"objective":1},{"iteration":1,"objective":1}])");
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(detail(again), HasSubstr("iteration 1 was observed already"));
  EXPECT_EQ(Json::parse(again.body)["type"], "urn:sherpa:observed-already");
  EXPECT_EQ(at.channel->posted().size(), 1u);
}

TEST_F(TrialApiTest, TellsTheSupersededThatTheyAre) {
  at.channel->fail(
      Error{Errc::superseded, "trial 7: attempt 1 is no longer the current one; it should stop"});
  EXPECT_EQ(report(R"({"iteration":1,"objective":1})").status, 410);
  EXPECT_EQ(get("/api/v1/stop").status, 410);
  auto reply = post("/api/v1/checkpoint", "");
  EXPECT_EQ(reply.status, 410);
  EXPECT_THAT(detail(reply), HasSubstr("no longer the current one"));
}

TEST_F(TrialApiTest, SaysWhenTheStoreIsGone) {
  at.channel->fail(Error{Errc::store, "disk full"});
  EXPECT_EQ(report(R"({"iteration":1,"objective":1})").status, 503);
  at.channel->fail(Error{Errc::internal, "a mistake"});
  EXPECT_EQ(get("/api/v1/stop").status, 500);
}

TEST_F(TrialApiTest, PublishesTheCheckpoint) {
  EXPECT_EQ(post("/api/v1/checkpoint", "").body, R"({"checkpoint":"checkpoints/7/1"})");
  EXPECT_EQ(post("/api/v1/checkpoint", "{}").status, 200);
  EXPECT_EQ(at.channel->published(),
            (std::vector<std::string>{"checkpoints/7/1", "checkpoints/7/1"}));
  EXPECT_THAT(detail(post("/api/v1/checkpoint", R"({"directory":"/etc"})")),
              HasSubstr("unknown field 'directory'; it takes no fields"));
  at.attempt->checkpoint.clear();
  auto in_memory = post("/api/v1/checkpoint", "");
  EXPECT_EQ(in_memory.status, 409);
  EXPECT_THAT(detail(in_memory), HasSubstr("a study in memory"));
}

TEST_F(TrialApiTest, TakesTheFirstWordAboutTheEnd) {
  EXPECT_FALSE(at.attempt->declared());
  EXPECT_EQ(post("/api/v1/end", R"({"status":"failed","message":"diverged"})").body,
            R"({"status":"failed"})");
  EXPECT_EQ(at.attempt->declared(), std::pair(study::End::failed, std::string("diverged")));
  EXPECT_EQ(post("/api/v1/end", R"({"status":"failed"})").status, 200)
      << "said again, after a broken connection";
  auto late = post("/api/v1/end", R"({"status":"completed"})");
  EXPECT_EQ(late.status, 409);
  EXPECT_THAT(detail(late), HasSubstr("trial 7 was declared failed already"));
  EXPECT_EQ(at.attempt->declared()->second, "diverged");
}

TEST_F(TrialApiTest, TakesNothingMoreAfterTheEnd) {
  EXPECT_EQ(post("/api/v1/end", R"({"status":"completed"})").status, 200);
  auto late = report(R"({"iteration":1,"objective":1})");
  EXPECT_EQ(late.status, 409);
  EXPECT_THAT(detail(late), HasSubstr("report observations before POST /api/v1/end"));
  EXPECT_EQ(post("/api/v1/checkpoint", "").status, 409);
  EXPECT_EQ(get("/api/v1/stop").status, 200);
  EXPECT_TRUE(at.channel->posted().empty());
  EXPECT_TRUE(at.channel->published().empty());
}

TEST_F(TrialApiTest, RefusesAnAttemptOfAnotherStudy) {
  at.attempts.belong_to("12345678-9abc-4def-8123-456789abcdef");
  auto astray = get("/api/v1/trial", "87654321.secret");
  EXPECT_EQ(astray.status, 421);
  EXPECT_THAT(astray.body, HasSubstr("urn:sherpa:another-study"));
  EXPECT_THAT(detail(astray), HasSubstr("another study"));
  EXPECT_EQ(get("/api/v1/trial", "12345678.secret").status, 401) << "it may have ended";
}

TEST_F(TrialApiTest, KnowsAttemptsByTheirTokens) {
  auto other = std::make_shared<FakeTrialChannel>();
  at.attempts.add(open_attempt(8, 2, "another", other));
  EXPECT_THAT(get("/api/v1/trial", "another").body, HasSubstr(R"("id":8,"attempt":2)"));
  EXPECT_EQ(post("/api/v1/observations", R"({"iteration":1,"objective":1})", "another").status,
            200);
  EXPECT_TRUE(at.channel->posted().empty());
  EXPECT_EQ(other->posted().size(), 1u);

  auto unknown = get("/api/v1/trial", "wrong");
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(unknown.headers.at("www-authenticate"), "Bearer");
  EXPECT_THAT(detail(unknown), AllOf(HasSubstr("may have ended"), HasSubstr("superseded")));
  EXPECT_THAT(detail(get("/api/v1/trial", "")), HasSubstr("SHERPA_TOKEN_FILE"));
  at.attempts.remove("secret");
  EXPECT_EQ(report(R"({"iteration":1,"objective":1})").status, 401) << "the attempt has ended";
  for (const char* header : {"Basic secret", "Bearer", "Bearer ", "secret", "Bearersecret",
                             "Bearer secret2", "Bearer another x"}) {
    wire.send("GET /api/v1/trial HTTP/1.1\r\nHost: localhost\r\nAuthorization: " +
              std::string(header) + "\r\n\r\n");
    EXPECT_EQ(wire.receive().status, 401) << header;
  }
  wire.send(
      "GET /api/v1/trial HTTP/1.1\r\nHost: localhost\r\nauthorization: bearer  another\r\n\r\n");
  EXPECT_EQ(wire.receive().status, 200);
}

TEST_F(TrialApiTest, SaysWhereThingsAre) {
  auto lost = get("/api/v1/trail");
  EXPECT_EQ(lost.status, 404);
  EXPECT_THAT(detail(lost),
              HasSubstr("there is no '/api/v1/trail'; did you mean '/api/v1/trial'?"));
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(get("/api/v1/trial/").status, 404);
  auto wrong = get("/api/v1/observations");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "POST");
  EXPECT_EQ(detail(wrong), "/api/v1/observations takes POST, not 'GET'");
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"}) {
    auto reply = wire.ask(method, "/api/v1/trial", "secret");
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_EQ(reply.headers.at("allow"), "GET");
    EXPECT_FALSE(reply.headers.contains("access-control-allow-origin"));
  }
  EXPECT_THAT(detail(get("/api/v1/trial?verbose=1")), HasSubstr("takes no query"));
}

TEST_F(TrialApiTest, TakesJsonOnly) {
  constexpr std::string_view body = R"({"iteration":1,"objective":1})";
  for (const char* type :
       {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"}) {
    auto reply = wire.ask("POST", "/api/v1/observations", "secret", body, type);
    EXPECT_EQ(reply.status, 415) << type;
    EXPECT_THAT(detail(reply), HasSubstr("Content-Type: application/json"));
  }
  EXPECT_EQ(
      wire.ask("POST", "/api/v1/observations", "secret", body, "Application/JSON; charset=utf-8")
          .status,
      200);
  EXPECT_EQ(report(std::string(1024 * 1024 + 1, ' ')).status, 413);
}

TEST_F(TrialApiTest, NamesTheFieldAndTheRemedy) {
  auto said = [&](std::string_view body) {
    auto reply = report(body);
    EXPECT_EQ(reply.status, 400) << body.substr(0, 80);
    auto text = detail(reply);
    EXPECT_LT(text.size(), 500u);
    return text;
  };
  EXPECT_THAT(said("{"), HasSubstr("the body is not valid JSON"));
  EXPECT_THAT(said(""), HasSubstr("the body is not valid JSON"));
  EXPECT_THAT(said(R"({"iteration":1,"objective":1} x)"), HasSubstr("the body is not valid JSON"));
  EXPECT_THAT(said("\"" + std::string(500'000, 'x')), HasSubstr("the body is not valid JSON"));
  EXPECT_THAT(said("{\"\xff\":1}"), HasSubstr("the body is not valid JSON"));
  EXPECT_EQ(said("7"), "expected an observation as an object, not 7");
  EXPECT_EQ(said("[7]"), "observation 1: expected an observation as an object, not 7");
  EXPECT_EQ(said(R"({"objective":1})"), "iteration is missing");
  EXPECT_EQ(said(R"({"iteration":1})"), "objective is missing");
  for (const char* bad : {"-1", "1.5", "true", "\"1\"", "null", "9223372036854775808", "1e3"})
    EXPECT_THAT(said(R"({"objective":1,"iteration":)" + std::string(bad) + "}"),
                HasSubstr("iteration: expected a whole number from 0, not "));
  for (const char* bad : {"null", "true", "\"nan\"", "\"1\"", "[1]", "{}"})
    EXPECT_THAT(said(R"({"iteration":1,"objective":)" + std::string(bad) + "}"),
                HasSubstr("objective: expected a number, \"NaN\""));
  EXPECT_THAT(said(R"({"iteration":1,"objective":1e999})"), HasSubstr("\"Infinity\""));
  EXPECT_EQ(said(R"({"iteration":1,"objektive":1})"),
            "unknown field 'objektive'; did you mean 'objective'?; there are iteration, objective "
            "and context");
  EXPECT_THAT(
      said(
          R"([{"iteration":1,"objective":1},{"iteration":2,"objective":1,"context":{"loss\n":"high"}}])"),
      AllOf(HasSubstr("observation 2: context: 'loss"), HasSubstr("expected a number")));
  EXPECT_THAT(said(R"({"iteration":1,"objective":1,"context":[1]})"),
              HasSubstr("context: expected an object of names and numbers, not [1]"));
  EXPECT_EQ(said(R"({"iteration":1,"objective":1,"iteration":2})"),
            "the field 'iteration' comes twice in one object");
  EXPECT_THAT(said(R"({"iteration":1,"objective":1,")" + std::string(100'000, 'x') + "\":1}"),
              HasSubstr("unknown field 'xxx"));
  EXPECT_THAT(said(std::string(500'000, '[')), HasSubstr("nested deeper than 32 levels"));
  EXPECT_THAT(said(R"({"iteration":1,"objective":1,"context":)" + std::string(32, '[')),
              HasSubstr("nested deeper than 32"));
  EXPECT_TRUE(at.channel->posted().empty());

  EXPECT_THAT(detail(post("/api/v1/end", "")), HasSubstr("status is missing"));
  EXPECT_THAT(detail(post("/api/v1/end", R"({"status":"stopped"})")),
              HasSubstr("\"completed\" or \"failed\", not \"stopped\""));
  EXPECT_THAT(detail(post("/api/v1/end", R"({"status":"failed","mesage":"x"})")),
              HasSubstr("did you mean 'message'?"));
  EXPECT_THAT(detail(post("/api/v1/end", R"({"status":"failed","message":1})")),
              HasSubstr("message: expected a text, not 1"));
  EXPECT_THAT(detail(post("/api/v1/end", "[]")),
              HasSubstr("expected the body as an object, not []"));
  EXPECT_FALSE(at.attempt->declared());
}

TEST(BareNumbers, AreQuotedWhereValuesStand) {
  EXPECT_EQ(quote_bare_numbers("NaN"), R"("NaN")");
  EXPECT_EQ(quote_bare_numbers(R"([NaN, Infinity,-Infinity])"),
            R"(["NaN", "Infinity","-Infinity"])");
  EXPECT_EQ(quote_bare_numbers(R"({"a":NaN,"b" : -Infinity})"), R"({"a":"NaN","b" : "-Infinity"})");
  for (const char* kept :
       {R"("NaN")", R"(["x NaN","\"NaN","\\",1])", R"({NaN:1})", R"({"a":1,NaN:2})", "NaNs",
        "[xNaN]", "[-NaN]", "[+Infinity]", "[- Infinity]", "[NaN1]", "[1NaN]", "[NaN.0]",
        R"("unfinished NaN)", R"("NaN\)", "1 NaN"})
    EXPECT_EQ(quote_bare_numbers(kept), kept);
}

/// The trial API as docs/openapi.json describes it: every operation and status in the file happens,
/// and nothing else does.
class OpenApi : public TrialApiTest {
 protected:
  // method, path below the server's, status
  using Happening = std::tuple<std::string, std::string, int>;

  void SetUp() override {
    document = Json::parse(read_file(std::string(SHERPA_DOCS) + "/openapi.json"));
  }

  const Json& resolve(const Json& node) const {
    if (!node.contains("$ref")) return node;
    return document.at(Json::json_pointer(node.at("$ref").get<std::string>().substr(1)));
  }

  /// As much of JSON Schema as the file uses.
  void check(const Json& value, const Json& named, const std::string& where) const {
    const Json& schema = resolve(named);
    for (const auto& [key, unused] : schema.items())
      EXPECT_TRUE((std::set<std::string>{"type", "properties", "required", "additionalProperties",
                                         "description", "enum", "minimum", "items", "minItems",
                                         "maxItems", "oneOf", "example", "title"}
                       .contains(key)))
          << where << ": the test does not know " << key;
    if (schema.contains("enum")) {
      EXPECT_THAT(schema["enum"], testing::Contains(value)) << where;
    }
    if (!schema.contains("type")) return;
    const auto type = schema["type"].get<std::string>();
    if (type == "object") {
      ASSERT_TRUE(value.is_object()) << where;
      const auto required = schema.value("required", Json::array());
      for (const auto& name : required)
        EXPECT_TRUE(value.contains(name.get<std::string>())) << where << " lacks " << name;
      for (const auto& [name, item] : value.items()) {
        auto known = schema.value("properties", Json::object());
        if (known.contains(name)) {
          check(item, known[name], where + "." + name);
        } else {
          EXPECT_NE(schema.value("additionalProperties", Json(true)), Json(false))
              << where << " has " << name;
        }
      }
    } else if (type == "integer") {
      EXPECT_TRUE(value.is_number_integer()) << where;
    } else if (type == "boolean") {
      EXPECT_TRUE(value.is_boolean()) << where;
    } else if (type == "string") {
      EXPECT_TRUE(value.is_string()) << where;
    } else {
      ADD_FAILURE() << where << ": the test does not know the type " << type;
    }
  }

  /// Plays a request, notes what came, and holds it against the file.
  void play(const std::string& method, const std::string& path, const std::string& body = {},
            const std::string& token = "secret", const std::string& type = "application/json") {
    auto reply = Wire(at.server->port()).ask(method, "/api/v1" + path, token, body, type);
    std::string lower = method;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    auto where = method + " " + path + " " + std::to_string(reply.status);
    happened.insert({lower, path, reply.status});
    const Json& responses = document["paths"][path][lower]["responses"];
    ASSERT_TRUE(responses.contains(std::to_string(reply.status))) << where << " is not in the file";
    const Json& described = resolve(responses[std::to_string(reply.status)]);
    ASSERT_TRUE(described["content"].contains(reply.headers.at("content-type"))) << where;
    check(Json::parse(reply.body), described["content"][reply.headers.at("content-type")]["schema"],
          where);
    const auto headers = described.value("headers", Json::object());
    for (const auto& [header, unused] : headers.items()) {
      std::string name = header;
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      EXPECT_TRUE(reply.headers.contains(name)) << where << " lacks " << header;
    }
  }

  Json document;
  std::set<Happening> happened;
};

TEST_F(OpenApi, ListsTheRoutesThatThereAre) {
  std::set<std::pair<std::string, std::string>> described, registered;
  const std::string base = document["servers"][0]["url"].get<std::string>();
  const std::string prefix = base.substr(base.find("/api"));
  for (const auto& [path, operations] : document["paths"].items())
    for (const auto& [method, unused] : operations.items())
      described.insert({method, prefix + path});
  for (const auto& route : TrialApi::routes()) {
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    registered.insert({method, std::string(route.path)});
  }
  EXPECT_EQ(described, registered);
}

TEST_F(OpenApi, IsWhatHappens) {
  const std::string seen = R"({"iteration":1,"objective":0.5,"context":{"loss":"NaN"}})";
  struct Operation {
    const char *method, *path;
    std::string body;
  };
  const std::vector<Operation> operations{{"GET", "/trial", ""},
                                          {"GET", "/stop", ""},
                                          {"POST", "/observations", seen},
                                          {"POST", "/checkpoint", ""},
                                          {"POST", "/end", R"({"status":"completed"})"}};
  for (const auto& [method, path, body] : operations) {
    play(method, path, body, "");
    play(method, path, body, "wrong");
    play(method, std::string(path), "x=1", "secret",
         "text/plain");  // GET takes no notice of a body
    for (auto code : {Errc::superseded, Errc::store, Errc::internal}) {
      if (std::string(path) == "/trial" || std::string(path) == "/end") continue;
      at.channel->fail(Error{code, "as the test wants it"});
      play(method, path, body);
    }
    at.channel->fail({});
  }
  for (const char* path : {"/observations", "/checkpoint", "/end"}) {
    play("POST", path, R"({"bad":1})");
    play("POST", path, std::string(1024 * 1024 + 1, ' '));
  }
  at.channel->fail(Error{Errc::refused, "too many metrics"});
  play("POST", "/observations", seen);
  at.channel->fail({});
  play("POST", "/observations", seen);
  play("POST", "/observations", seen);  // again
  play("POST", "/checkpoint");
  play("POST", "/end", R"({"status":"completed"})");
  play("POST", "/end", R"({"status":"failed","message":"too late"})");
  play("POST", "/checkpoint");
  for (const char* path : {"/trial", "/stop"}) {
    auto reply = Wire(at.server->port()).ask("GET", std::string("/api/v1") + path + "?x", "secret");
    EXPECT_EQ(reply.status, 400);
    happened.insert({"get", path, reply.status});
  }

  std::set<Happening> described;
  for (const auto& [path, methods] : document["paths"].items())
    for (const auto& [method, operation] : methods.items())
      for (const auto& [status, unused] : operation["responses"].items())
        described.insert({method, path, std::stoi(status)});
  EXPECT_EQ(described, happened);
}

}  // namespace
}  // namespace sherpa::dashboard
