#include "dashboard/http_server.hpp"

#include "dashboard/beast.hpp"
#include "dashboard/web_socket.hpp"
#include "study/log.hpp"
#include "study/quiet_thread.hpp"
#include "study/text.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

namespace sherpa::dashboard {

using namespace std::chrono_literals;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

namespace {

constexpr std::size_t most_refused = 64;                // connections that are being told that there are too many
constexpr auto linger_time = 2s;                        // for a client to read why it was refused
constexpr std::size_t linger_bytes = 16 * 1024 * 1024;  // that it still sends meanwhile
constexpr std::size_t first_read = 1024;                // what an idle connection keeps ready
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

bool wants_go_on(const HttpRequest& message) { return beast::iequals(message[http::field::expect], "100-continue"); }

}  // namespace

class HttpServer::Core {
 public:
  Core(ServerOptions options, Handler handler, Upgrade upgrade)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        upgrade_(std::move(upgrade)),
        acceptor_(io_),
        pause_(io_),
        pacer_(io_),
        last_(io_) {
    gate_->core = this;
  }

  ~Core() {
    {
      std::scoped_lock lock(gate_->mutex);
      gate_->core = nullptr;
    }
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Result<void> listen();
  void run() {
    accept();
    thread_ = study::quiet_thread([this] {
      while (true) {
        try {
          io_.run();
          return;
        } catch (const std::exception& e) {
          study::log(LogLevel::error, std::string("HTTP server: ") + e.what());
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
  std::size_t connections() const { return admitted_; }

 private:
  class Session;

  /// Through which replies come from other threads, for as long as there is a server.
  struct Gate {
    std::mutex mutex;
    Core* core = nullptr;

    void send(std::uint64_t session, Response response) {
      std::scoped_lock lock(mutex);
      if (core) asio::post(core->io_, [c = core, session, r = std::move(response)]() mutable { c->send(session, std::move(r)); });
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
    std::shared_ptr<Gate> gate;
    std::uint64_t session;
    std::atomic<bool> answered = false;

    Pending(std::shared_ptr<Gate> through, std::uint64_t of) : gate(std::move(through)), session(of) {}
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    ~Pending() { answer(problem(503, "the request was given up without an answer; try again")); }
    void answer(Response response) {
      if (!answered.exchange(true)) gate->send(session, std::move(response));
    }
  };

  Failed try_port(const asio::ip::address& address, std::uint16_t port);
  void accept();
  void admit(Socket socket);
  void send(std::uint64_t session, Response response);
  void pace();
  void pump();
  void wait_until_quiet(const std::shared_ptr<std::promise<void>>& said);

  const ServerOptions options_;
  const Handler handler_;
  const Upgrade upgrade_;
  asio::io_context io_{1};
  Acceptor acceptor_;
  Timer pause_, pacer_, last_;
  tcp::endpoint local_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Session>> sessions_;
  std::unordered_map<std::uint64_t, std::shared_ptr<WebSocket>> sockets_;
  std::uint64_t next_session_ = 0;
  std::chrono::steady_clock::time_point pumped_{};
  std::atomic<std::size_t> admitted_ = 0;
  bool complained_ = false;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  std::jthread thread_;
};

/// One connection. Everything here happens on the server's thread.
class HttpServer::Core::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Core& core, std::uint64_t id, Socket socket, bool admitted)
      : core_(core), id_(id), stream_(std::move(socket)), admitted_(admitted) {}

  void begin() {
    if (!admitted_) {
      keep_alive_ = false;
      return send(problem(503, "there are " + std::to_string(core_.options_.max_connections) +
                                   " connections already; close those that are not needed, or try again later"));
    }
    wait(core_.options_.request);
  }

  void send(Response response) {
    auto& out = response_.emplace();
    out.version(version_);
    out.result(static_cast<unsigned>(response.status));
    out.set(http::field::content_type, response.content_type);
    out.set(http::field::cache_control, "no-store");
    out.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers) out.set(name, value);
    if (!without_body_) out.body() = std::move(response.body);
    out.keep_alive(keep_alive_);
    out.prepare_payload();
    stream_.expires_after(core_.options_.request);
    http::async_write(stream_, out, [self = shared_from_this()](Failed failed, std::size_t) {
      self->response_.reset();
      if (failed) return self->close();
      self->keep_alive_ ? self->wait(self->core_.options_.idle) : self->linger();
    });
  }

 private:
  /// For the first byte of the next request, with no more memory than that takes.
  void wait(std::chrono::milliseconds most) {
    parser_.reset();
    if (buffer_.size() > 0) return read();
    if (buffer_.capacity() > first_read) buffer_ = beast::flat_buffer();
    stream_.expires_after(most);
    stream_.async_read_some(buffer_.prepare(first_read), [self = shared_from_this()](Failed failed, std::size_t n) {
      if (failed) return self->close();
      self->buffer_.commit(n);
      self->read();
    });
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(core_.options_.max_header));
    parser_->body_limit(core_.options_.max_body);
    stream_.expires_after(core_.options_.request);  // for all of it: sending a byte now and then does not prolong it
    http::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](Failed failed, std::size_t) {
      if (failed) return self->refuse(failed);
      if (!wants_go_on(self->parser_->get())) return self->read_body();
      asio::async_write(self->stream_, asio::buffer(go_on),
                        [self](Failed broken, std::size_t) { broken ? self->close() : self->read_body(); });
    });
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](Failed failed, std::size_t) { failed ? self->refuse(failed) : self->handle(); });
  }

