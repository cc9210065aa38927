#include <sherpa/client.hpp>

#include "core/base/text.hpp"
#include "core/space/json.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <thread>
#include <utility>

namespace sherpa {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using asio::ip::tcp;
using space::json::Json;
using Clock = std::chrono::steady_clock;
using Failed = boost::system::error_code;

namespace {

constexpr auto first_pause = 50ms, longest_pause = 2000ms;
constexpr std::size_t most_observations = 10'000;
constexpr std::size_t most_bytes = 512 * 1024;  // of a body; the door takes twice as much
constexpr std::size_t largest_reply = 8 * 1024 * 1024;

[[noreturn]] void refuse(Errc code, const std::string& message) {
  throw Exception({code, message});
}

struct Address {
  std::string host, port;
};

Address address_in(const std::string& url) {
  constexpr std::string_view scheme = "http://";
  auto rest = std::string_view(url);
  auto wrong = [&] {
    refuse(Errc::invalid_argument,
           "the URL " + base::quote(url) + " is not like http://127.0.0.1:8880");
  };
  if (!rest.starts_with(scheme)) wrong();
  rest.remove_prefix(scheme.size());
  while (rest.ends_with('/')) rest.remove_suffix(1);
  bool bracketed = rest.starts_with('[');
  auto end = bracketed ? rest.find(']') : rest.rfind(':');
  auto colon = bracketed && end != std::string_view::npos ? end + 1 : end;
  if (end == std::string_view::npos || colon >= rest.size() || rest[colon] != ':') wrong();
  Address out{std::string(bracketed ? rest.substr(1, end - 1) : rest.substr(0, end)),
              std::string(rest.substr(colon + 1))};
  if (out.host.empty() || out.port.empty() ||
      out.port.find_first_not_of("0123456789") != std::string::npos)
    wrong();
  return out;
}

std::optional<std::string> content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value)
    refuse(Errc::invalid_argument,
           std::string(name) + " is not set; this program is to be started by 'sherpa run'");
  return value;
}

Json number(double x) {
  if (std::isnan(x)) return "NaN";
  if (std::isinf(x)) return x > 0 ? "Infinity" : "-Infinity";
  return x;
}

Json write(const Observation& seen) {
  Json out = {{"iteration", seen.iteration}, {"objective", number(seen.objective)}};
  for (const auto& [name, value] : seen.context) out["context"][name] = number(value);
  return out;
}

std::string text_of(const Json& body) {
  try {
    return body.dump();
  } catch (const Json::exception&) {
    refuse(Errc::invalid_argument, "a name or message is not UTF-8");
  }
}

}  // namespace

