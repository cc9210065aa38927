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
  silent,   ///< nothing was heard for too long: the network is cut, or the other end hangs
  broken,   ///< it said what no message is, or the encryption failed
  here,     ///< this end closed it
};

/// A connection after hello. Thread-safe; kept alive by whoever talks, and of no use once it is
/// lost.
class Connection {
 public:
  virtual ~Connection() = default;

  /// Takes a message to be sent. False when it is not taken: the connection is over, or so much is
  /// waiting (`full`) that the sender should hold back until `room` is called. Answers that must
  /// not wait (Stop, Acknowledged …) are always taken while the connection lasts.
  virtual bool send(const Message& message) = 0;
  /// Closes it when what is queued has been sent, or soon at the latest.
  virtual void close() = 0;
  /// Drops it so that the other end hears nothing of it, if that can be: it will find it silent.
  /// For an end that means to come back over another connection.
  virtual void abandon() = 0;
  /// The other end's address, for people.
  virtual std::string address() const = 0;
};

/// What one end hears of a connection. Called on the link's thread, one call at a time for a
/// connection, and must not block.
class ConnectionHandler {
 public:
  virtual ~ConnectionHandler() = default;

  virtual void heard(Message&& message) = 0;
  /// A sign of life, at most about one each second; also where nothing else is said.
  virtual void alive() = 0;
  /// There is room again, after `send` did not take a message.
  virtual void room() = 0;
  /// The last call.
  virtual void lost(Loss why, const std::string& message) = 0;
};

/// The coordinator's end.
class Listener {
 public:
  /// Somebody says hello over a new connection: with what to welcome it, and who listens from now
  /// on; or why it is refused, which it is told; with `Errc::wrong_state` only for now, and it may
  /// dial again. Called on the link's thread.
  struct Welcomed {
    Welcome welcome;
    std::shared_ptr<ConnectionHandler> ear;
  };
  using Greet = std::function<Result<Welcomed>(const Hello& hello,
                                               const std::shared_ptr<Connection>& connection)>;

  /// Closes every connection; nobody is called any more once it returns.
  virtual ~Listener() = default;
  /// From now on connections are taken.
  virtual void open(Greet greet) = 0;
  virtual std::uint16_t port() const = 0;
};

/// A job says hello, that was started for one attempt and shows its token: who listens to it from
/// now on; or why it may not come in. Called on the link's thread.
using GreetJob = std::function<Result<std::shared_ptr<ConnectionHandler>>(
    const Hello& hello, const std::shared_ptr<Connection>& connection)>;

/// A worker's end.
class Dialer {
 public:
  /// What came of dialling: a connection that has been welcomed, whose ear was given; or an error.
  /// `Errc::refused` (the listener's words) and `Errc::version` are final, others may be tried
  /// again.
  struct Dialled {
    Welcome welcome;
    std::shared_ptr<Connection> connection;
  };
  using Then = std::function<void(Result<Dialled>)>;

  /// Ends what is under way; nobody is called any more once it returns.
  virtual ~Dialer() = default;
  /// Looks up where the coordinator is now (it may have moved) and says hello there; `then` is
  /// called once, on the link's thread, before anything is heard.
  virtual void dial(const Hello& hello, std::shared_ptr<ConnectionHandler> ear, Then then) = 0;
};

}  // namespace sherpa::link
