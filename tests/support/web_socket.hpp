#pragma once

#include "core/study/facts.hpp"
#include "core/study/wire.hpp"
#include "tests/support/http.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sherpa::testing_support {

/// The other end of a web socket, that does one thing after the other.
class Browser {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  struct Message {
    std::string bytes;
    bool binary = false;
  };

  Browser(std::uint16_t port, const std::string& target, const Headers& headers) {
    boost::beast::get_lowest_layer(socket_).connect(
        {boost::asio::ip::address_v4::loopback(), port});
    socket_.set_option(boost::beast::websocket::stream_base::decorator(
        [&](boost::beast::websocket::request_type& request) {
          for (const auto& [name, value] : headers) request.set(name, value);
        }));
    socket_.handshake("127.0.0.1:" + std::to_string(port), target);
  }

  void say(const std::string& text) { socket_.write(boost::asio::buffer(text)); }
  /// The next message; an empty one when the connection has ended.
  Message receive() {
    boost::beast::flat_buffer buffer;
    boost::system::error_code failed;
    socket_.read(buffer, failed);
    if (failed) return {};
    return {boost::beast::buffers_to_string(buffer.data()), socket_.got_binary()};
  }

 private:
  boost::asio::io_context io_;
  boost::beast::websocket::stream<boost::asio::ip::tcp::socket> socket_{io_};
};

/// The number of the last fact in a frame of a feed.
inline study::Seq end_of_frame(std::string_view bytes) {
  study::wire::In in(bytes.substr(bytes.find("\xa2to") + 3));
  study::wire::In::Item item;
  return in.next(study::wire::In::Type::integer, item) ? item.bits : 0;
}

/// How a request for a web socket is answered: 101 when it may.
inline int knock(std::uint16_t port, const std::string& target, const Browser::Headers& headers,
                 std::string host = "") {
  if (host.empty()) host = "127.0.0.1:" + std::to_string(port);
  std::string request =
      "GET " + target + " HTTP/1.1\r\nHost: " + host +
      "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  Wire wire(port);
  wire.send(request + "\r\n");
  return wire.receive().status;
}

}  // namespace sherpa::testing_support
