// What trial programs send: whole requests, through routing, tokens and bodies, without sockets.
// The first line is method and target, the second the content type, the third the token; the rest
// is the body.

#include "tests/support/trial_api.hpp"
#include "dashboard/http/json_body.hpp"
#include "tests/fuzz/target.hpp"

#include <cmath>
#include <set>

using namespace sherpa;
using namespace sherpa::dashboard;

std::vector<std::string> fuzz::seeds() {
  auto post = [](const std::string& path, const std::string& body) {
    return "POST /api/v1/" + path + "\napplication/json\nBearer 9b2e7c11.secret\n" + body;
  };
  return {
      "GET /api/v1/trial\n\nBearer 9b2e7c11.secret\n",
      "GET /api/v1/trial\n\nBearer 9b2e7c11.another\n",
      "GET /api/v1/trial\n\nBearer 1f00aa22.secret\n",
      "GET /api/v1/stop?x=1\ntext/plain\nbearer  wrong\n",
      post("observations",
           R"({"iteration": 3, "objective": 0.12, "context": {"loss": 1.2, "näme\n": "NaN"}})"),
      post(
          "observations",
          R"([{"iteration": 1, "objective": NaN}, {"iteration": 2, "objective": -Infinity, "context": {}}])"),
      post(
          "observations",
          R"([{"iteration": 9223372036854775807, "objective": 1e308, "context": {"[\"": "-Infinity", "": -0.0}}])"),
      post("observations", std::string(40, '[') + R"({"a":{"b":null}})"),
      post("checkpoint", "{}"),
      post("end", R"({"status": "failed", "message": "diverged: \u0041 \ud83d\ude00"})"),
  };
}

namespace {

std::string line_of(std::string_view& text) {
  auto end = std::min(text.find('\n'), text.size());
  std::string out(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return out;
}

Body number(double x) {
  if (std::isnan(x)) return "NaN";
  if (std::isinf(x)) return x > 0 ? "Infinity" : "-Infinity";
  return x;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// What was read says the same when it is written and read again.
void check_observations(std::string_view body) {
  auto seen = read_observations(body);
  if (!seen) return;
  Body written = Body::array();
  for (const auto& m : *seen) {
    Body one = {{"iteration", m.iteration},
                {"objective", number(m.objective)},
                {"context", Body::object()}};
    for (const auto& [name, value] : m.context) one["context"][name] = number(value);
    written.push_back(one);
  }
  auto again = read_observations(written.dump());
  fuzz::require(again && again->size() == seen->size(), "observations are not read again");
  for (std::size_t i = 0; i < seen->size(); ++i) {
    const auto &a = (*seen)[i], &b = (*again)[i];
    bool equal = a.iteration == b.iteration && same(a.objective, b.objective) &&
                 a.context.size() == b.context.size();
    for (const auto& [name, value] : a.context)
      equal = equal && b.context.contains(name) && same(value, b.context.at(name));
    fuzz::require(equal && a.iteration >= 0, "an observation changes when it is written again");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  study::OpenAttempts attempts;
  auto line = std::make_shared<testing_support::FakeTrialChannel>();
  attempts.belong_to("9b2e7c11-0000");
  attempts.add(testing_support::open_attempt(7, 1, "9b2e7c11.secret", line));
  TrialApi trial_api(attempts);
  Request request;
  auto first = line_of(text);
  request.method = first.substr(0, first.find(' '));
  request.target =
      first.size() > request.method.size() ? first.substr(request.method.size() + 1) : "";
  request.headers = {
      {"Host", request.target}, {"Content-Type", line_of(text)}, {"Authorization", line_of(text)}};
  request.body = text;

  static const std::set<int> statuses{200, 400, 401, 404, 405, 409, 415, 421};
  int replies = 0;
  trial_api.handle(request, [&](const Response& response) {
    ++replies;
    fuzz::require(statuses.contains(response.status), "an unexpected status");
    auto body = Body::parse(response.body, nullptr, false);
    fuzz::require(body.is_object(), "a reply that is no JSON object");
    if (response.status == 200) return;
    auto detail = body.at("detail").get<std::string>();
    fuzz::require(!detail.empty() && detail.size() < 4096 && detail.find('\n') == std::string::npos,
                  "an error that is not one line");
  });
  fuzz::require(replies == 1, "not one reply");
  refuse_host(request, {});
  check_observations(request.body);
  return 0;
}
