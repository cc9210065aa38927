#include "runtime/tls_link/dialer.hpp"

#include "core/base/quiet_thread.hpp"
#include "core/base/text.hpp"
#include "runtime/tls_link/tls_connection.hpp"
#include "runtime/tls_link/tls_session.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <deque>
#include <set>
#include <tuple>

namespace sherpa::runtime::tls_link {

namespace {

using link::Dialer;
using Resolver = asio::ip::basic_resolver<tcp, Executor>;

/// State that the dials of a dialer share; on the link's thread.
struct Exchange {
  explicit Exchange(LookUp how, const Options& options)
      : look_up(std::move(how)), core(options), resolver(core.io) {}

  Result<std::shared_ptr<const Tls>> tls_for(const JoinFile& join) {
    auto is = std::tie(join.study, join.authority, join.worker.certificate, join.worker.key);
    if (tls &&
        is == std::tie(known.study, known.authority, known.worker.certificate, known.worker.key))
      return tls;
    auto made = Tls::make(Party::worker, join.study, join.worker, join.authority);
    if (!made) return made.error();
    known = join;
    tls = *made;
    return tls;
  }

  const LookUp look_up;
  Core core;
  Resolver resolver;
  JoinFile known;
  std::shared_ptr<const Tls> tls;
  std::optional<asio::ip::address> answered;  ///< who did last time
};

/// One call of `dial`.
class Dial final : public Host, public std::enable_shared_from_this<Dial> {
 public:
  Dial(Exchange& exchange, link::Hello hello, std::shared_ptr<link::ConnectionHandler> handler,
       Dialer::Then then)
      : exchange_(exchange),
        hello_(std::move(hello)),
        handler_(std::move(handler)),
        then_(std::move(then)),
        socket_(exchange.core.io),
        timer_(exchange.core.io) {}

  void begin() {
    auto join = exchange_.look_up();
    if (!join) return done(join.error());
    join_ = *std::move(join);
    if (join_.study != hello_.study)
      return done(Error{Errc::refused, "the join file is of study " + base::quote(join_.study) +
                                           ", not of " + base::quote(hello_.study) +
                                           "; use that of the study that is meant"});
    auto tls = exchange_.tls_for(join_);
    if (!tls) return done(tls.error());
    tls_ = *tls;
    for (const auto& text : join_.addresses) {
      Failed failed;
      auto address = asio::ip::make_address(text, failed);
      failed ? names_.push_back(text) : addresses_.push_back(address);
    }
    auto first = std::find(addresses_.begin(), addresses_.end(),
                           exchange_.answered.value_or(asio::ip::address()));
    if (first != addresses_.end()) std::rotate(addresses_.begin(), first, std::next(first));
    next();
  }

 private:
  /// Tries the next address; names are looked up when addresses fail.
  void next() {
    while (!addresses_.empty()) {
      auto address = addresses_.front();
      addresses_.pop_front();
      if (tried_.insert(address).second) return connect({address, join_.port});
    }
    if (names_.empty())
      return done(Error{Errc::wrong_state, "cannot reach the coordinator of study " +
                                               base::quote(join_.study) + ": " +
                                               base::enumerate(failures_)});
    auto name = names_.front();
    names_.pop_front();
    exchange_.resolver.async_resolve(
        name, std::to_string(join_.port),
        [self = shared_from_this(), name](Failed failed, const Resolver::results_type& found) {
          if (failed) self->failures_.push_back(base::quote(name) + ": " + failed.message());
          for (const auto& entry : found) self->addresses_.push_back(entry.endpoint().address());
          self->next();
        });
  }

  void connect(const tcp::endpoint& endpoint) {
    socket_ = Socket(exchange_.core.io);
    timer_.expires_after(exchange_.core.options.connect);
    timer_.async_wait([self = shared_from_this()](Failed stopped) {
      Failed ignored;
      if (!stopped) self->socket_.close(ignored);
    });
    socket_.async_connect(endpoint, [self = shared_from_this(), endpoint](Failed failed) {
      self->timer_.cancel();
      if (failed) {
        bool late = failed == asio::error::operation_aborted;
        self->failures_.push_back(base::to_text(endpoint) + ": " +
                                  (late ? "no answer" : failed.message()));
        return self->next();
      }
      std::make_shared<TlsSession>(self->exchange_.core, self->tls_, self, std::move(self->socket_))
          ->begin(true);
    });
  }

