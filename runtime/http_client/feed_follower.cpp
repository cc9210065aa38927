#include "runtime/http_client/feed_follower.hpp"

#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"
#include "core/feed/feed_frame.hpp"
#include "runtime/http_client/coordinator_client.hpp"
#include "runtime/http_client/http_client.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <stop_token>
#include <utility>

namespace sherpa::runtime {

using namespace std::chrono_literals;

namespace {

constexpr auto pause = 1s;  // before the coordinator is looked for again
constexpr auto connect_within = 5s;

/// Called when the feed has everything from before the connection.
using CaughtUp = std::function<void(const std::string& name)>;

/// One connection, to its end.
class Listening {
 public:
  Listening(feed::Feed& feed, CaughtUp caught_up) : feed_(feed), caught_up_(std::move(caught_up)) {}

  Result<void> listen(const Coordinator& coordinator, const std::stop_token& stop) {
    std::stop_callback end(stop, [this] { socket_.close(); });
    auto gone = [&](const Error& error) {
      return Error{error.code,
                   "the coordinator (" + coordinator.description() + ") is gone: " + error.message};
    };
    auto opened = socket_.open(
        coordinator.url(), coordinator.token(),
        "/feed?study=0&after=" + std::to_string(feed_.last()) + "&uuid=" + feed_.uuid(),
        connect_within);
    if (!opened) return gone(opened.error());
    while (!stop.stop_requested()) {
      auto message = socket_.read();
      if (!message) return gone(message.error());
      auto taken = message->binary ? take_frame(message->data) : take_greeting(message->data);
      if (!taken) return taken;
    }
    return {};
  }

 private:
  Result<void> take_greeting(const std::string& message) try {
    auto greeting = nlohmann::json::parse(message, nullptr, false);
    if (!greeting.is_object() || greeting.contains("reply")) return {};
    if (feed_.last() > 0 && !greeting.value("goes_on", false))
      return Error{Errc::wrong_state, "another study runs there now"};
    name_ =
        greeting.contains("studies") ? greeting["studies"].at(0).get<std::string>() : std::string();
    until_ = greeting.value("number", study::Seq{0});
    return look();
  } catch (const nlohmann::json::exception& e) {
    return Error{Errc::damaged,
                 std::string("unexpected greeting from the coordinator: ") + e.what()};
  }

  Result<void> take_frame(const std::string& message) {
    auto facts = feed::read_frame(message);
    if (!facts) return facts.error();
    auto fresh = std::find_if(facts->begin(), facts->end(),
                              [&](const auto& entry) { return entry.seq > feed_.last(); });
    if (fresh != facts->end()) feed_.show({fresh, facts->end()});
    return look();
  }

  Result<void> look() {
    if (feed_.last() >= until_ && feed_.last() > 0)
      if (auto caught_up = std::exchange(caught_up_, {})) caught_up(name_);
    return {};
  }

  feed::Feed& feed_;
  CaughtUp caught_up_;
  WebSocketClient socket_;
  std::string name_;
  study::Seq until_ = 0;
};

}  // namespace

Result<std::unique_ptr<FeedFollower>> FeedFollower::begin(std::filesystem::path directory,
                                                          std::shared_ptr<feed::Feed> feed) {
  auto first = std::make_shared<std::promise<Result<std::string>>>();
  auto begun = first->get_future();
  std::unique_ptr<FeedFollower> out(new FeedFollower());
  out->thread_ = base::quiet_thread([first, directory = std::move(directory),
                                     feed = std::move(feed)](const std::stop_token& stop) mutable {
    std::mutex mutex;
    std::condition_variable_any never;
    auto caught_up = [&first](const std::string& name) {
      if (auto said = std::exchange(first, {})) said->set_value(name);
    };
    while (!stop.stop_requested()) {
      auto coordinator = Coordinator::of(directory);
      auto listened = coordinator ? Listening(*feed, caught_up).listen(*coordinator, stop)
                                  : Result<void>(coordinator.error());
      if (auto said = std::exchange(first, {}))
        return said->set_value(listened ? Error{Errc::wrong_state, "it ended at once"}
                                        : listened.error());
      if (!listened && listened.error().code == Errc::damaged)
        return base::log(LogLevel::error, directory.string() + ": " + listened.error().message);
      std::unique_lock lock(mutex);
      never.wait_for(lock, stop, pause, [] { return false; });
    }
  });
  auto name = begun.get();
  if (!name) return name.error();
  out->name_ = *std::move(name);
  return out;
}

}  // namespace sherpa::runtime