  void handle() {
    auto message = parser_->release();
    const bool upgrade = core_.upgrade_ && beast::websocket::is_upgrade(message);
    keep_alive_ = message.keep_alive();
    version_ = message.version();
    without_body_ = message.method() == http::verb::head;
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) request.headers.emplace_back(field.name_string(), field.value());
    request.body = std::move(message.body());
    Failed gone;
    auto reached = stream_.socket().local_endpoint(gone);
    if (gone) return close();
    request.local_address = plain(reached.address());
    if (auto refused = refuse_host(request, core_.options_.names)) return send(*std::move(refused));
    if (upgrade) return become_socket(request, std::move(message));
    auto pending = std::make_shared<Pending>(core_.gate_, id_);
    try {
      core_.handler_(request, [pending](Response response) { pending->answer(std::move(response)); });
    } catch (const std::exception& e) {
      study::log(LogLevel::error, "HTTP server: " + study::quote(request.target) + ": " + e.what());
      pending->answer(problem(500, "an error inside Sherpa; its log says more"));
    }
  }

  /// The connection goes on as a web socket, if it may.
  void become_socket(const Request& request, HttpRequest message) {
    if (core_.sockets_.size() >= core_.options_.max_sockets)
      return send(problem(503, "there are " + std::to_string(core_.options_.max_sockets) +
                                   " viewers already; close a page that is not needed, or try again later"));
    auto decided = core_.upgrade_(request, [gate = core_.gate_] { gate->wake(); });
    if (auto* refusal = std::get_if<Response>(&decided)) return send(std::move(*refusal));
    auto self = shared_from_this();  // until the end of this
    core_.sessions_.erase(id_);
    auto closed = [&core = core_, id = id_, admitted = admitted_] {
      if (core.sockets_.erase(id) > 0 && admitted) --core.admitted_;
    };
    core_.sockets_[id_] =
        WebSocket::open(std::move(stream_), std::move(message), std::move(std::get<std::unique_ptr<SocketUser>>(decided)),
                        {.max_message = core_.options_.max_message, .silence = core_.options_.silence}, closed);
  }

  /// What could not be read as a request: the rest of the connection cannot either.
  void refuse(Failed failed) {
    keep_alive_ = false;
    const auto& options = core_.options_;
    if (failed == http::error::header_limit || failed == http::error::buffer_overflow)
      return send(problem(431, "the request's header is above " + std::to_string(options.max_header) + " bytes"));
    if (failed == http::error::body_limit)
      return send(problem(413, "the request's body is above " + std::to_string(options.max_body) + " bytes; send it in parts"));
    bool left = failed == http::error::end_of_stream || failed == http::error::partial_message;
    if (left || failed.category() != http::make_error_code(http::error::bad_method).category()) return close();
    send(problem(400, "this is no HTTP/1.1 request: " + failed.message()));
  }

  /// Lets the client read the reply: a connection closed over unread data takes the reply with it.
  void linger() {
    Failed ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(linger_time);
    buffer_ = beast::flat_buffer();
    discard(0);
  }
  void discard(std::size_t so_far) {
    if (so_far > linger_bytes) return close();
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(64 * 1024), [self = shared_from_this(), so_far](Failed failed, std::size_t n) {
      failed ? self->close() : self->discard(so_far + n);
    });
  }

  void close() {
    stream_.close();
    if (core_.sessions_.erase(id_) > 0 && admitted_) --core_.admitted_;
  }

  static std::string plain(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
      return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
    return address.to_string();
  }

  Core& core_;
  const std::uint64_t id_;
  Stream stream_;
  const bool admitted_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  unsigned version_ = 11;
  bool keep_alive_ = true, without_body_ = false;
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
  auto address = asio::ip::make_address(options_.host == "localhost" ? "127.0.0.1" : options_.host, failed);
  if (failed)
    return Error{Errc::invalid_argument, "host " + study::quote(options_.host) +
                                             " is no IP address; use 127.0.0.1, 0.0.0.0 or an address of this machine"};
  const std::string at = " on " + options_.host;
  std::string tried;
  auto usable = [&](std::uint16_t port) -> Result<bool> {
    auto why = try_port(address, port);
    if (!why) return true;
    if (why == asio::error::address_in_use || why == asio::error::access_denied) return false;
    return Error{Errc::invalid_argument, "cannot listen on " + in_url(options_.host) + ":" + std::to_string(port) + ": " +
                                             why.message() + "; is " + options_.host + " an address of this machine?"};
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
  return Error{Errc::wrong_state, "no port is free" + at + ": tried " + tried + std::to_string(options_.first_port) + " to " +
                                      std::to_string(options_.last_port) + "; set another port"};
}

