#pragma once

#include "core/base/result.hpp"
#include "core/link/link_messages.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

/// The port by which processes of one study talk to one another: the coordinator's listener and its
/// workers' dials. The link carries whole messages in order between two ends that have said hello,
/// notices silence, and bounds what it holds; it repeats nothing. What must not be lost is numbered
/// and sent again by those who use it, over the next connection.
///
/// Implementations: `runtime/link/` (mutual TLS), the simulated network of the tests.
namespace sherpa::link {

/// Why a connection is over.
enum class Loss : std::uint8_t {
  goodbye,  ///< the other end said so
  closed,   ///< the other end's system closed it: its process has died, most likely
  silent,   ///< nothing arrived for too long: the network is cut, or the other end hangs
  broken,   ///< it sent a malformed message, or the encryption failed
  here,     ///< this end closed it
};

/// A connection after hello. Thread-safe; kept alive by those who send over it, and unusable once
/// it is lost.
class Connection {
 public:
  virtual ~Connection() = default;

  /// Takes a message to be sent. False when it is not taken: the connection is over, or so much is
  /// waiting (`full`) that the sender should hold back until `room` is called. Answers that must
  /// not wait (Stop, Acknowledged …) are always taken while the connection lasts.
  virtual bool send(const Message& message) = 0;
  /// Closes it when what is queued has been sent, or soon at the latest.
  virtual void close() = 0;
  /// Drops it without notifying the other end, if possible, which then finds it silent. For an end
  /// that will reconnect.
  virtual void abandon() = 0;
  /// The other end's address, for people.
  virtual std::string address() const = 0;
};

/// Receives the messages and events of a connection at one end. Called on the link's thread, one
/// call at a time per connection; must not block.
class ConnectionHandler {
 public:
  virtual ~ConnectionHandler() = default;

  virtual void received(Message&& message) = 0;
  /// The other end is alive: called at most about once a second, also when it sends only
  /// heartbeats.
  virtual void alive() = 0;
  /// There is room again, after `send` did not take a message.
  virtual void room() = 0;
  /// The last call.
  virtual void lost(Loss why, const std::string& message) = 0;
};

/// The coordinator's end.
class Listener {
 public:
  /// Answers the hello of a new connection: with the welcome and the connection's handler, or with
  /// the error that is sent as its refusal. After `Errc::wrong_state` it may dial again; other
  /// errors are final. Called on the link's thread.
  struct Welcomed {
    Welcome welcome;
    std::shared_ptr<ConnectionHandler> handler;
  };
  using Greet = std::function<Result<Welcomed>(const Hello& hello,
                                               const std::shared_ptr<Connection>& connection)>;

  /// Closes every connection; no handler is called after it returns.
  virtual ~Listener() = default;
  /// From now on connections are taken.
  virtual void open(Greet greet) = 0;
  virtual std::uint16_t port() const = 0;
};

/// Answers the hello of a job that was started for one attempt and shows its token: with its
/// handler, or with the error that refuses it. Called on the link's thread.
using GreetJob = std::function<Result<std::shared_ptr<ConnectionHandler>>(
    const Hello& hello, const std::shared_ptr<Connection>& connection)>;

/// A worker's end.
class Dialer {
 public:
  /// A connection that has been welcomed and whose handler was given; or an error.
  /// `Errc::refused` (with the listener's message) and `Errc::version` are final; after others, try
  /// again.
  struct Dialled {
    Welcome welcome;
    std::shared_ptr<Connection> connection;
  };
  using Then = std::function<void(Result<Dialled>)>;

  /// Cancels what is under way; nothing is called after it returns.
  virtual ~Dialer() = default;
  /// Looks up where the coordinator is now (it may have moved) and says hello there; `then` is
  /// called once, on the link's thread, before any message is handled.
  virtual void dial(const Hello& hello, std::shared_ptr<ConnectionHandler> handler, Then then) = 0;
};

}  // namespace sherpa::link