  void shaken(TlsSession& session) override { session.say(hello_); }

  void first(TlsSession& session, std::string_view bytes) override {
    auto keep = std::pair(shared_from_this(),
                          session.shared_from_this());  // opening and dropping release both
    auto message = link::decode(bytes);
    if (auto* refused = message ? std::get_if<link::Refused>(&*message) : nullptr) {
      session.drop();
      return done(Error{refused->protocol != link::protocol_version ? Errc::version
                        : refused->later                            ? Errc::wrong_state
                                                                    : Errc::refused,
                        "the coordinator at " + session.address() +
                            " refused this worker: " + one_line(refused->message)});
    }
    auto* welcome = message ? std::get_if<link::Welcome>(&*message) : nullptr;
    if (!welcome) {
      session.drop();
      if (!message && message.error().code == Errc::version) return done(message.error());
      return failed(session, {Errc::wrong_state, message ? "it answered hello with something else"
                                                         : message.error().message});
    }
    if (welcome->study != hello_.study || welcome->epoch < hello_.epoch) {
      session.drop();
      return failed(session,
                    {Errc::wrong_state,
                     welcome->study != hello_.study
                         ? "it is the coordinator of study " + base::quote(welcome->study)
                         : "it is the coordinator of epoch " + std::to_string(welcome->epoch) +
                               ", and there has been epoch " + std::to_string(hello_.epoch)});
    }
    exchange_.answered = session.remote().address();
    done(Dialer::Dialled{std::move(*welcome), session.line()});
    session.open(std::move(handler_), nullptr);
  }

  void failed(TlsSession& session, const Error& why) override {
    if (why.code == Errc::refused)
      return done(Error{why.code, "the coordinator at " + session.address() + ": " + why.message});
    failures_.push_back(session.address() + ": " + why.message);
    next();
  }
  void gone(TlsSession&) override {}

  void done(Result<Dialer::Dialled> result) {
    if (auto then = std::move(then_)) then(std::move(result));
  }

  static std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return text;
  }

  Exchange& exchange_;
  const link::Hello hello_;
  std::shared_ptr<link::ConnectionHandler> handler_;
  Dialer::Then then_;
  Socket socket_;
  Timer timer_;
  JoinFile join_;
  std::shared_ptr<const Tls> tls_;
  std::deque<asio::ip::address> addresses_;
  std::deque<std::string> names_;
  std::set<asio::ip::address> tried_;
  std::vector<std::string> failures_;
};

class TlsDialer final : public Dialer {
 public:
  TlsDialer(LookUp look_up, const Options& options)
      : exchange_(std::move(look_up), options),
        work_(exchange_.core.io.get_executor()),
        thread_(base::quiet_thread([this] { exchange_.core.run(); })) {}

  ~TlsDialer() override {
    exchange_.core.io.stop();
    thread_.join();
  }

  void dial(const link::Hello& hello, std::shared_ptr<link::ConnectionHandler> handler,
            Then then) override {
    auto dial = std::make_shared<Dial>(exchange_, hello, std::move(handler), std::move(then));
    asio::post(exchange_.core.io, [dial] { dial->begin(); });
  }

 private:
  Exchange exchange_;
  asio::executor_work_guard<Executor> work_;  // the thread stays while nothing is dialled
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<Dialer> make_dialer(LookUp look_up, Options options) {
  return std::make_unique<TlsDialer>(std::move(look_up), options);
}

std::unique_ptr<Dialer> make_dialer(const std::filesystem::path& join_file, Options options) {
  return make_dialer([join_file] { return read_join_file(join_file); }, options);
}

}  // namespace sherpa::runtime::tls_link
