#include <sherpa/client.hpp>

#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/space/json.hpp"
#include "runtime/http_client/http_client.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
#include <thread>
#include <utility>

namespace sherpa {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using space::json::Json;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto first_pause = 50ms, longest_pause = 2000ms;
constexpr std::size_t most_observations = 10'000;
constexpr std::size_t most_bytes = 512 * 1024;  // of a body; the door takes twice as much
constexpr std::size_t largest_reply = 8 * 1024 * 1024;
constexpr std::size_t largest_file = 64 * 1024;  // of those that name the coordinator

[[noreturn]] void refuse(Errc code, const std::string& message) {
  throw Exception({code, message});
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
  Inner(std::string url, const std::string& token, const fs::path& output_dir,
        ClientOptions options)
      : url_(std::move(url)),
        http_(runtime::Url::parse(url_).or_throw(), token, largest_reply),
        endpoint_(output_dir.empty() ? fs::path() : output_dir / "endpoint"),
        patience_(options.patience),
        random_(std::random_device{}()) {
    bool sendable =
        std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (token.empty() || !sendable)
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
  Answer call(const std::string& method, const std::string& path, std::string body = {}) {
    const auto deadline = Clock::now() + patience_;
    auto pause = std::chrono::duration<double>(first_pause);
    bool uncertain = false;  // whether an earlier try was heard
    bool trouble = false;    // an earlier try failed
    while (true) {
      Try tried = exchange(method, path, body, deadline);
      const int status = tried.trouble.empty() ? tried.status : 0;
      if (status == 0) {
        http_.close();
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
  struct Try {
    std::string trouble;  // why there is no answer; otherwise empty
    bool sent = false;    // wholly or in part
    bool reused = false;  // on a connection that had served before
    int status = 0;
    Json body;
  };

  Try exchange(const std::string& method, const std::string& path, const std::string& body,
               Clock::time_point deadline) {
    auto answer = http_.exchange({.method = method,
                                  .path = path,
                                  .body = body,
                                  .send_until = deadline,
                                  .answer_until = deadline});
    Try out{.trouble = std::move(answer.failure),
            .sent = answer.sent,
            .reused = answer.reused,
            .status = answer.status,
            .body = Json()};
    if (answer.status == 0) return out;
    out.body = Json::parse(answer.body, nullptr, false);
    // Another program has the coordinator's port meanwhile.
    if (!out.body.is_object())
      out.trouble = "an answer with status " + std::to_string(out.status) + " that is not Sherpa's";
    return out;
  }

  /// Whether the coordinator, started again, listens elsewhere now.
  bool look_for_another() {
    if (endpoint_.empty()) return false;
    auto content = base::read_file(endpoint_, largest_file);
    auto parsed = Json::parse(content.value_or(""), nullptr, false);
    if (!parsed.is_object() || !parsed.contains("url") || !parsed["url"].is_string()) return false;
    auto url = parsed["url"].get<std::string>();
    if (url == url_) return false;
    auto parsed_url = runtime::Url::parse(url);
    if (!parsed_url) return false;
    url_ = std::move(url);
    http_.redirect(*std::move(parsed_url));
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
  runtime::HttpClient http_;
  const fs::path endpoint_;
  const std::chrono::milliseconds patience_;
  std::minstd_rand random_;
};

Client::Client(std::string url, std::string token, fs::path output_dir, ClientOptions options)
    : inner_(std::make_unique<Inner>(std::move(url), token, output_dir, options)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Client Client::from_environment(ClientOptions options) {
  auto url = variable("SHERPA_URL");
  auto file = variable("SHERPA_TOKEN_FILE");
  auto token = base::read_file(file, largest_file);
  if (!token)
    refuse(Errc::invalid_argument,
           "cannot read SHERPA_TOKEN_FILE " + base::quote(file) + ": " + std::strerror(errno));
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
  auto answer = inner_->call("GET", "/trial");
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
      body.append(n > 0 ? "," : "").append(text_of(write(observations[i])));
    auto answer = inner_->call("POST", "/observations", body + "]");
    // Observed by a try whose answer was lost. Asking then waits until that is stored and judged.
    stop = answer.status == 409 ? should_stop() : said<bool>(answer.body, "stop");
  }
  return stop;
}

bool Client::should_stop() {
  try {
    return said<bool>(inner_->call("GET", "/stop").body, "stop");
  } catch (const Exception& e) {
    if (e.code() == Errc::superseded) return true;
    throw;
  }
}

void Client::publish() { inner_->call("POST", "/checkpoint"); }

void Client::end(TrialStatus status, std::string_view message) {
  if (status != TrialStatus::completed && status != TrialStatus::failed)
    refuse(Errc::invalid_argument,
           "a trial's program ends it as completed or failed, not as " + std::string(show(status)));
  Json body = {{"status", status == TrialStatus::completed ? "completed" : "failed"}};
  if (!message.empty()) body["message"] = message;
  inner_->call("POST", "/end", body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace sherpa
