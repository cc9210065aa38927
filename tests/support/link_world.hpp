#pragma once

#include "core/link/link.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What tests of the port between processes (core/link/link.hpp) stand on, whichever implementation
/// they try.
namespace sherpa::testing_support {

/// An implementation to be tried.
class LinkWorld {
 public:
  virtual ~LinkWorld() = default;
  /// Of the study "study", whose gates and dialers find each other.
  virtual std::unique_ptr<link::Listener> listener() = 0;
  virtual std::unique_ptr<link::Dialer> dialer() = 0;
  /// The link has threads of its own: a handler may be held up to fill it.
  virtual bool has_threads() const { return true; }
  /// Lets the link work until it holds; false when that takes too long.
  virtual bool until(const std::function<bool()>& holds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), holds);
  }

  /// What handlers receive is kept under this lock, and signalled.
  template <class F>
  void change(F&& f) {
    {
      std::scoped_lock lock(mutex_);
      f();
    }
    changed_.notify_all();
  }
  /// A look at it from outside `until`.
  template <class F>
  auto look(F&& f) {
    std::scoped_lock lock(mutex_);
    return f();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// Keeps all messages.
class Witness final : public link::ConnectionHandler {
 public:
  explicit Witness(LinkWorld& world) : world_(world) {}

  void received(link::Message&& message) override {
    if (hook) hook(message);
    world_.change([&] {
      EXPECT_FALSE(loss) << "received after the last call";
      messages.push_back(std::move(message));
    });
  }
  void alive() override {
    world_.change([&] { ++signs; });
  }
  void room() override {
    world_.change([&] { ++rooms; });
  }
  void lost(link::Loss why, const std::string& message) override {
    world_.change([&] {
      EXPECT_FALSE(loss) << "lost twice";
      loss = why;
      loss_message = message;
    });
  }

  std::vector<link::Message> messages;
  int signs = 0, rooms = 0;
  std::optional<link::Loss> loss;
  std::string loss_message;
  std::function<void(const link::Message&)> hook;

 private:
  LinkWorld& world_;
};

inline link::Hello hello_of(const std::string& name) {
  return {.version = "0",
          .study = "study",
          .worker = {.name = name, .incarnation = "1", .slots = 1},
          .session = 1};
}
inline link::Welcome welcome_of() { return {.study = "study", .epoch = 1, .lease_ms = 60'000}; }
inline link::Batch batch_of(std::uint64_t number, std::size_t bytes = 0) {
  return {.trial = 1,
          .attempt = 1,
          .token = std::string(bytes, 'x'),
          .number = number,
          .observations = {{0.5, static_cast<std::int64_t>(number), {}}}};
}

/// A worker and its coordinator, connected.
struct Pair {
  explicit Pair(LinkWorld& in) : world(in), listener(in.listener()), dialer(in.dialer()) {
    listener->open([this](const link::Hello& said,
                          const std::shared_ptr<link::Connection>& connection)
                       -> Result<link::Listener::Welcomed> {
      std::shared_ptr<Witness> handler;
      world.change([&] {
        hello = said;
        down = connection;
        // `above` serves the first worker, or the next one once it is another witness.
        handler = used.insert(above).second ? above
                                            : others.emplace_back(std::make_shared<Witness>(world));
      });
      if (refusal) return Error{for_now ? Errc::wrong_state : Errc::invalid_argument, *refusal};
      for (const auto& message : at_once) connection->send(message);
      return link::Listener::Welcomed{welcome_of(), handler};
    });
  }
  ~Pair() {
    dialer.reset();
    listener.reset();
  }
  void dial(const link::Hello& with = hello_of("node1")) {
    dialer->dial(with, below, [this](Result<link::Dialer::Dialled> result) {
      world.change([&] {
        EXPECT_TRUE(below->messages.empty()) << "something was received before the welcome";
        if (result) up = result->connection;
        dialled = std::move(result);
      });
    });
    ASSERT_TRUE(world.until([&] { return dialled.has_value(); }));
  }
  void connect() {
    dial();
    ASSERT_TRUE(*dialled) << dialled->error().message;
  }

  LinkWorld& world;
  std::shared_ptr<Witness> above = std::make_shared<Witness>(world),
                           below = std::make_shared<Witness>(world);
  std::unique_ptr<link::Listener> listener;
  std::unique_ptr<link::Dialer> dialer;
  std::optional<std::string> refusal;
  bool for_now = false;
  std::vector<link::Message> at_once;
  std::optional<link::Hello> hello;
  std::optional<Result<link::Dialer::Dialled>> dialled;
  std::shared_ptr<link::Connection> up, down;
  std::set<std::shared_ptr<Witness>> used;
  std::vector<std::shared_ptr<Witness>> others;
};

}  // namespace sherpa::testing_support