void HttpServer::Core::accept() {
  acceptor_.async_accept([this](Failed failed, Socket socket) {
    if (failed == asio::error::operation_aborted) return;
    if (!failed) {
      admit(std::move(socket));
      return accept();
    }
    // Out of descriptors, say: trying again at once would only keep the machine busy.
    if (!std::exchange(complained_, true))
      study::log(LogLevel::warning, "HTTP server: cannot take a connection: " + failed.message());
    pause_.expires_after(100ms);
    pause_.async_wait([this](Failed cancelled) {
      if (!cancelled) accept();
    });
  });
}

void HttpServer::Core::admit(Socket socket) {
  bool room = admitted_ < options_.max_connections;
  if (!room && sessions_.size() >= admitted_ + most_refused) return;
  Failed ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  auto id = ++next_session_;
  auto session = std::make_shared<Session>(*this, id, std::move(socket), room);
  sessions_.emplace(id, session);
  if (room) ++admitted_;
  session->begin();
}

void HttpServer::Core::send(std::uint64_t session, Response response) {
  if (auto at = sessions_.find(session); at != sessions_.end()) at->second->send(std::move(response));
}

/// At once when the last time is long enough ago: what happens is seen within `pace`, however much of it there is.
void HttpServer::Core::pace() {
  auto due = pumped_ + options_.pace;
  if (std::chrono::steady_clock::now() >= due) return pump();
  pacer_.expires_at(due);
  pacer_.async_wait([this](Failed cancelled) {
    if (!cancelled) pump();
  });
}

void HttpServer::Core::pump() {
  gate_->woken = false;
  pumped_ = std::chrono::steady_clock::now();
  for (auto& [id, socket] : sockets_) socket->pump(true);
}

void HttpServer::Core::wait_until_quiet(const std::shared_ptr<std::promise<void>>& said) {
  pump();
  if (std::all_of(sockets_.begin(), sockets_.end(), [](const auto& one) { return one.second->quiet(); }))
    return said->set_value();
  last_.expires_after(10ms);
  last_.async_wait([this, said](Failed cancelled) {
    if (!cancelled) wait_until_quiet(said);
  });
}

HttpServer::HttpServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::open(ServerOptions options, Handler handler, Upgrade upgrade) {
  auto core = std::make_unique<Core>(std::move(options), std::move(handler), std::move(upgrade));
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

std::size_t HttpServer::connections() const { return core_->connections(); }

}  // namespace sherpa::dashboard
