#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Requests and replies as the rest of the room knows them: without sockets, and without the
/// library that reads them.
namespace sherpa::dashboard {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method{};  ///< `GET`
  std::string target{};  ///< as it was sent: path and query
  Headers headers{};
  std::string body{};
  std::string local_address{};   ///< where the client reached us: `127.0.0.1`, `::1`
  std::string remote_address{};  ///< where it comes from; likewise
  bool encrypted = false;

  /// A header's value, the first one's where it comes more than once; "" without.
  std::string_view header(std::string_view name) const;
  std::string_view path() const;
  std::string_view query() const;  ///< without the question mark
};

struct Response {
  int status = 200;
  std::string body{};
  std::string content_type = "application/json";
  Headers headers{};
};

/// Takes the answer to one request: to be called once, from any thread. One that is dropped without
/// an answer answers 503.
using Reply = std::function<void(Response)>;

/// What answers requests. Called on the server's thread, so it must not wait; the reply may come
/// later.
using Handler = std::function<void(const Request&, Reply)>;

/// What a request's head says about who sent it.
struct Authorization {
  std::optional<Response> refusal{};  ///< the answer, without a look at the body
  bool authorized = false;            ///< it has shown a token or a cookie of ours
};

/// Decides by the head of a request, before its body is read. Called on the server's thread.
using Authorize = std::function<Authorization(const Request& head)>;

/// Answers some requests, of which it knows the authorized ones.
struct Service {
  Handler handle{};
  Authorize authorize{};
};

/// Produces what a web socket sends, and takes what it receives. Called on the server's thread.
class SocketUser {
 public:
  struct Message {
    std::shared_ptr<const std::string> bytes{};
    bool binary = false;
  };

  virtual ~SocketUser() = default;
  /// What is to be sent now; absent: nothing. Asked after each wake, and, not `woken`, when the
  /// last message is sent: what may wait for the next wake then goes with more of its kind.
  virtual std::optional<Message> next(bool woken) = 0;
  /// A whole message has come; false ends the connection.
  virtual bool receive(std::string message) = 0;
};

/// Says, from any thread and for as long as one likes, that web sockets may have something to send.
using Wake = std::function<void()>;

/// Decides about a request for a web socket: a refusal, or its user.
using Upgrade =
    std::function<std::variant<Response, std::unique_ptr<SocketUser>>(const Request&, Wake)>;

/// An error as `application/problem+json` (RFC 7807): `detail` is one line that names the thing and
/// the remedy; `type` is for programs.
Response problem(int status, std::string_view detail, std::string_view type = "about:blank");

/// The text cut to `most` bytes, so that an error does not repeat a megabyte of a request.
std::string shorten(std::string text, std::size_t most = 200);

/// The value of `name` in a query, percent-decoded; "" without.
std::string query_value(std::string_view query, std::string_view name);

/// Whether two texts differ at most in the case of A to Z, as names of headers and media types may.
bool same_but_case(std::string_view a, std::string_view b);

/// A refusal unless `Host` names this machine as such: loopback, the address that was reached, or
/// one of `names`, where
/// `*.example.org` stands for all right below example.org. A page of
/// somebody else's whose name was made to point here (DNS rebinding) is refused so.
std::optional<Response> refuse_host(const Request& request, const std::vector<std::string>& names);

/// A refusal, where connections are encrypted, of one that is not: unless it never leaves this
/// host, as those of trials' programs.
std::optional<Response> refuse_plain(const Request& request);

/// A refusal of a Transfer-Encoding other than `chunked` alone: where such a body ends, nobody
/// knows.
std::optional<Response> refuse_transfer_encoding(const Request& request);

/// `[::1]` for an IPv6 address, others as they are.
std::string in_url(const std::string& address);

}  // namespace sherpa::dashboard
