#pragma once

#include "core/link/link.hpp"
#include "runtime/worker/timers.hpp"

#include <sherpa/random.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::testing_support {

/// A clock that advances only on request.
class VirtualTimers final : public runtime::Timers {
 public:
  void after(std::chrono::milliseconds delay, std::function<void()> then) override {
    waiting_.emplace(now_ + delay, std::move(then));
  }
  /// Advances to the next event. False when there is none.
  bool step() {
    if (waiting_.empty()) return false;
    auto first = waiting_.extract(waiting_.begin());
    now_ = first.key();
    first.mapped()();
    return true;
  }
  std::chrono::milliseconds now() const { return now_; }

 private:
  std::chrono::milliseconds now_{0};
  std::multimap<std::chrono::milliseconds, std::function<void()>> waiting_;
};

/// The network of a study, in one process: the second implementation of the port. Messages are late
/// by chance, but in order; connections break by chance, and what was on the way is lost. It can be
/// cut: then both ends find the other silent. Everything happens on the thread of the timers.
class SimulatedNetwork {
 public:
  struct Faults {
    double breaks = 0;  ///< chance that a message breaks its connection
    std::chrono::milliseconds latest{2};
    std::chrono::milliseconds silence{5000};
    std::chrono::milliseconds heartbeat{1000};
    std::size_t full = std::size_t{8}
                       << 20;  ///< bytes on the way, about, beyond which observations are held back
  };

  SimulatedNetwork(runtime::Timers& timers, std::uint64_t seed, Faults faults)
      : state_(std::make_shared<State>(timers, seed, faults)) {}

  std::unique_ptr<link::Listener> make_listener() { return std::make_unique<Listener>(state_); }
  /// `host`: whose link can be cut.
  std::unique_ptr<link::Dialer> make_dialer(const std::string& host) {
    return std::make_unique<Dialer>(state_, host);
  }

  /// From now on nothing gets through to this host, until it is healed.
  void cut(const std::string& host) { state_->cut(host); }
  void heal(const std::string& host) { state_->heal(host); }
  /// No more faults by chance.
  void calm() {
    std::scoped_lock lock(state_->mutex);
    state_->faults.breaks = 0;
  }

 private:
  using Loss = link::Loss;
  struct State;

  /// A connection, with its two ends.
  struct Wire : std::enable_shared_from_this<Wire> {
    struct Side {
      std::shared_ptr<link::ConnectionHandler> handler{};
      std::deque<link::Message> inbox{};
      bool over = false;
      std::size_t bytes = 0;      // in its inbox, about
      bool held_back = false;     // it waits for room
      bool closed = false;        // by it, and the other end will learn of that
      bool said_goodbye = false;  // to it
    };
    std::array<Side, 2> sides;  // the listener's, the dialer's
    std::string host;
    State* state = nullptr;
    const void* listener = nullptr;
    const void* dialer = nullptr;
  };

  struct State : std::enable_shared_from_this<State> {
    State(runtime::Timers& t, std::uint64_t seed, Faults f)
        : timers(t), random(seed, 3), faults(f) {}

    std::chrono::milliseconds some_time() {
      return std::chrono::milliseconds(
          random.below(static_cast<std::uint64_t>(faults.latest.count()) + 1));
    }
    void later(std::function<void()> what) {
      timers.after(some_time(), [self = shared_from_this(), what = std::move(what)] { what(); });
    }

