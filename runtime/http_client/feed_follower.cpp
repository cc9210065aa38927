#include "runtime/http_client/feed_follower.hpp"

#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"
#include "core/feed/feed_frame.hpp"
#include "runtime/http_client/coordinator_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/stream.hpp>
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

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using namespace std::chrono_literals;

namespace {

constexpr auto pause = 1s;  // before the coordinator is looked for again
constexpr std::size_t largest_message = 1u << 30;

/// Called when the feed has all that there was when the connection began.
using CaughtUp = std::function<void(const std::string& name)>;

/// One connection, to its end.
class Listening {
 public:
  Listening(feed::Feed& feed, CaughtUp caught_up) : feed_(feed), caught_up_(std::move(caught_up)) {}

  Result<void> listen(const Coordinator& coordinator, const std::stop_token& stop) {
    try {
      std::stop_callback end(
          stop, [this] { asio::post(io_, [this] { beast::get_lowest_layer(socket_).close(); }); });
      connect(coordinator);
      while (!stop.stop_requested()) {
        beast::flat_buffer buffer;
        wait([&](auto done) { socket_.async_read(buffer, done); });
        auto message = beast::buffers_to_string(buffer.data());
        auto taken = socket_.got_binary() ? take_frame(message) : take_greeting(message);
        if (!taken) return taken;
      }
      return {};
    } catch (const nlohmann::json::exception& e) {
      return Error{Errc::damaged,
                   std::string("what the coordinator says is no greeting: ") + e.what()};
    } catch (const boost::system::system_error& e) {
      return Error{Errc::wrong_state, "the coordinator (" + coordinator.description() +
                                          ") is gone: " + e.code().message()};
    }
  }

 private:
  /// Does one thing with the connection, and waits for its end.
  template <class Start>
  void wait(Start&& start) {
    boost::system::error_code out;
    start([&](boost::system::error_code failed, auto&&...) { out = failed; });
    io_.restart();
    io_.run();
    if (out) throw boost::system::system_error(out);
  }

  void connect(const Coordinator& coordinator) {
    auto address = coordinator.address();
    auto& lowest = beast::get_lowest_layer(socket_);
    lowest.expires_after(5s);
    auto where = asio::ip::tcp::resolver(io_).resolve(address.host, address.port);
    wait([&](auto done) { lowest.async_connect(where, done); });
    lowest.expires_never();
    socket_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::client));
    socket_.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
      request.set(beast::http::field::authorization, "Bearer " + coordinator.token());
    }));
    socket_.read_message_max(largest_message);
    auto target =
        "/api/v1/feed?study=0&after=" + std::to_string(feed_.last()) + "&uuid=" + feed_.uuid();
    wait([&](auto done) { socket_.async_handshake(address.authority, target, done); });
  }

  Result<void> take_greeting(const std::string& message) {
    auto greeting = nlohmann::json::parse(message, nullptr, false);
    if (!greeting.is_object() || greeting.contains("reply")) return {};
    if (feed_.last() > 0 && !greeting.value("goes_on", false))
      return Error{Errc::wrong_state, "another study runs there now"};
    name_ =
        greeting.contains("studies") ? greeting["studies"].at(0).get<std::string>() : std::string();
    until_ = greeting.value("number", study::Seq{0});
    return look();
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
  asio::io_context io_{1};
  websocket::stream<beast::tcp_stream> socket_{io_};
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
