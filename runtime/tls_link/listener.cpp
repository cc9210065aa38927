#include "runtime/tls_link/listener.hpp"

#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/base/quiet_thread.hpp"
#include "core/base/strangers.hpp"
#include "core/base/text.hpp"
#include "core/base/throttled_log.hpp"
#include "runtime/tls_link/tls_connection.hpp"
#include "runtime/tls_link/tls_session.hpp"

#include <boost/asio/ip/v6_only.hpp>

namespace sherpa::runtime::tls_link {

namespace {

using namespace std::chrono_literals;

constexpr auto breath =
    100ms;  // between attempts to take a connection when there are no descriptors left

class Door final : public Host, public std::enable_shared_from_this<Door> {
 public:
  explicit Door(ListenerOptions options)
      : options_(std::move(options)),
        core_(options_.link),
        acceptor_(core_.io),
        pause_(core_.io),
        strangers_(
            base::StrangerLimits{options_.link.strangers, options_.link.strangers_per_address}
                .within(base::descriptor_limit())) {}

  Result<void> listen();
  void open(link::Listener::Greet greet) {
    greet_ = std::move(greet);
    accept();
    thread_ = base::quiet_thread([this] { core_.run(); });
  }
  void stop() {
    core_.io.stop();
    if (thread_.joinable()) thread_.join();
    strangers_.clear();
    greet_ = nullptr;
  }
  std::uint16_t port() const { return port_; }

 private:
  Failed try_listen(const asio::ip::address& address, std::uint16_t port, bool any_family);
  void accept();
  void admit(Socket socket);
  void forget(TlsSession& session) { strangers_.remove(session); }

  void shaken(TlsSession&) override {}
  void first(TlsSession& session, std::string_view bytes) override;
  void failed(TlsSession& session, const Error& why) override {
    complaints_.warn("link: " + session.address() + " was not let in: " + why.message);
  }
  void gone(TlsSession& session) override { forget(session); }

  const ListenerOptions options_;
  Core core_;
  std::shared_ptr<const Tls> tls_;
  Acceptor acceptor_;
  Timer pause_;
  std::uint16_t port_ = 0;
  link::Listener::Greet greet_;
  base::Strangers<TlsSession, asio::ip::address> strangers_;  ///< not welcomed yet
  base::ThrottledLog complaints_;
  bool exhausted_ = false;
  std::jthread thread_;
};

Failed Door::try_listen(const asio::ip::address& address, std::uint16_t port, bool any_family) {
  Failed failed, ignored;
  tcp::endpoint endpoint(address, port);
  acceptor_.open(endpoint.protocol(), failed);
  if (!failed) acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed && any_family) acceptor_.set_option(asio::ip::v6_only(false), failed);
  if (!failed) acceptor_.bind(endpoint, failed);
  if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
  if (!failed) port_ = acceptor_.local_endpoint(failed).port();
  if (failed) acceptor_.close(ignored);
  return failed;
}

Result<void> Door::listen() {
  auto tls =
      Tls::make(Party::coordinator, options_.study, options_.coordinator, options_.authority);
  if (!tls) return tls.error();
  tls_ = *tls;
  const bool any = options_.host.empty();
  Failed failed;
  auto address = asio::ip::make_address(any                            ? "::"
                                        : options_.host == "localhost" ? "127.0.0.1"
                                                                       : options_.host,
                                        failed);
  if (failed)
    return Error{Errc::invalid_argument,
                 "listen: " + base::quote(options_.host) +
                     " is no IP address; use 0.0.0.0 or an address of this machine"};
  for (std::uint16_t port : {options_.port.value_or(0), std::uint16_t{0}}) {
    failed = try_listen(address, port, any);
    if (failed && any)
      failed = try_listen(asio::ip::address_v4::any(), port, false);  // a machine without IPv6
    if (!failed) return {};
    if (failed != asio::error::address_in_use && failed != asio::error::access_denied) break;
  }
  bool theirs = failed == boost::system::errc::address_not_available;
  return Error{theirs ? Errc::invalid_argument : Errc::wrong_state,
               "cannot listen for workers on " + base::quote(options_.host) + ": " +
                   failed.message() +
                   (theirs ? "; use 0.0.0.0 or an address of this machine" : "")};
}

void Door::accept() {
  acceptor_.async_accept([this](Failed failed, Socket socket) {
    if (failed == asio::error::operation_aborted) return;
    if (!failed) {
      exhausted_ = false;
      admit(std::move(socket));
      return accept();
    }
    // Out of descriptors, say: a stranger's may be of better use, and trying again at once would
    // only keep the machine busy.
    if (!std::exchange(exhausted_, true))
      base::log(LogLevel::warning,
                "link: no connection can be taken just now: " + failed.message());
    if (auto oldest = strangers_.oldest()) oldest->drop(), forget(*oldest);
    pause_.expires_after(breath);
    pause_.async_wait([this](Failed stopped) {
      if (!stopped) accept();
    });
  });
}

void Door::admit(Socket socket) {
  auto session = std::make_shared<TlsSession>(core_, tls_, shared_from_this(), std::move(socket));
  const auto address = session->remote().address();
  if (auto other = strangers_.to_displace(address)) {
    complaints_.warn("link: " + other->address() +
                     " was not let in: there are too many connections that say no hello");
    other->drop();
    forget(*other);
  }
  strangers_.add(session, address);
  session->begin(false);
}

void Door::first(TlsSession& session, std::string_view bytes) {
  auto refuse = [&](const std::string& who, const std::string& why, bool for_now = false) {
    base::log(LogLevel::warning,
              "link: " + who + " at " + session.address() + " was refused: " + why);
    session.refuse(why, for_now);
  };
  auto message = link::decode(bytes);
  if (!message && message.error().code == Errc::version)
    return refuse("a worker", message.error().message);
  auto* hello = message ? std::get_if<link::Hello>(&*message) : nullptr;
  if (!hello)
    return refuse("a worker", message ? "it did not say hello first"
                                      : "its hello cannot be read: " + message.error().message);
  auto who = "worker " + base::quote(hello->worker.name);
  if (hello->study != options_.study)
    return refuse(who, "this is study " + base::quote(options_.study) + ", not " +
                           base::quote(hello->study) +
                           "; use the join file of the study that is meant");
  if (core_.sessions.size() - strangers_.size() >= options_.link.most_connections)
    return refuse(
        who, "there are " + std::to_string(options_.link.most_connections) + " workers already");
  auto welcomed = greet_(*hello, session.line());
  if (!welcomed)
    return refuse(who, welcomed.error().message, welcomed.error().code == Errc::wrong_state);
  if (!welcomed->ear) return refuse(who, "nobody listens to it; this is a mistake in Sherpa");
  auto keep = session.shared_from_this();
  forget(session);
  session.open(std::move(welcomed->ear), &welcomed->welcome);
}

class TlsGate final : public link::Listener {
 public:
  explicit TlsGate(std::shared_ptr<Door> door) : door_(std::move(door)) {}
  ~TlsGate() override { door_->stop(); }
  void open(Greet greet) override { door_->open(std::move(greet)); }
  std::uint16_t port() const override { return door_->port(); }

 private:
  std::shared_ptr<Door> door_;
};

}  // namespace

Result<std::unique_ptr<link::Listener>> make_listener(ListenerOptions options) {
  auto door = std::make_shared<Door>(std::move(options));
  if (auto listening = door->listen(); !listening) return listening.error();
  return std::unique_ptr<link::Listener>(new TlsGate(std::move(door)));
}

}  // namespace sherpa::runtime::tls_link
