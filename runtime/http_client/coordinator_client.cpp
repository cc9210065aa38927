#include "runtime/http_client/coordinator_client.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>

namespace sherpa::runtime {

namespace fs = std::filesystem;

Result<Coordinator> Coordinator::of(const fs::path& directory) {
  auto endpoint = read_endpoint(directory);
  if (!endpoint)
    return Error{Errc::invalid_argument, directory.string() +
                                             " tells no address of a coordinator: its study is run "
                                             "by a program of its own, not by sherpa run"};
  auto url = Url::parse(endpoint->url);
  if (!url) return url.error();
  std::ifstream in(directory / "token");
  std::string token;
  if (!std::getline(in, token) || token.empty())
    return Error{Errc::store, "cannot read " + (directory / "token").string() +
                                  "; only the one who runs the study may steer it"};
  return Coordinator(*std::move(endpoint), *std::move(url), std::move(token));
}

std::string Coordinator::description() const {
  return "process " + std::to_string(endpoint_.pid) + " on " + endpoint_.host + ", " +
         endpoint_.url;
}

Result<std::string> Coordinator::ask(const std::string& method, const std::string& path,
                                     std::string_view body) const {
  const auto now = HttpClient::Clock::now();
  HttpClient client(url_, token_);
  auto answer = client.exchange({.method = method,
                                 .path = path,
                                 .body = std::string(body),
                                 .send_until = now + std::chrono::seconds(5),
                                 // a large table is slow
                                 .answer_until = now + std::chrono::minutes(5)});
  if (answer.status == 0)
    return Error{Errc::wrong_state,
                 "the coordinator (" + description() + ") does not answer: " + answer.failure};
  if (answer.status == 200) return std::move(answer.body);
  auto problem = nlohmann::json::parse(answer.body, nullptr, false);
  auto detail = problem.is_object() ? problem.value("detail", "") : "";
  return Error{
      answer.status == 400 ? Errc::invalid_argument : Errc::wrong_state,
      detail.empty() ? endpoint_.url + " answered " + std::to_string(answer.status) : detail};
}

}  // namespace sherpa::runtime
