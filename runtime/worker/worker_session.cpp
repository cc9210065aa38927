#include "runtime/worker/worker_session.hpp"

#include "core/base/deferred.hpp"
#include "core/base/duration.hpp"
#include "core/base/log.hpp"
#include "core/base/overloaded.hpp"
#include "runtime/worker/remote_trial_channel.hpp"

#include <sherpa/random.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace sherpa::runtime {

using namespace std::chrono_literals;
using study::StopWhy;

namespace {

constexpr std::chrono::milliseconds shortest_delay = 50ms, longest_delay = 5'000ms;
constexpr auto time_to_stop =
    30s;  // for attempts to end after a leaving worker has asked them to stop
constexpr std::size_t most_remembered = 1024;

}  // namespace

struct WorkerSession::Impl : std::enable_shared_from_this<Impl> {
  using Attempt = std::pair<TrialId, AttemptId>;
  using Channels = std::vector<std::shared_ptr<RemoteTrialChannel>>;

  Impl(SessionOptions o, link::Dialer& d, Timers& t, std::function<void(Result<Left>)> then)
      : options(std::move(o)),
        dialer(d),
        timers(t),
        over(std::move(then)),
        random(options.seed, 1) {}

  /// One connection.
  class ConnectionHandler final : public link::ConnectionHandler {
   public:
    ConnectionHandler(std::weak_ptr<Impl> impl, std::uint64_t session)
        : impl_(std::move(impl)), session_(session) {}
    void received(link::Message&& message) override {
      if (auto impl = impl_.lock()) impl->received(session_, std::move(message));
    }
    void alive() override {}
    void room() override {
      if (auto impl = impl_.lock())
        for (auto& channel : impl->all_channels()) channel->room();
    }
    void lost(link::Loss why, const std::string& message) override {
      if (auto impl = impl_.lock()) impl->lost(session_, why, message);
    }

   private:
    std::weak_ptr<Impl> impl_;
    std::uint64_t session_;
  };

  void dial() {
    base::Deferred after;
    std::scoped_lock lock(mutex);
    if (ended) return;
    link::Hello hello;
    hello.version = options.version;
    hello.study = options.study;
    hello.worker = options.worker;
    hello.session = ++session;
    hello.epoch = epoch;
    hello.functions = options.functions;
    if (is_job()) hello.role = link::Role::job;
    hello.token = options.token;
    for (const auto& [attempt, channel] : channels) hello.running.push_back(channel->name());
    after.call([this, hello = std::move(hello)] {
      dialer.dial(
          hello, std::make_shared<ConnectionHandler>(weak_from_this(), hello.session),
          [weak = weak_from_this(), number = hello.session](Result<link::Dialer::Dialled> dialled) {
            if (auto self = weak.lock()) self->dialled(number, std::move(dialled));
          });
    });
  }

  void dialled(std::uint64_t number, Result<link::Dialer::Dialled> dialled) {
    std::shared_lock here(in_use);
    if (!dialled) return could_not_connect(dialled.error());
    const auto& welcome = dialled->welcome;
    auto connection = dialled->connection;
    base::Deferred after;
    std::scoped_lock lock(mutex);
    if (ended || number != session) return after.call([connection] { connection->close(); });
    if (welcome.epoch < epoch)
      return after.call([this, connection, theirs = welcome.epoch, known = epoch] {
        base::log(LogLevel::warning, "a coordinator of epoch " + std::to_string(theirs) +
                                         " answers, and epoch " + std::to_string(known) +
                                         " was known; it is left alone");
        connection->close();
        dial_later();
      });
    epoch = welcome.epoch;
    if (auto problem = prepare(welcome))
      return after.call([this, connection, problem = *std::move(problem)] {
        connection->send(problem.goodbye);
        connection->close();
        end(problem.how);
      });
    delay = shortest_delay;
    complained = false;
    uplink->set(connection);
    ++meetings;
    after.call([this, connection] { connected(*connection); });
  }

