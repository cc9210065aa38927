#include "dashboard/http/web_socket.hpp"

#include "tests/support/echo_server.hpp"
#include "tests/support/web_socket.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

namespace sherpa::dashboard {
namespace {

using namespace std::chrono_literals;
using testing_support::Browser;
using testing_support::echo;

/// What a socket sends, from any thread.
struct Outbox {
  std::mutex mutex;
  std::deque<std::string> messages;
  Wake wake;

  void send(std::string message) {
    {
      std::scoped_lock lock(mutex);
      messages.push_back(std::move(message));
    }
    wake();
  }
};

/// Repeats what it receives; "bye" ends the connection.
class Repeater final : public SocketUser {
 public:
  explicit Repeater(std::shared_ptr<Outbox> outbox) : outbox_(std::move(outbox)) {}

  std::optional<Message> next(bool) override {
    std::scoped_lock lock(outbox_->mutex);
    if (outbox_->messages.empty()) return std::nullopt;
    auto text = std::make_shared<const std::string>(std::move(outbox_->messages.front()));
    outbox_->messages.pop_front();
    return Message{std::move(text), false};
  }
  bool receive(std::string message) override {
    if (message == "bye") return false;
    outbox_->send(std::move(message));
    return true;
  }

 private:
  std::shared_ptr<Outbox> outbox_;
};

class WebSocketTest : public testing::Test {
 protected:
  void open(ServerOptions options = {}) {
    server = HttpServer::open(std::move(options), echo, [this](const Request&, Wake wake) {
               outbox = std::make_shared<Outbox>();
               outbox->wake = std::move(wake);
               return std::make_unique<Repeater>(outbox);
             }).or_throw();
  }

  std::shared_ptr<Outbox> outbox;
  std::unique_ptr<HttpServer> server;
};

TEST_F(WebSocketTest, CarriesMessagesInBothDirections) {
  open();
  Browser browser(server->port(), "/", {});
  browser.say("hello");
  EXPECT_EQ(browser.receive().bytes, "hello");
  outbox->send("news");
  outbox->send("more news");
  EXPECT_EQ(browser.receive().bytes, "news");
  EXPECT_EQ(browser.receive().bytes, "more news");
}

TEST_F(WebSocketTest, CarriesLargeMessagesToTheBrowser) {
  open();
  Browser browser(server->port(), "/", {});
  browser.say("first");  // there is an outbox once this is answered
  browser.receive();
  outbox->send(std::string(5'000'000, 'x'));
  EXPECT_EQ(browser.receive().bytes.size(), 5'000'000u);
}

TEST_F(WebSocketTest, EndsWhenItsUserSaysSo) {
  open();
  Browser browser(server->port(), "/", {});
  browser.say("bye");
  EXPECT_EQ(browser.receive().bytes, "");
  while (server->connections() > 0) std::this_thread::yield();
}

TEST_F(WebSocketTest, EndsWhenAMessageIsTooLarge) {
  open();
  Browser browser(server->port(), "/", {});
  try {
    browser.say(std::string(100'000, 'x'));
    EXPECT_EQ(browser.receive().bytes, "");
  } catch (const std::exception&) {  // ended before all of it was written
  }
  while (server->connections() > 0) std::this_thread::yield();
}

TEST_F(WebSocketTest, EndsWhenTheOtherSideIsSilentForTooLong) {
  open({.silence = 100ms});
  Browser browser(server->port(), "/", {});  // reads nothing, and so answers no ping
  while (server->connections() > 0) std::this_thread::yield();
  EXPECT_EQ(browser.receive().bytes, "");
}

}  // namespace
}  // namespace sherpa::dashboard
