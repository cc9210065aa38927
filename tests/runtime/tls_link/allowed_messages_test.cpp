#include "runtime/tls_link/allowed_messages.hpp"

#include "core/link/link_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace sherpa::runtime::tls_link {
namespace {

using testing::ElementsAre;

std::vector<std::string_view> said_to(Party party) {
  std::vector<std::string_view> names;
  for (std::size_t kind = 0; kind < link::message_names.size(); ++kind)
    if (may_be_said_to(party, kind)) names.push_back(link::message_names[kind]);
  return names;
}

// As docs/protocol.md lists them: Hello, Welcome and Refused come before a connection is open.

TEST(AllowedMessages, OfAWorker) {
  EXPECT_THAT(said_to(Party::coordinator),
              ElementsAre("Batch", "Publish", "EndOfAttempt", "Goodbye", "Heartbeat", "Drain"));
}

TEST(AllowedMessages, OfTheCoordinator) {
  EXPECT_THAT(said_to(Party::worker),
              ElementsAre("Start", "Stop", "Acknowledged", "Judged", "BatchRefused", "Published",
                          "Settled", "Goodbye", "JoinAgain", "Heartbeat"));
}

TEST(AllowedMessages, OfNobody) {
  EXPECT_FALSE(may_be_said_to(Party::worker, link::message_names.size()));
  EXPECT_FALSE(may_be_said_to(Party::coordinator, static_cast<std::size_t>(-1)));
}

}  // namespace
}  // namespace sherpa::runtime::tls_link