  void could_not_connect(const Error& error) {
    if (error.code == Errc::refused || error.code == Errc::version) return end(error);
    {
      std::scoped_lock lock(mutex);
      if (!std::exchange(complained, true))
        base::log(LogLevel::warning, error.message + "; trying again and again");
    }
    dial_later();
  }

  /// Why attempts cannot run here in the way that the coordinator requires.
  struct Problem {
    Problem(std::string why, study::End end, Result<Left> left)
        : goodbye{std::move(why), end}, how(std::move(left)) {}
    link::Goodbye goodbye;
    Result<Left> how;
  };

  /// Makes the launcher at the first welcome, and checks later ones against it. Under the lock.
  std::unique_ptr<const Problem> prepare(const link::Welcome& welcome) {
    if (launcher && (is_job() || (run == welcome.run && judged == welcome.judged))) return {};
    if (launcher)
      return std::make_unique<Problem>("trials run in another way now", study::End::interrupted,
                                       Left::changed);
    run = welcome.run;
    judged = welcome.judged;
    auto made = options.launcher(welcome);
    if (!made)
      return std::make_unique<Problem>(made.error().message, study::End::lost, made.error());
    launcher = *std::move(made);
    return {};
  }

  void connected(link::Connection& connection) {
    base::log(LogLevel::info, "connected to the coordinator at " + connection.address());
    if (leaving) connection.send(link::Drain{reason});
    for (auto& channel : all_channels()) channel->connected();
    look_whether_idle();
  }

  void dial_later() {
    base::Deferred after;
    std::scoped_lock lock(mutex);
    if (ended) return;
    auto wait = std::chrono::milliseconds(
        static_cast<std::int64_t>(static_cast<double>(delay.count()) * random.uniform(0.5, 1)));
    delay = std::min(longest_delay, delay * 2);
    after.call([this, wait] {
      timers.after(wait, [weak = weak_from_this()] {
        if (auto self = weak.lock()) self->dial();
      });
    });
  }

  void lost(std::uint64_t number, link::Loss why, const std::string& message) {
    if (why == link::Loss::here) return;  // closed on purpose; its caller proceeds
    {
      std::scoped_lock lock(mutex);
      if (ended || number != session) return;
      uplink->set(nullptr);
    }
    base::log(LogLevel::warning, "the connection to the coordinator is lost" +
                                     (message.empty() ? "" : ": " + message) + "; trials continue");
    for (auto& channel : all_channels()) channel->disconnected();
    watch_alone();
    if (why == link::Loss::goodbye) return end(Left::finished);
    if (leaving) leave_when_through();
    dial_later();
  }

  void received(std::uint64_t number, link::Message&& any) {
    std::shared_lock here(in_use);
    {
      std::scoped_lock lock(mutex);
      if (ended || number != session) return;
    }
    std::visit(base::Overloaded{
                   [&](link::Start& m) { start(std::move(m)); },
                   [&](link::Stop& m) { stop(m); },
                   [&](link::Acknowledged& m) {
                     if (auto channel = find(m)) channel->acknowledged(m.number);
                   },
                   [&](link::Judged& m) {
                     if (auto channel = find(m)) channel->judged(m.number);
                   },
                   [&](link::BatchRefused& m) {
                     if (auto channel = find(m)) channel->refused(m);
                   },
                   [&](link::Published& m) {
                     if (auto channel = find(m)) channel->published(m.directory);
                   },
                   [&](link::Settled& m) {
                     settled({m.trial, m.attempt});
                   },
                   [&](link::Goodbye& m) {
                     if (m.end == study::End::completed) return end(Left::finished);
                     end(Error{Errc::refused, m.why});
                   },
                   [&](link::JoinAgain& m) {
                     base::log(LogLevel::warning, "the coordinator asks to join again: " + m.why);
                     if (auto to = uplink->set(nullptr)) to->close();
                     for (auto& channel : all_channels()) channel->disconnected();
                     dial_later();
                   },
                   [](auto&) {},
               },
               any);
  }

