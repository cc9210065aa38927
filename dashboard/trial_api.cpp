#include "dashboard/trial_api.hpp"

#include "core/base/text.hpp"
#include "core/space/json.hpp"
#include "dashboard/http/json_body.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace sherpa::dashboard {

using base::quote;
using space::json::Json;
using study::OpenAttempt;
using Attempt = std::shared_ptr<OpenAttempt>;

namespace {

constexpr std::size_t most_observations = 10'000;
constexpr std::string_view ended = "urn:sherpa:trial-ended",
                           observed = "urn:sherpa:observed-already",
                           superseded = "urn:sherpa:superseded",
                           no_attempt = "urn:sherpa:no-such-attempt",
                           no_checkpoints = "urn:sherpa:no-checkpoints",
                           too_many_metrics = "urn:sherpa:too-many-metrics",
                           another_study = "urn:sherpa:another-study";

Response answer(const Json& body) { return {.status = 200, .body = body.dump(), .headers = {}}; }
Response bad(const Error& error) { return problem(400, error.message); }

/// The response to an error of the trial channel. The request itself has been checked by then.
Response refusal(const Error& error) {
  switch (error.code) {
    case Errc::superseded: return problem(410, error.message, superseded);
    case Errc::invalid_argument: return problem(409, error.message, observed);
    case Errc::wrong_state: return problem(409, error.message, ended);
    case Errc::refused: return problem(422, error.message, too_many_metrics);
    case Errc::store: return problem(503, error.message);
    default: return problem(500, error.message);
  }
}

Response stop_answer(const Result<std::optional<study::StopWhy>>& result) {
  return result ? answer({{"stop", result->has_value()}}) : refusal(result.error());
}

void check_names(const Body& in, std::initializer_list<std::string_view> known,
                 std::string_view what) {
  if (!in.is_object())
    space::json::refuse("expected " + std::string(what) + " as an object, not " +
                        shorten(in.dump(), 60));
  std::vector<std::string> names(known.begin(), known.end());
  for (const auto& [name, value] : in.items())
    if (std::find(known.begin(), known.end(), name) == known.end())
      space::json::refuse(
          "unknown field " + quote(shorten(name)) + base::did_you_mean(name, known) +
          (names.empty() ? "; it takes no fields" : "; there are " + base::enumerate(names)));
}

const Body& member(const Body& in, std::string_view name) {
  auto at = in.find(name);
  if (at == in.end()) space::json::refuse(std::string(name) + " is missing");
  return *at;
}

template <class F>
auto within(const std::string& field, F&& read) {
  try {
    return read();
  } catch (const Exception& e) {
    space::json::refuse(field + ": " + e.what());
  }
}

Observation read_observation(const Body& in) {
  check_names(in, {"iteration", "objective", "context"}, "an observation");
  Observation seen;
  const Body& iteration = member(in, "iteration");
  bool whole = iteration.is_number_unsigned()
                   ? std::in_range<std::int64_t>(iteration.get<std::uint64_t>())
                   : iteration.is_number_integer() && iteration.get<std::int64_t>() >= 0;
  if (!whole)
    space::json::refuse("iteration: expected a whole number from 0, not " +
                        shorten(iteration.dump(), 60));
  seen.iteration = iteration.get<std::int64_t>();
  const Body& objective = member(in, "objective");
  seen.objective = within("objective", [&] { return read_number(objective); });
  auto context = in.find("context");
  if (context == in.end()) return seen;
  if (!context->is_object())
    space::json::refuse("context: expected an object of names and numbers, not " +
                        shorten(context->dump(), 60));
  for (const auto& [name, value] : context->items())
    seen.context[name] =
        within("context: " + quote(shorten(name)), [&, &x = value] { return read_number(x); });
  return seen;
}

/// An optional object: a missing body counts as an empty one.
Result<Body> read_object(std::string_view body, std::initializer_list<std::string_view> known) {
  if (body.empty()) return Body::object();
  auto parsed = parse_body(body);
  if (!parsed) return parsed;
  try {
    check_names(*parsed, known, "the body");
  } catch (const Exception& e) {
    return Error{e.code(), e.what()};
  }
  return parsed;
}

/// An attempt that has reported its end may report nothing more.
std::optional<Response> refuse_after_end(const OpenAttempt& attempt, std::string_view what) {
  auto declared = attempt.declared();
  if (!declared) return std::nullopt;
  return problem(409,
                 "trial " + std::to_string(attempt.start.trial) + " was declared " +
                     std::string(base::name_of(declared->first)) + " already; " +
                     std::string(what) + " before POST /api/v1/end",
                 ended);
}

void get_trial(const Attempt& attempt, const Request&, Reply reply) {
  const auto& start = attempt->start;
  reply(answer({{"id", start.trial},
                {"attempt", start.attempt},
                {"parameters", space::json::write(start.configuration)}}));
}

void get_stop(const Attempt& attempt, const Request&, Reply reply) {
  // An empty report, which is answered once all earlier ones are judged.
  attempt->channel->post(
      {}, [reply = std::move(reply)](const auto& result) { reply(stop_answer(result)); });
}

void post_observations(const Attempt& attempt, const Request& request, Reply reply) {
  auto seen = read_observations(request.body);
  if (!seen) return reply(bad(seen.error()));
  if (auto late = refuse_after_end(*attempt, "report observations")) return reply(*std::move(late));
  attempt->channel->post(*std::move(seen), [reply = std::move(reply)](const auto& result) {
    reply(stop_answer(result));
  });
}

void post_checkpoint(const Attempt& attempt, const Request& request, Reply reply) {
  auto body = read_object(request.body, {});
  if (!body) return reply(bad(body.error()));
  if (attempt->checkpoint.empty())
    return reply(
        problem(409, "a study in memory has no directory for checkpoints; give it an output_dir",
                no_checkpoints));
  if (auto late = refuse_after_end(*attempt, "publish checkpoints")) return reply(*std::move(late));
  attempt->channel->post_checkpoint(
      attempt->checkpoint,
      [reply = std::move(reply), directory = attempt->checkpoint](const Result<void>& result) {
        reply(result ? answer({{"checkpoint", directory}}) : refusal(result.error()));
      });
}

void post_end(const Attempt& attempt, const Request& request, Reply reply) {
  auto body = read_object(request.body, {"status", "message"});
  if (!body) return reply(bad(body.error()));
  auto status = body->find("status"), message = body->find("message");
  bool known = status != body->end() && (*status == "completed" || *status == "failed");
  if (!known)
    return reply(problem(400, status == body->end()
                                  ? "status is missing; it is \"completed\" or \"failed\""
                                  : "status: expected \"completed\" or \"failed\", not " +
                                        shorten(status->dump(), 60)));
  if (message != body->end() && !message->is_string())
    return reply(problem(400, "message: expected a text, not " + shorten(message->dump(), 60)));
  auto end = *status == "completed" ? study::End::completed : study::End::failed;
  attempt->declare(end, message == body->end() ? "" : message->get<std::string>());
  // The same end again, as after a broken connection, changes nothing; a different end is refused.
  if (attempt->declared()->first != end)
    return reply(*refuse_after_end(*attempt, "decide how it ended"));
  reply(answer({{"status", base::name_of(end)}}));
}

struct Served {
  TrialApi::Route route;
  void (*serve)(const Attempt&, const Request&, Reply);
};

constexpr std::array<Served, 5> all_served{{{{"GET", "/api/v1/trial"}, get_trial},
                                            {{"GET", "/api/v1/stop"}, get_stop},
                                            {{"POST", "/api/v1/observations"}, post_observations},
                                            {{"POST", "/api/v1/checkpoint"}, post_checkpoint},
                                            {{"POST", "/api/v1/end"}, post_end}}};

/// The token after `Bearer` in the header, or "".
std::string_view token_of(const Request& request) {
  constexpr std::string_view scheme = "bearer ";
  auto value = request.header("Authorization");
  if (!same_but_case(value.substr(0, scheme.size()), scheme)) return {};
  value.remove_prefix(scheme.size());
  return value.substr(std::min(value.find_first_not_of(' '), value.size()));
}

bool is_json(const Request& request) {
  auto type = request.header("Content-Type");
  return same_but_case(type.substr(0, type.find_first_of("; \t")), "application/json");
}

Response unauthorized(std::string_view detail) {
  auto response = problem(401, detail, no_attempt);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

Response not_found(std::string_view path) {
  std::vector<std::string_view> known;
  for (const auto& served : all_served) known.push_back(served.route.path);
  return problem(
      404, "there is no " + quote(shorten(std::string(path))) + base::did_you_mean(path, known));
}

}  // namespace

std::vector<TrialApi::Route> TrialApi::routes() {
  std::vector<Route> out;
  for (const auto& served : all_served) out.push_back(served.route);
  return out;
}

/// What a request asks for, and of which attempt.
struct TrialApi::Accepted {
  const Served* served;
  Attempt attempt;
};

/// Decides by the head alone.
std::variant<Response, TrialApi::Accepted> TrialApi::accept(const Request& head) const {
  const auto path = head.path();
  auto at = std::find_if(all_served.begin(), all_served.end(),
                         [&](const Served& s) { return s.route.path == path; });
  if (at == all_served.end()) return not_found(path);
  if (head.method != at->route.method) {
    auto refused = problem(405, std::string(path) + " takes " + std::string(at->route.method) +
                                    ", not " + quote(shorten(head.method, 20)));
    refused.headers.emplace_back("Allow", at->route.method);
    return refused;
  }
  auto token = token_of(head);
  if (token.empty())
    return unauthorized(
        "send 'Authorization: Bearer TOKEN' with what the file $SHERPA_TOKEN_FILE holds");
  if (auto attempt = attempts_.find(token)) return Accepted{&*at, std::move(attempt)};
  if (attempts_.of_another_study(token))
    return problem(421,
                   "this address belongs to another study; the file endpoint in "
                   "SHERPA_OUTPUT_DIR says where this program's "
                   "own is, once its coordinator is back",
                   another_study);
  return unauthorized(
      "no attempt that runs here has this token: it may have ended, or another "
      "attempt has superseded it; "
      "this program should stop");
}

Authorization TrialApi::authorize(const Request& head) const {
  auto accepted = accept(head);
  if (auto* refusal = std::get_if<Response>(&accepted)) return {.refusal = std::move(*refusal)};
  return {.authorized = true};
}

void TrialApi::handle(const Request& request, Reply reply) const {
  auto accepted = accept(request);
  if (auto* refusal = std::get_if<Response>(&accepted)) return reply(std::move(*refusal));
  if (!request.query().empty())
    return reply(
        problem(400, std::string(request.path()) + " takes no query; leave out what follows '?'"));
  bool typed = !request.header("Content-Type").empty();
  if (request.method == "POST" && (typed || !request.body.empty()) && !is_json(request))
    return reply(problem(415, "send the body with 'Content-Type: application/json'"));
  const auto& [served, attempt] = std::get<Accepted>(accepted);
  served->serve(attempt, request, std::move(reply));
}

Result<std::vector<Observation>> read_observations(std::string_view body) {
  auto parsed = parse_body(body);
  if (!parsed) return parsed.error();
  std::vector<Observation> out;
  try {
    if (!parsed->is_array()) {
      out.push_back(read_observation(*parsed));
      return out;
    }
    if (parsed->empty() || parsed->size() > most_observations)
      space::json::refuse("a list of " + std::to_string(parsed->size()) +
                          " observations; send 1 to " + std::to_string(most_observations));
    out.reserve(parsed->size());
    for (const Body& one : *parsed)
      out.push_back(within("observation " + std::to_string(out.size() + 1),
                           [&] { return read_observation(one); }));
  } catch (const Exception& e) {
    return Error{e.code(), e.what()};
  }
  return out;
}

}  // namespace sherpa::dashboard