    static std::size_t weight(const link::Message& message) {
      const auto* batch = std::get_if<link::Batch>(&message);
      return batch ? batch->token.size() + 32 * batch->observations.size() : 32;
    }
    bool send(const std::shared_ptr<Wire>& wire, std::size_t from, const link::Message& message) {
      std::scoped_lock lock(mutex);
      if (wire->sides[from].over) return false;
      if (link::can_wait(message) && wire->sides[1 - from].bytes >= faults.full) {
        wire->sides[from].held_back = true;
        return false;
      }
      if (random.chance(faults.breaks)) {
        lose(wire, 0, Loss::broken);
        lose(wire, 1, Loss::broken);
        return true;  // taken, and lost
      }
      auto& to = wire->sides[1 - from];
      if (to.over) return true;
      to.inbox.push_back(message);
      to.bytes += weight(message);
      later([this, wire, side = 1 - from] { deliver(wire, side); });
      return true;
    }
    void deliver(const std::shared_ptr<Wire>& wire, std::size_t side) {
      std::unique_lock lock(mutex);
      auto& to = wire->sides[side];
      if (to.over || to.inbox.empty() || cut_hosts.contains(wire->host)) return;
      auto message = std::move(to.inbox.front());
      to.inbox.pop_front();
      to.bytes -= weight(message);
      auto& from = wire->sides[1 - side];
      if (from.held_back && !from.over && to.bytes < faults.full) {
        from.held_back = false;
        later([handler = from.handler, self = shared_from_this(), wire, side] {
          {
            std::scoped_lock again(self->mutex);
            if (wire->sides[1 - side].over) return;
          }
          handler->room();
        });
      }
      to.said_goodbye = to.said_goodbye || std::holds_alternative<link::Goodbye>(message);
      auto handler = to.handler;
      lock.unlock();
      if (std::holds_alternative<link::Heartbeat>(message)) return handler->alive();
      handler->received(std::move(message));
    }
    /// One end learns that it is over.
    void lose(const std::shared_ptr<Wire>& wire, std::size_t side, Loss why) {
      auto& one = wire->sides[side];
      if (std::exchange(one.over, true) || !one.handler) return;
      one.inbox.clear();
      one.bytes = 0;
      later([self = shared_from_this(), wire, side, why] {
        std::unique_lock again(self->mutex);
        // none: its process has gone meanwhile
        auto handler = std::exchange(wire->sides[side].handler, nullptr);
        again.unlock();
        if (handler) handler->lost(why, why == Loss::silent ? "nothing was received" : "it ended");
      });
    }
    void close(const std::shared_ptr<Wire>& wire, std::size_t side, bool quietly) {
      std::scoped_lock lock(mutex);
      if (wire->sides[side].over) return;
      lose(wire, side, Loss::here);
      if (!quietly) return close_when_read(wire, 1 - side);
      timers.after(faults.silence, [self = shared_from_this(), wire, side] {
        std::scoped_lock again(self->mutex);
        self->lose(wire, 1 - side, Loss::silent);
      });
    }
    /// The other end learns of a close after all that was sent before.
    void close_when_read(const std::shared_ptr<Wire>& wire, std::size_t side) {
      wire->sides[1 - side].closed = true;
      later([this, wire, side] {
        std::scoped_lock lock(mutex);
        if (cut_hosts.contains(wire->host)) return;
        if (!wire->sides[side].inbox.empty()) return close_when_read(wire, side);
        lose(wire, side, wire->sides[side].said_goodbye ? Loss::goodbye : Loss::closed);
      });
    }
    void beat(const std::shared_ptr<Wire>& wire) {
      timers.after(faults.heartbeat, [self = shared_from_this(), wire] {
        std::unique_lock lock(self->mutex);
        if (wire->sides[0].over && wire->sides[1].over) return;
        std::vector<std::shared_ptr<link::ConnectionHandler>> alive;
        for (std::size_t side : {0, 1})  // what the other end says
          if (!wire->sides[side].over && !wire->sides[1 - side].over &&
              !self->cut_hosts.contains(wire->host))
            alive.push_back(wire->sides[side].handler);
        self->beat(wire);
        lock.unlock();
        for (auto& handler : alive) handler->alive();
      });
    }
    void cut(const std::string& host) {
      std::scoped_lock lock(mutex);
      auto number = ++cuts;
      cut_hosts[host] = number;
      timers.after(faults.silence, [self = shared_from_this(), host, number] {
        std::scoped_lock again(self->mutex);
        auto at = self->cut_hosts.find(host);
        if (at == self->cut_hosts.end() || at->second != number) return;
        for (auto& weak : self->wires)
          if (auto wire = weak.lock(); wire && wire->host == host)
            for (std::size_t side : {0, 1}) self->lose(wire, side, Loss::silent);
      });
    }
    void heal(const std::string& host) {
      std::scoped_lock lock(mutex);
      cut_hosts.erase(host);
      for (auto& weak : wires)
        if (auto wire = weak.lock(); wire && wire->host == host)
          for (std::size_t side : {0, 1}) {
            for (std::size_t i = 0; i < wire->sides[side].inbox.size(); ++i)
              later([this, wire, side] { deliver(wire, side); });
            if (wire->sides[1 - side].closed) close_when_read(wire, side);
          }
    }
    /// A process is gone: its ends receive nothing any more, the others that they were closed.
    void end_all(const void* owner) {
      std::scoped_lock lock(mutex);
      for (auto& weak : wires) {
        auto wire = weak.lock();
        if (!wire) continue;
        for (std::size_t side : {0, 1}) {
          if ((side == 0 ? wire->listener : wire->dialer) != owner) continue;
          wire->sides[side].over = true;
          wire->sides[side].handler.reset();
          close_when_read(wire, 1 - side);
        }
      }
    }