  void start(link::Start&& m) {
    const Attempt attempt{m.trial, m.attempt};
    base::Deferred after;
    std::scoped_lock lock(mutex);
    if (channels.contains(attempt)) return;
    if (is_job() && begun > 0) return;  // it has had its attempt
    auto channel =
        std::make_shared<RemoteTrialChannel>(m, uplink, judged, [weak = weak_from_this()] {
          if (auto self = weak.lock(); self && self->leaving) self->leave_when_through();
        });
    channels.emplace(attempt, channel);
    if (leaving)  // the coordinator sent it before it received the Drain
      return after.call([channel] {
        channel->leave();
        channel->ended(study::End::preempted, {.message = "its worker leaves"}, {});
      });
    ++begun;
    if (auto stop = stops_before.extract(attempt))
      after.call([channel, why = stop.mapped()] { channel->stop(why); });
    after.call([this, on = launcher.get(), channel, m = std::move(m)]() mutable {
      launch(*on, std::move(channel), std::move(m));
    });
  }

  void launch(study::Launcher& on, std::shared_ptr<RemoteTrialChannel> channel, link::Start&& m) {
    study::effect::Start begin;
    begin.trial = m.trial;
    begin.attempt = m.attempt;
    begin.configuration = std::move(m.configuration);
    begin.token = std::move(m.token);
    begin.worker = options.worker.name;
    begin.incarnation = options.worker.incarnation;
    begin.resources = std::move(m.resources);
    begin.load = std::move(m.load);
    if (options.timeout)
      timers.after(*options.timeout, [weak = std::weak_ptr(channel)] {
        if (auto still = weak.lock()) still->stop(StopWhy::timeout);
      });
    on.launch(std::move(begin), std::move(channel));
  }

  void stop(const link::Stop& m) {
    const Attempt attempt{m.trial, m.attempt};
    base::Deferred after;
    std::scoped_lock lock(mutex);
    auto found = channels.find(attempt);
    if (found == channels.end()) {
      if (m.why == StopWhy::superseded) return;  // it is gone already
      stops_before[attempt] = m.why;
      if (stops_before.size() > most_remembered) stops_before.erase(stops_before.begin());
      return;
    }
    after.call([channel = found->second, why = m.why] { channel->stop(why); });
    if (m.why != StopWhy::superseded) return;
    channels.erase(found);
    after.call([this] {
      if (is_job()) return end(Left::asked);
      look_whether_idle();
      if (leaving) leave_when_through();
    });
  }

  void settled(const Attempt& attempt) {
    {
      std::scoped_lock lock(mutex);
      if (channels.erase(attempt) == 0) return;
    }
    launcher->settled(attempt.first, attempt.second);
    if (is_job()) return end(Left::finished);
    look_whether_idle();
    if (leaving) leave_when_through();
  }

  /// Leaves after `idle` without work.
  void look_whether_idle() {
    base::Deferred after;
    std::scoped_lock lock(mutex);
    if (!options.idle || !channels.empty() || ended) return;
    after.call([this, work = begun] {
      timers.after(*options.idle, [weak = weak_from_this(), work] {
        auto self = weak.lock();
        if (!self) return;
        {
          std::scoped_lock again(self->mutex);
          if (self->begun != work || !self->channels.empty() || self->ended) return;
        }
        self->say_goodbye("it had no work for a while");
        self->end(Left::idle);
      });
    });
  }

  /// Ends a job that has had no coordinator for `alone`.
  void watch_alone() {
    base::Deferred after;
    std::scoped_lock lock(mutex);
    if (!options.alone || ended) return;
    after.call([this, met = meetings] {
      timers.after(*options.alone, [weak = weak_from_this(), met] {
        auto self = weak.lock();
        if (!self) return;
        {
          std::scoped_lock again(self->mutex);
          if (self->meetings != met || self->uplink->connected() || self->ended) return;
        }
        self->end(Left::alone);
      });
    });
  }

