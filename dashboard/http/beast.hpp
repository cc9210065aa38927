#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/http/message.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

/// The library's types that the HTTP server and its web sockets share. Only their .cpp files
/// include this.
namespace sherpa::dashboard {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Failed = boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Plain = beast::basic_stream<tcp, Executor>;
using Done = std::function<void(Failed, std::size_t)>;

/// The body of a request: kept, or only read to its end.
struct RequestBody {
  struct value_type {
    std::string text{};
    bool kept = true;
  };

  class reader {
   public:
    template <bool is_request, class Fields>
    reader(http::header<is_request, Fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>& length, Failed& failed) {
      failed = {};
      if (length && body_.kept) body_.text.reserve(static_cast<std::size_t>(*length));
    }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, Failed& failed) {
      failed = {};
      std::size_t size = 0;
      for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers);
           ++at) {
        asio::const_buffer one = *at;
        if (body_.kept) body_.text.append(static_cast<const char*>(one.data()), one.size());
        size += one.size();
      }
      return size;
    }
    void finish(Failed& failed) { failed = {}; }

   private:
    value_type& body_;
  };
};

using HttpRequest = http::request<RequestBody>;

}  // namespace sherpa::dashboard
