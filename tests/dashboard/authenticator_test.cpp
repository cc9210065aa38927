#include "dashboard/authenticator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sherpa::dashboard {
namespace {

using testing::HasSubstr;
using testing::Not;

class AuthenticatorTest : public testing::Test {
 protected:
  /// The cookie that a link sets, as a browser sends it back.
  std::string cookie_of(Role role, bool encrypted = false) {
    auto answer = people.open_link(people.make_link(role), encrypted);
    EXPECT_EQ(answer.status, 303);
    for (const auto& [name, value] : answer.headers)
      if (name == "Set-Cookie") return value;
    return "";
  }
  static Request with(std::string name, std::string value) {
    return {.headers = {{std::move(name), std::move(value)}}};
  }
  static Authenticator::Secrets secrets(const std::string& token, int& made) {
    return {.token = token,
            .hash = [](std::string_view text) { return "hash of " + std::string(text); },
            .make = [&made] { return "link-" + std::to_string(++made); }};
  }

  int made = 0;
  Authenticator people{secrets("secret", made)};
};

TEST_F(AuthenticatorTest, KnowsTokens) {
  EXPECT_EQ(people.role_of(with("Authorization", "Bearer secret")), Role::operating);
  EXPECT_EQ(people.role_of(with("Authorization", "bearer  secret ")), Role::operating);
  EXPECT_EQ(people.role_of(with("Authorization", "Bearer " + people.viewer_token())), Role::viewer);
  for (std::string wrong : {"Bearer", "Bearer ", "Bearer secre", "Bearer secrett", "Basic secret"})
    EXPECT_EQ(people.role_of(with("Authorization", wrong)), std::nullopt) << wrong;
  EXPECT_EQ(people.role_of({}), std::nullopt);
}

TEST_F(AuthenticatorTest, KnowsTheCookiesThatLinksSet) {
  for (auto role : {Role::viewer, Role::operating}) {
    auto set = cookie_of(role);
    auto shown = set.substr(0, set.find(';'));
    EXPECT_EQ(people.role_of(with("Cookie", shown)), role);
    EXPECT_EQ(people.role_of(with("Cookie", "a=b; " + shown + "; c=d")), role);
    EXPECT_EQ(people.role_of(with("Cookie", shown + "x")), std::nullopt);
    EXPECT_EQ(people.role_of(with("Cookie", "x" + shown)), std::nullopt);
  }
}

TEST_F(AuthenticatorTest, AWrongTokenIsNotSavedByACookie) {
  auto set = cookie_of(Role::operating);
  auto request = with("Cookie", set.substr(0, set.find(';')));
  request.headers.emplace_back("Authorization", "Bearer wrong");
  EXPECT_EQ(people.role_of(request), std::nullopt);
}

TEST_F(AuthenticatorTest, ProtectsCookies) {
  EXPECT_THAT(cookie_of(Role::viewer), HasSubstr("; HttpOnly; SameSite=Strict"));
  EXPECT_THAT(cookie_of(Role::viewer, false), Not(HasSubstr("; Secure")));
  EXPECT_THAT(cookie_of(Role::viewer, true), HasSubstr("; Secure"));
}

TEST_F(AuthenticatorTest, CookiesHoldOverRestartsAndForOneStudy) {
  auto set = cookie_of(Role::operating);
  auto request = with("Cookie", set.substr(0, set.find(';')));
  EXPECT_EQ(Authenticator(secrets("secret", made)).role_of(request), Role::operating);
  EXPECT_EQ(Authenticator(secrets("other", made)).role_of(request), std::nullopt);
}

TEST_F(AuthenticatorTest, LinksWorkOnceAndTheOldestAreDropped) {
  auto link = people.make_link(Role::viewer);
  EXPECT_TRUE(Authenticator::is_link(link));
  EXPECT_FALSE(Authenticator::is_link("/opens"));
  EXPECT_EQ(people.open_link(link).status, 303);
  EXPECT_EQ(people.open_link(link).status, 410);
  EXPECT_EQ(people.open_link("/open/guess").status, 410);
  auto oldest = people.make_link(Role::viewer), next = people.make_link(Role::viewer);
  for (int i = 0; i < 63; ++i) people.make_link(Role::viewer);
  EXPECT_EQ(people.open_link(oldest).status, 410);
  EXPECT_EQ(people.open_link(next).status, 303);
}

TEST_F(AuthenticatorTest, LinksThatNobodyOpensExpire) {
  const Authenticator::Clock::time_point begin{};
  auto link = people.make_link(Role::operating, begin),
       other = people.make_link(Role::operating, begin);
  EXPECT_EQ(people.open_link(link, false, begin + std::chrono::minutes(59)).status, 303);
  auto late = people.open_link(other, false, begin + std::chrono::hours(1));
  EXPECT_EQ(late.status, 410);
  EXPECT_THAT(late.body, HasSubstr("older than an hour"));
}

TEST_F(AuthenticatorTest, AcceptsOnlyItsOwnPageAndPrograms) {
  auto from = [](std::string origin, bool encrypted = false) {
    return Request{.headers = {{"Host", "node1:8880"}, {"Origin", std::move(origin)}},
                   .encrypted = encrypted};
  };
  EXPECT_FALSE(people.refuse_origin(from("http://node1:8880")));
  EXPECT_FALSE(people.refuse_origin(from("https://NODE1:8880", true)));
  EXPECT_FALSE(people.refuse_origin(with("Authorization", "Bearer secret")));
  EXPECT_EQ(people.refuse_origin(from("http://node1:8880", true))->status, 403)
      << "a page that was not encrypted";
  EXPECT_EQ(people.refuse_origin(from("http://evil:8880"))->status, 403);
  EXPECT_EQ(people.refuse_origin(from("null"))->status, 403);
  EXPECT_EQ(people.refuse_origin(with("Host", "node1:8880"))->status, 403) << "no origin";
}

}  // namespace
}  // namespace sherpa::dashboard