  void leave(const std::string& why, std::chrono::milliseconds grace) {
    {
      std::scoped_lock lock(mutex);
      if (ended || leaving) return;
      reason = why;
      leaving = true;
    }
    uplink->send(link::Drain{why});
    if (auto running = all_channels().size(); running > 0 && grace > 0ms)
      base::log(LogLevel::info, why + ": " + std::to_string(running) + " trials have " +
                                    base::show_duration(grace) +
                                    " to end by themselves, and no more are taken");
    timers.after(grace, [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->stop_all();
    });
    timers.after(grace + time_to_stop, [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->leave_now();
    });
    leave_when_through();
  }
  void stop_all() {
    std::shared_lock here(in_use);
    for (auto& channel : all_channels()) channel->leave();
    leave_when_through();
  }
  /// While there is a connection it waits until their ends are stored; else until they have ended.
  void leave_when_through() {
    auto all = all_channels();
    const bool connected = uplink->connected();
    if (std::all_of(all.begin(), all.end(),
                    [&](const auto& channel) { return !connected && channel->has_ended(); }))
      leave_now();
  }
  void leave_now() {
    say_goodbye(reason);
    end(Left::asked);
  }

  void say_goodbye(const std::string& why) {
    uplink->send(link::Goodbye{why, study::End::preempted});
  }

  void end(Result<Left> how) {
    {
      std::scoped_lock lock(mutex);
      if (std::exchange(ended, true)) return;
    }
    if (auto to = uplink->set(nullptr)) to->close();
    over(std::move(how));
  }

  template <class M>
  std::shared_ptr<RemoteTrialChannel> find(const M& m) {
    std::scoped_lock lock(mutex);
    auto found = channels.find({m.trial, m.attempt});
    return found == channels.end() ? nullptr : found->second;
  }
  Channels all_channels() {
    std::scoped_lock lock(mutex);
    Channels all;
    for (const auto& [attempt, channel] : channels) all.push_back(channel);
    return all;
  }

  bool is_job() const { return !options.token.empty(); }

  const SessionOptions options;
  link::Dialer& dialer;
  Timers& timers;
  const std::function<void(Result<Left>)> over;
  const std::shared_ptr<Uplink> uplink = std::make_shared<Uplink>();

  std::shared_mutex in_use;  // shared: by a call that may use the launcher
  std::mutex mutex;
  Random random;
  std::uint64_t session = 0, epoch = 0;
  std::chrono::milliseconds delay = shortest_delay;
  bool complained = false;
  std::string run{};
  bool judged = false;
  std::unique_ptr<study::Launcher> launcher;
  std::map<Attempt, std::shared_ptr<RemoteTrialChannel>> channels;  // until their end is settled
  std::map<Attempt, StopWhy> stops_before;  // of attempts that have not started yet
  std::uint64_t begun = 0;                  // attempts
  std::uint64_t meetings = 0;               // welcomes
  std::atomic<bool> leaving = false;
  std::string reason{};
  bool ended = false;
};

WorkerSession::WorkerSession(SessionOptions options, link::Dialer& dialer, Timers& timers,
                             std::function<void(Result<Left>)> over)
    : impl_(std::make_shared<Impl>(std::move(options), dialer, timers, std::move(over))) {
  impl_->watch_alone();
  impl_->dial();
}

WorkerSession::~WorkerSession() {
  {
    std::scoped_lock lock(impl_->mutex);
    impl_->ended = true;
  }
  if (auto to = impl_->uplink->set(nullptr)) to->close();
  std::unique_lock alone(impl_->in_use);
  // Nothing receives their reports any more: they end, and nothing is kept for a later coordinator.
  for (auto& channel : impl_->all_channels()) channel->stop(StopWhy::superseded);
  impl_->launcher.reset();
}

void WorkerSession::leave(const std::string& why, std::chrono::milliseconds grace) {
  impl_->leave(why, grace);
}

}  // namespace sherpa::runtime