    runtime::Timers& timers;
    std::mutex mutex;
    Random random;
    Faults faults;
    const void* listener = nullptr;  // that is open
    link::Listener::Greet greet;
    std::map<std::string, std::uint64_t> cut_hosts;
    std::uint64_t cuts = 0;
    std::vector<std::weak_ptr<Wire>> wires;
  };

  class End final : public link::Connection {
   public:
    End(std::shared_ptr<Wire> wire, std::size_t side, std::shared_ptr<State> state)
        : wire_(std::move(wire)), side_(side), state_(std::move(state)) {}
    bool send(const link::Message& message) override { return state_->send(wire_, side_, message); }
    void close() override { state_->close(wire_, side_, false); }
    void abandon() override { state_->close(wire_, side_, true); }
    std::string address() const override { return wire_->host; }

   private:
    std::shared_ptr<Wire> wire_;
    std::size_t side_;
    std::shared_ptr<State> state_;
  };

  class Listener final : public link::Listener {
   public:
    explicit Listener(std::shared_ptr<State> state) : state_(std::move(state)) {}
    ~Listener() override {
      {
        std::scoped_lock lock(state_->mutex);
        if (state_->listener == this) state_->listener = nullptr, state_->greet = {};
      }
      state_->end_all(this);
    }
    void open(Greet greet) override {
      std::scoped_lock lock(state_->mutex);
      state_->listener = this;
      state_->greet = std::move(greet);
    }
    std::uint16_t port() const override { return 1; }

   private:
    std::shared_ptr<State> state_;
  };

  class Dialer final : public link::Dialer {
   public:
    Dialer(std::shared_ptr<State> state, std::string host)
        : state_(std::move(state)), host_(std::move(host)) {}
    ~Dialer() override {
      *alive_ = false;
      state_->end_all(this);
    }
    void dial(const link::Hello& hello, std::shared_ptr<link::ConnectionHandler> handler,
              Then then) override {
      std::scoped_lock lock(state_->mutex);
      state_->later([this, alive = alive_, state = state_, hello, handler, then] {
        if (!*alive) return;
        std::unique_lock again(state->mutex);
        if (!state->listener || state->cut_hosts.contains(host_)) {
          again.unlock();
          return then(Error{Errc::wrong_state, "no coordinator answers"});
        }
        auto wire = std::make_shared<Wire>();
        wire->host = host_;
        wire->listener = state->listener;
        wire->dialer = this;
        std::erase_if(state->wires, [](const auto& one) { return one.expired(); });
        state->wires.push_back(wire);
        auto greet = state->greet;
        again.unlock();
        auto welcomed = greet(hello, std::make_shared<End>(wire, 0, state));
        again.lock();
        if (!welcomed) {
          for (auto& side : wire->sides) side.over = true;
          again.unlock();
          return then(
              Error{welcomed.error().code == Errc::wrong_state ? Errc::wrong_state : Errc::refused,
                    welcomed.error().message});
        }
        wire->sides[0].handler = welcomed->handler;
        wire->sides[1].handler = handler;
        state->beat(wire);
        again.unlock();
        then(Dialled{welcomed->welcome, std::make_shared<End>(wire, 1, state)});
      });
    }

   private:
    std::shared_ptr<State> state_;
    std::string host_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  };

  std::shared_ptr<State> state_;
};

}  // namespace sherpa::testing_support
