#include "runtime/http_client/coordinator_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <limits>

namespace sherpa::runtime {

namespace fs = std::filesystem;
namespace beast = boost::beast;
namespace http = beast::http;

Result<Coordinator> Coordinator::of(const fs::path& directory) {
  auto endpoint = runtime::read_endpoint(directory);
  if (!endpoint)
    return Error{Errc::invalid_argument, directory.string() +
                                             " tells no address of a coordinator: its study is run "
                                             "by a program of its own, not by sherpa run"};
  std::ifstream in(directory / "token");
  std::string token;
  if (!std::getline(in, token) || token.empty())
    return Error{Errc::store, "cannot read " + (directory / "token").string() +
                                  "; only the one who runs the study may steer it"};
  return Coordinator(*std::move(endpoint), std::move(token));
}

std::string Coordinator::description() const {
  return "process " + std::to_string(endpoint_.pid) + " on " + endpoint_.host + ", " +
         endpoint_.url;
}

Coordinator::Address Coordinator::address() const {
  // http://host:port, as we wrote it
  auto authority =
      endpoint_.url.substr(std::min(endpoint_.url.size(), endpoint_.url.find("//") + 2));
  auto colon = authority.rfind(':');
  auto host = authority.substr(0, colon),
       port = colon == std::string::npos ? "80" : authority.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {authority, host, port};
}

Result<std::string> Coordinator::ask(const std::string& method, const std::string& path,
                                     std::string_view body) const {
  auto [authority, host, port] = address();
  try {
    boost::asio::io_context io;
    beast::tcp_stream stream(io);
    http::response_parser<http::string_body> answer;
    answer.body_limit(std::numeric_limits<std::uint64_t>::max());
    beast::flat_buffer buffer;
    beast::error_code failed;
    // Only asynchronous operations heed a time-out.
    auto run = [&] {
      io.restart();
      io.run();
      if (failed) throw beast::system_error(failed);
    };
    auto note = [&](beast::error_code error, auto&&...) { failed = error; };
    stream.expires_after(std::chrono::seconds(5));
    stream.async_connect(boost::asio::ip::tcp::resolver(io).resolve(host, port), note);
    run();
    http::request<http::string_body> request(http::string_to_verb(method), "/api/v1" + path, 11);
    request.set(http::field::host, authority);
    request.set(http::field::authorization, "Bearer " + token_);
    request.set(http::field::content_type, "application/json");
    request.body() = body;
    request.prepare_payload();
    http::async_write(stream, request, note);
    run();
    stream.expires_after(std::chrono::minutes(5));  // a large table takes its time
    http::async_read(stream, buffer, answer, note);
    run();
    auto& message = answer.get();
    if (message.result() == http::status::ok) return std::move(message.body());
    auto problem = nlohmann::json::parse(message.body(), nullptr, false);
    auto detail = problem.is_object() ? problem.value("detail", "") : "";
    auto code = message.result_int() == 400 ? Errc::invalid_argument : Errc::wrong_state;
    return Error{code, detail.empty()
                           ? endpoint_.url + " answered " + std::to_string(message.result_int())
                           : detail};
  } catch (const boost::system::system_error& e) {
    return Error{Errc::wrong_state,
                 "the coordinator (" + description() + ") does not answer: " + e.code().message()};
  }
}

}  // namespace sherpa::runtime
