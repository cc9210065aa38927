#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <chrono>

/// Asio as the link uses it. dashboard/http/beast.hpp names some of the same types: the two rooms
/// may not include each other, and the room that both may include, core/base, has no third-party
/// library.
namespace sherpa::runtime::tls_link {

namespace asio = boost::asio;
using asio::ip::tcp;
using Failed = boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Clock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;

}  // namespace sherpa::runtime::tls_link
