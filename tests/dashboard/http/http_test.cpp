#include "dashboard/http/http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sherpa::dashboard {
namespace {

TEST(Requests, HaveAPathAndAQuery) {
  Request request{.target = "/api/v1/study/log?trial=12&x"};
  EXPECT_EQ(request.path(), "/api/v1/study/log");
  EXPECT_EQ(request.query(), "trial=12&x");
  EXPECT_EQ(Request{.target = "/"}.query(), "");
}

TEST(Requests, FindHeadersInAnyCase) {
  Request request{.headers = {{"Content-Type", "a"}, {"content-type", "b"}}};
  EXPECT_EQ(request.header("CONTENT-TYPE"), "a");
  EXPECT_EQ(request.header("Accept"), "");
}

TEST(Queries, HaveValuesByName) {
  EXPECT_EQ(query_value("study=0&after=12&uuid=u", "after"), "12");
  EXPECT_EQ(query_value("study=0", "tudy"), "");
  EXPECT_EQ(query_value("studyx=0&study", "study"), "");
  EXPECT_EQ(query_value("a=&b=1", "a"), "");
  EXPECT_EQ(query_value("", "a"), "");
}

TEST(Queries, DecodePercents) {
  EXPECT_EQ(query_value("metric=val%20loss%2F%C3%A4", "metric"), "val loss/ä");
  EXPECT_EQ(query_value("a=100%&b=1", "a"), "100%");
  EXPECT_EQ(query_value("a=%zz%4", "a"), "%zz%4");
}

TEST(Problems, SayWhatIsWrongForPeopleAndPrograms) {
  auto answer = problem(409, "trial 3 has ended", "urn:sherpa:ended");
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.content_type, "application/problem+json");
  auto body = nlohmann::json::parse(answer.body);
  EXPECT_EQ(body["detail"], "trial 3 has ended");
  EXPECT_EQ(body["type"], "urn:sherpa:ended");
  EXPECT_EQ(body["status"], 409);
}

TEST(Texts, AreShortened) {
  EXPECT_EQ(shorten("short"), "short");
  EXPECT_LT(shorten(std::string(1'000'000, 'x')).size(), 300u);
}

TEST(Texts, AreComparedInAnyCase) {
  EXPECT_TRUE(same_but_case("Content-Type", "content-type"));
  EXPECT_FALSE(same_but_case("a", "ab"));
  EXPECT_FALSE(same_but_case("[", "{"));
}

TEST(Hosts, AreThisMachineOrRefused) {
  auto at = [](std::string host) {
    return Request{.headers = {{"Host", std::move(host)}}, .local_address = "10.0.0.7"};
  };
  for (std::string ours :
       {"localhost:8880", "127.0.0.1", "[::1]:1", "10.0.0.7:8880", "node1", "a.example.org"})
    EXPECT_FALSE(refuse_host(at(ours), {"node1", "*.example.org"})) << ours;
  for (std::string others : {"evil.example", "10.0.0.8", "b.a.example.org", "example.org", ""})
    EXPECT_TRUE(refuse_host(at(others), {"node1", "*.example.org"})) << others;
}

TEST(Addresses, OfVersion6HaveBracketsInUrls) {
  EXPECT_EQ(in_url("::1"), "[::1]");
  EXPECT_EQ(in_url("127.0.0.1"), "127.0.0.1");
}

TEST(Http, TakesNoOtherTransferEncodingThanChunked) {
  auto refused = [](const std::vector<std::string>& values) {
    Request request;
    for (const auto& value : values) request.headers.emplace_back("transfer-encoding", value);
    return refuse_transfer_encoding(request).has_value();
  };
  EXPECT_FALSE(refused({}));
  EXPECT_FALSE(refused({"chunked"}));
  EXPECT_FALSE(refused({"Chunked"}));
  for (const char* other : {"identity", "xchunked", "chunked, identity", "gzip, chunked",
                            "chunked,", "chunked;q=1", ""})
    EXPECT_TRUE(refused({other})) << other;
  EXPECT_TRUE(refused({"chunked", "chunked"}));
}

}  // namespace
}  // namespace sherpa::dashboard
