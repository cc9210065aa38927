#pragma once

#include "core/base/result.hpp"
#include "core/base/strangers.hpp"
#include "dashboard/http/http.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sherpa::dashboard {

/// The certificate, with those between it and its authority, and its key; in PEM.
struct TlsFiles {
  std::filesystem::path certificate{}, key{};
};

struct ServerOptions {
  /// An address of this machine, `localhost`, or 0.0.0.0 or :: for all of them.
  std::string host = "127.0.0.1";
  /// Taken if it is free; otherwise the first free one of the range.
  std::optional<std::uint16_t> port{};
  std::uint16_t first_port = 8880;
  std::uint16_t last_port = 9999;
  /// Under which clients may address it, beside loopback and the address they reached.
  std::vector<std::string> names{};
  /// Then connections from other hosts must be encrypted, and those from this host may be.
  std::optional<TlsFiles> tls{};
  /// Authorized connections; further ones are answered 503. At most half of the descriptors that
  /// the process may have: the rest is for jobs and the store.
  std::size_t max_connections = 4096;
  /// Connections whose last request was not authorized, or that sent none; the oldest gives way.
  base::StrangerLimits strangers{};
  std::size_t max_header = 8 * 1024;   ///< bytes
  std::size_t max_body = 1024 * 1024;  ///< bytes
  /// Bytes of all bodies that are on their way; further ones are answered 503.
  std::size_t max_bodies = 64 * 1024 * 1024;
  std::size_t max_sockets = 512;        ///< web sockets, of the connections
  std::size_t max_message = 64 * 1024;  ///< bytes of what a web socket's other end says
  std::chrono::milliseconds silence{
      std::chrono::seconds(60)};  ///< of a web socket whose other end answers no ping
  std::chrono::milliseconds pace{
      20};  ///< between two messages of a web socket that follows what happens
  std::chrono::milliseconds idle{
      std::chrono::minutes(10)};  ///< between two requests of an authorized connection
  std::chrono::milliseconds request{
      std::chrono::seconds(30)};  ///< for a request to come whole, and for a reply to be taken;
                                  ///< and between two requests of a connection that is not
                                  ///< authorized
};

/// HTTP/1.1 with connections that are kept alive, on one thread that takes no signals. Requests of
/// one connection are answered one after the other; a slow client delays no other. Of a request
/// first its head is read; its body only once that is authorized, so that strangers cost little
/// memory, and their connections are few.
class HttpServer {
 public:
  /// Listens from now on. Fails with invalid_argument for an unusable address or certificate,
  /// wrong_state when every port is taken. Without `upgrade` there are no web sockets; without
  /// `authorize` every connection is authorized.
  static Result<std::unique_ptr<HttpServer>> open(ServerOptions options, Handler handler,
                                                  Upgrade upgrade = {}, Authorize authorize = {});
  /// Stops listening, ends every connection and the thread. Replies that come later go nowhere.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Returns when web sockets have been sent all that there is to say, or the time is over.
  void say_the_last(std::chrono::milliseconds at_most);

  std::uint16_t port() const;
  /// `http://127.0.0.1:8880`; the loopback address where it listens on all.
  std::string url() const;
  /// The same for people: `https://` where it has a certificate.
  std::string page_url() const;
  /// The first name in the certificate; "" without.
  std::string name() const;
  /// Those that are open now.
  std::size_t connections() const;

 private:
  class Core;
  explicit HttpServer(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace sherpa::dashboard
