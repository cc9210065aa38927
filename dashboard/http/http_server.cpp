#include "dashboard/http/http_server.hpp"

#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"
#include "core/base/strangers.hpp"
#include "core/base/text.hpp"
#include "core/base/throttled_log.hpp"
#include "dashboard/http/beast.hpp"
#include "dashboard/http/http_session.hpp"
#include "dashboard/http/tls.hpp"
#include "dashboard/http/web_socket.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

namespace sherpa::dashboard {

using namespace std::chrono_literals;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

class HttpServer::Core final : public HttpSession::Owner {
 public:
  Core(ServerOptions options, std::shared_ptr<const Tls> tls, Handler handler, Upgrade upgrade,
       Authorize authorize)
      : options_(std::move(options)),
        tls_(std::move(tls)),
        handler_(std::move(handler)),
        upgrade_(std::move(upgrade)),
        authorize_(std::move(authorize)),
        acceptor_(io_),
        pause_(io_),
        pacer_(io_),
        last_(io_),
        strangers_(options_.strangers.within(base::descriptor_limit())) {
    listener_->core = this;
  }

  ~Core() override {
    {
      std::scoped_lock lock(listener_->mutex);
      listener_->core = nullptr;
    }
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Result<void> listen();
  void run() {
    accept();
    thread_ = base::quiet_thread([this] {
      while (true) {
        try {
          io_.run();
          return;
        } catch (const std::exception& e) {
          base::log(LogLevel::error, std::string("HTTP server: ") + e.what());
        }
      }
    });
  }

  tcp::endpoint local() const { return local_; }
  void say_the_last(std::chrono::milliseconds at_most) {
    auto said = std::make_shared<std::promise<void>>();
    auto done = said->get_future();
    asio::post(io_, [this, said] { wait_until_quiet(said); });
    done.wait_for(at_most);
  }
  std::size_t connections() const { return open_; }
  const ServerOptions& options() const override { return options_; }
  const Tls* tls() const override { return tls_.get(); }

 private:
  /// Through which replies come from other threads, for as long as there is a server.
  struct Listener {
    std::mutex mutex;
    Core* core = nullptr;

    void send(std::uint64_t session, Response response) {
      std::scoped_lock lock(mutex);
      if (core)
        asio::post(core->io_, [c = core, session, r = std::move(response)]() mutable {
          c->send(session, std::move(r));
        });
    }
    /// However often it is called, sockets are pumped once at a time.
    void wake() {
      if (woken.exchange(true)) return;
      std::scoped_lock lock(mutex);
      if (core) asio::post(core->io_, [c = core] { c->pace(); });
    }
    std::atomic<bool> woken = false;
  };

  /// A request that waits for its reply.
  struct Pending {
    std::shared_ptr<Listener> listener;
    std::uint64_t session;
    std::atomic<bool> answered = false;

    Pending(std::shared_ptr<Listener> through, std::uint64_t of)
        : listener(std::move(through)), session(of) {}
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    ~Pending() { answer(problem(503, "the request was given up without an answer; try again")); }
    void answer(Response response) {
      if (!answered.exchange(true)) listener->send(session, std::move(response));
    }
  };

  std::optional<Response> authorize(HttpSession& session, const Request& head) override;
  bool reserve(std::size_t bytes) override;
  void release(std::size_t bytes) override { reserved_ -= bytes; }
  asio::mutable_buffer scratch() override { return asio::buffer(scratch_); }
  void answer(std::uint64_t session, const Request& request) override;
  bool has_sockets() const override { return static_cast<bool>(upgrade_); }
  std::variant<Response, std::unique_ptr<SocketUser>> open_socket(const Request& request) override;
  void go_on_as_socket(HttpSession& session, Stream stream, HttpRequest message,
                       std::unique_ptr<SocketUser> user) override;
  void closed(HttpSession& session) override;

  Failed try_port(const asio::ip::address& address, std::uint16_t port);
  void accept();
  void admit(Socket socket);
  void add_stranger(HttpSession& session);
  Authorization ask_who(const Request& head) const;
  std::size_t most_authorized() const {
    return std::min(options_.max_connections, base::descriptor_limit() / 2);
  }
  void send(std::uint64_t session, Response response);
  void pace();
  void pump();
  void wait_until_quiet(const std::shared_ptr<std::promise<void>>& said);

  const ServerOptions options_;
  const std::shared_ptr<const Tls> tls_;
  const Handler handler_;
  const Upgrade upgrade_;
  const Authorize authorize_;
  /// Of which nobody reads what is in it: what comes on connections that are being closed.
  std::array<char, 64 * 1024> scratch_{};
  asio::io_context io_{1};
  Acceptor acceptor_;
  Timer pause_, pacer_, last_;
  tcp::endpoint local_;
  std::unordered_map<std::uint64_t, std::shared_ptr<HttpSession>> sessions_;
  std::unordered_map<std::uint64_t, std::shared_ptr<WebSocket>> sockets_;
  std::uint64_t next_session_ = 0;
  std::chrono::steady_clock::time_point pumped_{};
  base::Strangers<HttpSession, std::string> strangers_;
  std::size_t authorized_ = 0;  // sessions and sockets
  std::size_t reserved_ = 0;    // bytes of bodies on their way
  std::atomic<std::size_t> open_ = 0;
  base::ThrottledLog complaints_;
  std::shared_ptr<Listener> listener_ = std::make_shared<Listener>();
  std::jthread thread_;
};

Failed HttpServer::Core::try_port(const asio::ip::address& address, std::uint16_t port) {
  Failed failed, ignored;
  tcp::endpoint endpoint(address, port);
  acceptor_.open(endpoint.protocol(), failed);
  if (!failed) acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor_.bind(endpoint, failed);
  if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
  if (!failed) local_ = acceptor_.local_endpoint(failed);
  if (failed) acceptor_.close(ignored);
  return failed;
}

Result<void> HttpServer::Core::listen() {
  Failed failed;
  auto address =
      asio::ip::make_address(options_.host == "localhost" ? "127.0.0.1" : options_.host, failed);
  if (failed)
    return Error{Errc::invalid_argument,
                 "host " + base::quote(options_.host) +
                     " is no IP address; use 127.0.0.1, 0.0.0.0 or an address of this machine"};
  const std::string at = " on " + options_.host;
  std::string tried;
  auto usable = [&](std::uint16_t port) -> Result<bool> {
    auto why = try_port(address, port);
    if (!why) return true;
    if (why == asio::error::address_in_use || why == asio::error::access_denied) return false;
    return Error{Errc::invalid_argument, "cannot listen on " + in_url(options_.host) + ":" +
                                             std::to_string(port) + ": " + why.message() + "; is " +
                                             options_.host + " an address of this machine?"};
  };
  if (options_.port) {
    auto taken = usable(*options_.port);
    if (!taken) return taken.error();
    if (*taken) return {};
    tried = std::to_string(*options_.port) + " and ";
  }
  for (std::uint32_t port = options_.first_port; port <= options_.last_port; ++port) {
    auto taken = usable(static_cast<std::uint16_t>(port));
    if (!taken) return taken.error();
    if (*taken) return {};
  }
  return Error{Errc::wrong_state, "no port is free" + at + ": tried " + tried +
                                      std::to_string(options_.first_port) + " to " +
                                      std::to_string(options_.last_port) + "; set another port"};
}

void HttpServer::Core::accept() {
  acceptor_.async_accept([this](Failed failed, Socket socket) {
    if (failed == asio::error::operation_aborted) return;
    if (!failed) {
      admit(std::move(socket));
      return accept();
    }
    // Out of descriptors, say: a stranger's may be of better use, and trying again at once would
    // only keep the machine busy.
    complaints_.warn("HTTP server: cannot take a connection: " + failed.message());
    if (auto oldest = strangers_.oldest()) oldest->close();
    pause_.expires_after(100ms);
    pause_.async_wait([this](Failed cancelled) {
      if (!cancelled) accept();
    });
  });
}

void HttpServer::Core::admit(Socket socket) {
  Failed gone;
  socket.set_option(tcp::no_delay(true), gone);
  auto session = std::make_shared<HttpSession>(*this, ++next_session_, std::move(socket));
  if (session->remote_address().empty()) return;  // it has left already
  sessions_.emplace(session->id(), session);
  ++open_;
  if (!authorize_ && authorized_ < most_authorized()) {
    ++authorized_;
    session->set_authorized(true);
  } else {
    add_stranger(*session);
  }
  session->begin();
}

void HttpServer::Core::add_stranger(HttpSession& session) {
  const auto& address = session.remote_address();
  if (auto other = strangers_.to_displace(address)) {
    complaints_.warn("HTTP server: closed a connection of " + other->remote_address() +
                     ": too many show no token");
    other->close();
  }
  strangers_.add(session.shared_from_this(), address);
}

Authorization HttpServer::Core::ask_who(const Request& head) const {
  if (!authorize_) return {.authorized = true};
  try {
    return authorize_(head);
  } catch (const std::exception& e) {
    base::log(LogLevel::error, "HTTP server: " + base::quote(head.target) + ": " + e.what());
    return {.refusal = problem(500, "an error inside Sherpa; its log says more")};
  }
}

/// A connection is what its last request has shown it to be.
std::optional<Response> HttpServer::Core::authorize(HttpSession& session, const Request& head) {
  auto who = ask_who(head);
  if (who.authorized && !session.authorized()) {
    if (authorized_ >= most_authorized())
      return problem(503, "there are " + std::to_string(most_authorized()) +
                              " connections already; close those that are not needed, or try "
                              "again later");
    strangers_.remove(session);
    ++authorized_;
  } else if (!who.authorized && session.authorized()) {
    --authorized_;
    add_stranger(session);
  }
  session.set_authorized(who.authorized);
  return std::move(who.refusal);
}

bool HttpServer::Core::reserve(std::size_t bytes) {
  if (reserved_ + bytes > options_.max_bodies) return false;
  reserved_ += bytes;
  return true;
}

void HttpServer::Core::answer(std::uint64_t session, const Request& request) {
  auto pending = std::make_shared<Pending>(listener_, session);
  try {
    handler_(request, [pending](Response response) { pending->answer(std::move(response)); });
  } catch (const std::exception& e) {
    base::log(LogLevel::error, "HTTP server: " + base::quote(request.target) + ": " + e.what());
    pending->answer(problem(500, "an error inside Sherpa; its log says more"));
  }
}

std::variant<Response, std::unique_ptr<SocketUser>> HttpServer::Core::open_socket(
    const Request& request) {
  if (sockets_.size() >= options_.max_sockets)
    return problem(503,
                   "there are " + std::to_string(options_.max_sockets) +
                       " viewers already; close a page that is not needed, or try again later");
  return upgrade_(request, [listener = listener_] { listener->wake(); });
}

void HttpServer::Core::go_on_as_socket(HttpSession& session, Stream stream, HttpRequest message,
                                       std::unique_ptr<SocketUser> user) {
  const auto id = session.id();
  auto closed = [this, id, authorized = session.authorized()] {
    if (sockets_.erase(id) == 0) return;
    --open_;
    if (authorized) --authorized_;
  };
  strangers_.remove(session);
  sessions_.erase(id);
  sockets_[id] =
      WebSocket::open(std::move(stream), std::move(message), std::move(user),
                      {.max_message = options_.max_message, .silence = options_.silence}, closed);
}

void HttpServer::Core::closed(HttpSession& session) {
  strangers_.remove(session);
  if (sessions_.erase(session.id()) == 0) return;
  --open_;
  if (session.authorized()) --authorized_;
}

void HttpServer::Core::send(std::uint64_t session, Response response) {
  if (auto at = sessions_.find(session); at != sessions_.end())
    at->second->send(std::move(response));
}

/// At once when the last time is long enough ago: what happens is seen within `pace`, however much
/// of it there is.
void HttpServer::Core::pace() {
  auto due = pumped_ + options_.pace;
  if (std::chrono::steady_clock::now() >= due) return pump();
  pacer_.expires_at(due);
  pacer_.async_wait([this](Failed cancelled) {
    if (!cancelled) pump();
  });
}

void HttpServer::Core::pump() {
  listener_->woken = false;
  pumped_ = std::chrono::steady_clock::now();
  for (auto& [id, socket] : sockets_) socket->pump(true);
}

void HttpServer::Core::wait_until_quiet(const std::shared_ptr<std::promise<void>>& said) {
  pump();
  if (std::all_of(sockets_.begin(), sockets_.end(),
                  [](const auto& one) { return one.second->quiet(); }))
    return said->set_value();
  last_.expires_after(10ms);
  last_.async_wait([this, said](Failed cancelled) {
    if (!cancelled) wait_until_quiet(said);
  });
}

HttpServer::HttpServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::open(ServerOptions options, Handler handler,
                                                     Upgrade upgrade, Authorize authorize) {
  std::shared_ptr<const Tls> tls;
  if (options.tls) {
    auto made = Tls::make(*options.tls);
    if (!made) return made.error();
    tls = *std::move(made);
    options.names.insert(options.names.end(), tls->names().begin(), tls->names().end());
  }
  auto core = std::make_unique<Core>(std::move(options), std::move(tls), std::move(handler),
                                     std::move(upgrade), std::move(authorize));
  if (auto listening = core->listen(); !listening) return listening.error();
  core->run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(core)));
}

void HttpServer::say_the_last(std::chrono::milliseconds at_most) { core_->say_the_last(at_most); }

std::uint16_t HttpServer::port() const { return core_->local().port(); }

std::string HttpServer::url() const {
  auto address = core_->local().address();
  std::string host = address.to_string();
  if (address.is_unspecified()) host = address.is_v6() ? "::1" : "127.0.0.1";
  return "http://" + in_url(host) + ":" + std::to_string(port());
}

std::string HttpServer::page_url() const {
  auto out = url();
  if (core_->tls()) out.insert(4, "s");
  return out;
}

std::string HttpServer::name() const {
  if (!core_->tls()) return {};
  const auto& names = core_->tls()->names();
  auto whole = std::find_if(names.begin(), names.end(),
                            [](const auto& name) { return !name.starts_with("*."); });
  return whole == names.end() ? std::string() : *whole;
}

std::size_t HttpServer::connections() const { return core_->connections(); }

}  // namespace sherpa::dashboard