class Client::Inner {
 public:
  Inner(std::string url, std::string token, const fs::path& output_dir, ClientOptions options)
      : url_(std::move(url)),
        address_(address_in(url_)),
        token_(std::move(token)),
        endpoint_(output_dir.empty() ? fs::path() : output_dir / "endpoint"),
        patience_(options.patience),
        random_(std::random_device{}()) {
    bool sendable =
        std::all_of(token_.begin(), token_.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (token_.empty() || !sendable)
      refuse(Errc::invalid_argument,
             "the token is empty or has characters that no token has; is SHERPA_TOKEN_FILE the "
             "right file?");
  }

  struct Answer {
    int status = 0;
    Json body;
    bool uncertain = false;  ///< an earlier try may have been heard, though no answer came
  };

  /// Tries until somebody answers or patience is at its end. Errors other than 409 are thrown.
  Answer call(http::verb method, const std::string& path, std::string body = {}) {
    const auto deadline = Clock::now() + patience_;
    auto pause = std::chrono::duration<double>(first_pause);
    bool uncertain = false;  // whether an earlier try was heard
    bool trouble = false;    // an earlier try failed
    while (true) {
      Try tried = exchange(method, path, body, deadline);
      const int status = tried.trouble.empty() ? tried.status : 0;
      if (status == 0) {
        stream_.reset();
        uncertain = uncertain || tried.sent;
        trouble = true;
        // A kept connection that the other side has closed meanwhile says nothing about whether it
        // is there.
        if (tried.reused && Clock::now() < deadline) continue;
        look_for_another();
      } else {
        // Another study has the port of ours, whose coordinator is gone; or it is just coming back,
        // and does not know this attempt yet.
        const bool astray =
            status == 421 && text_in(tried.body, "type") == "urn:sherpa:another-study";
        const bool moved = (status == 401 || astray) && look_for_another();
        const bool later = status == 503 || astray || moved || (status == 401 && trouble);
        if (!later) return judge(status, std::move(tried.body), uncertain);
        uncertain = uncertain || status == 503;
        trouble = trouble || status == 503 || astray;
      }
      // Many programs wait for the same coordinator: not all of them come at once.
      auto jittered = pause * std::uniform_real_distribution<>(0.5, 1.0)(random_);
      if (Clock::now() + jittered >= deadline) {
        if (status != 0) return judge(status, std::move(tried.body), uncertain);
        refuse(Errc::wrong_state, "nobody answers at " + url_ + " (" + tried.trouble +
                                      "), tried for " + std::to_string(patience_.count()) +
                                      " ms; is 'sherpa run' still running?");
      }
      std::this_thread::sleep_for(jittered);
      pause = std::min<std::chrono::duration<double>>(pause * 2, longest_pause);
    }
  }

 private:
  using Executor = asio::io_context::executor_type;
  using Stream = beast::basic_stream<tcp, Executor>;

  struct Try {
    std::string trouble;  // why there is no answer; otherwise empty
    bool sent = false;    // wholly or in part
    bool reused = false;  // on a connection that had served before
    int status = 0;
    Json body;
  };

  /// Does one thing with the connection and waits for its end.
  template <class Start>
  Failed wait(Start&& start) {
    Failed out;
    start([&](Failed failed, auto&&...) { out = failed; });
    io_.restart();
    io_.run();
    return out;
  }

  Try exchange(http::verb method, const std::string& path, const std::string& body,
               Clock::time_point deadline) {
    Try out;
    Failed failed;
    auto fail = [&] {
      out.trouble = failed.message();
      return std::move(out);
    };
    out.reused = stream_.has_value();
    if (!stream_) {
      buffer_.clear();
      asio::ip::basic_resolver<tcp, Executor> resolver(io_);
      auto where = resolver.resolve(address_.host, address_.port, failed);
      if (failed) return fail();
      stream_.emplace(io_);
      stream_->expires_at(deadline);
      failed = wait([&](auto done) { stream_->async_connect(where, done); });
      if (failed) return fail();
      Failed ignored;
      stream_->socket().set_option(tcp::no_delay(true), ignored);
    }
    http::request<http::string_body> request(method, "/api/v1" + path, 11, body);
    bool v6 = address_.host.find(':') != std::string::npos;
    request.set(http::field::host,
                (v6 ? "[" + address_.host + "]" : address_.host) + ":" + address_.port);
    request.set(http::field::authorization, "Bearer " + token_);
    if (!body.empty()) request.set(http::field::content_type, "application/json");
    request.prepare_payload();
    stream_->expires_at(deadline);
    out.sent = true;
    failed = wait([&](auto done) { http::async_write(*stream_, request, done); });
    if (failed) return fail();
    http::response_parser<http::string_body> parser;
    parser.body_limit(largest_reply);
    failed = wait([&](auto done) { http::async_read(*stream_, buffer_, parser, done); });
    if (failed) return fail();
    auto reply = parser.release();
    if (!reply.keep_alive()) stream_.reset();
    out.status = static_cast<int>(reply.result_int());
    out.body = Json::parse(reply.body(), nullptr, false);
    // Whoever has the coordinator's port meanwhile.
    if (!out.body.is_object())
      out.trouble = "an answer with status " + std::to_string(out.status) + " that is not Sherpa's";
    return out;
  }

  /// Whether the coordinator, started again, listens elsewhere now.
  bool look_for_another() {
    if (endpoint_.empty()) return false;
    auto content = content_of(endpoint_);
    auto parsed = Json::parse(content.value_or(""), nullptr, false);
    if (!parsed.is_object() || !parsed.contains("url") || !parsed["url"].is_string()) return false;
    auto url = parsed["url"].get<std::string>();
    if (url == url_) return false;
    try {
      address_ = address_in(url);
    } catch (const Exception&) {
      return false;
    }
    url_ = std::move(url);
    stream_.reset();
    return true;
  }

  static std::string text_in(const Json& body, const char* name) {
    auto at = body.is_object() ? body.find(name) : body.end();
    return at != body.end() && at->is_string() ? at->get<std::string>() : std::string();
  }

  static Answer judge(int status, Json body, bool uncertain) {
    Answer out{status, std::move(body), uncertain};
    if (status == 200) return out;
    const auto type = text_in(out.body, "type");
    if (status == 409 && type == "urn:sherpa:observed-already" && uncertain) return out;
    auto detail = text_in(out.body, "detail");
    if (detail.empty())
      detail =
          "the coordinator's answer has the status " + std::to_string(status) + " and no reason";
    if (status == 401 || status == 410) refuse(Errc::superseded, detail);
    if (status == 503 || type == "urn:sherpa:another-study") refuse(Errc::wrong_state, detail);
    bool state = status == 409 && type != "urn:sherpa:observed-already";
    refuse(state                           ? Errc::wrong_state
           : status >= 400 && status < 500 ? Errc::invalid_argument
                                           : Errc::internal,
           detail);
  }

  std::string url_;
  Address address_;
  const std::string token_;
  const fs::path endpoint_;
  const std::chrono::milliseconds patience_;
  std::minstd_rand random_;
  asio::io_context io_{1};
  std::optional<Stream> stream_;
  beast::flat_buffer buffer_;
};

Client::Client(std::string url, std::string token, fs::path output_dir, ClientOptions options)
    : inner_(std::make_unique<Inner>(std::move(url), std::move(token), output_dir, options)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Client Client::from_environment(ClientOptions options) {
  auto url = variable("SHERPA_URL");
  auto file = variable("SHERPA_TOKEN_FILE");
  auto token = content_of(file);
  if (!token) refuse(Errc::invalid_argument, "cannot read SHERPA_TOKEN_FILE " + base::quote(file));
  while (!token->empty() && (token->back() == '\n' || token->back() == '\r')) token->pop_back();
  const char* output_dir = std::getenv("SHERPA_OUTPUT_DIR");
  return {std::move(url), *std::move(token), output_dir ? output_dir : "", options};
}

namespace {

/// A member of the coordinator's answer, or an error that blames it.
template <class T>
T said(const Json& body, const char* name) {
  try {
    T out{};
    space::json::read(body.at(name), out);
    return out;
  } catch (const std::exception& e) {
    refuse(Errc::internal,
           std::string("the coordinator's answer has no usable '") + name + "': " + e.what());
  }
}

}  // namespace

Client::TrialInfo Client::get_trial() {
  auto answer = inner_->call(http::verb::get, "/trial");
  return {said<TrialId>(answer.body, "id"), said<AttemptId>(answer.body, "attempt"),
          said<Configuration>(answer.body, "parameters")};
}

bool Client::report(const Observation& observation) { return report_all({observation}); }

bool Client::report_all(const std::vector<Observation>& observations) {
  if (observations.empty()) return should_stop();
  bool stop = false;
  for (std::size_t i = 0; i < observations.size();) {
    std::string body = "[";
    for (std::size_t n = 0;
         n < most_observations && body.size() < most_bytes && i < observations.size(); ++n, ++i)
      body += (n > 0 ? "," : "") + text_of(write(observations[i]));
    auto answer = inner_->call(http::verb::post, "/observations", body + "]");
    // Observed by a try whose answer was lost. Asking then waits until that is stored and judged.
    stop = answer.status == 409 ? should_stop() : said<bool>(answer.body, "stop");
  }
  return stop;
}

bool Client::should_stop() {
  try {
    return said<bool>(inner_->call(http::verb::get, "/stop").body, "stop");
  } catch (const Exception& e) {
    if (e.code() == Errc::superseded) return true;
    throw;
  }
}

void Client::publish() { inner_->call(http::verb::post, "/checkpoint"); }

void Client::end(TrialStatus status, std::string_view message) {
  if (status != TrialStatus::completed && status != TrialStatus::failed)
    refuse(Errc::invalid_argument,
           "a trial's program ends it as completed or failed, not as " + std::string(show(status)));
  Json body = {{"status", status == TrialStatus::completed ? "completed" : "failed"}};
  if (!message.empty()) body["message"] = message;
  inner_->call(http::verb::post, "/end", body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace sherpa
