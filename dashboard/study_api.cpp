#include "dashboard/study_api.hpp"

#include "core/base/quiet_thread.hpp"
#include "core/base/text.hpp"
#include "core/feed/report.hpp"
#include "dashboard/http/json_body.hpp"

#include <charconv>
#include <map>
#include <sstream>
#include <utility>

namespace sherpa::dashboard {

namespace report = feed::report;
using report::Json;

namespace {

constexpr std::string_view root = "/api/v1/study";
constexpr const char* by = "a user";

int status_of(const Error& error) {
  switch (error.code) {
    case Errc::invalid_argument: return 400;
    case Errc::wrong_state:
    case Errc::superseded: return 409;
    default: return 500;
  }
}

Response refusal(const Error& error) { return problem(status_of(error), error.message); }

/// An object with exactly this member.
Body member(const Request& request, const std::string& name) {
  auto refuse = [](const std::string& why) { throw Exception({Errc::invalid_argument, why}); };
  auto body = request.body.empty() ? Body() : parse_body(request.body).or_throw();
  if (!body.is_object()) refuse("the body must be a JSON object, {\"" + name + "\": …}");
  for (const auto& [key, value] : body.items())
    if (key != name)
      refuse("unknown field " + base::quote(shorten(key)) + "; there is only " + base::quote(name));
  if (!body.contains(name)) refuse("the field " + base::quote(name) + " is missing");
  return body[name];
}

template <class T>
T whole_number(const Body& value, const std::string& name) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<T>::max())
    throw Exception({Errc::invalid_argument, name + " must be a whole number"});
  return value.get<T>();
}

study::SteeringCommand command_of(std::string_view action, const Request& request,
                                  const StudyApi::Study& study) {
  namespace command = study::command;
  if (action == "/pause") return command::Pause{by};
  if (action == "/resume") return command::Resume{by};
  if (action == "/limit")
    return command::LimitConcurrency{
        whole_number<std::uint32_t>(member(request, "max_concurrent"), "max_concurrent"), by};
  if (action == "/stop")
    return command::RequestStop{whole_number<TrialId>(member(request, "trial"), "trial"), 0,
                                study::StopBy::person, by};
  Configuration configuration;
  space::json::read(Json::parse(member(request, "parameters").dump()), configuration);
  return command::Enqueue{study.fit(configuration).or_throw(), by};
}

/// Which methods a path takes; "" when there is no such path.
std::string_view method_of(std::string_view action) {
  static const std::map<std::string_view, std::string_view> methods{
      {"", "GET"},         {"/results.csv", "GET"}, {"/results.json", "GET"},
      {"/log", "GET"},     {"/importance", "GET"},  {"/pause", "POST"},
      {"/resume", "POST"}, {"/limit", "POST"},      {"/enqueue", "POST"},
      {"/stop", "POST"}};
  auto at = methods.find(action);
  return at == methods.end() ? std::string_view() : at->second;
}

}  // namespace

StudyApi::StudyApi(ReadLog read_log, Importance importance, Elsewhere elsewhere)
    : read_log_(std::move(read_log)),
      importance_(std::move(importance)),
      elsewhere_(std::move(elsewhere)) {
  writer_ = base::quiet_thread([this](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !work_.empty(); })) {
      auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  });
}

StudyApi::~StudyApi() = default;

void StudyApi::attach(Study study) {
  std::scoped_lock lock(mutex_);
  study_ = std::move(study);
}

bool StudyApi::answers(const Request& request) {
  auto path = request.path();
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

void StudyApi::later(std::function<void()> work) {
  work_.push_back(std::move(work));
  changed_.notify_all();
}

void StudyApi::send_log(std::string_view query, Reply reply) {
  constexpr std::string_view name = "trial=";
  TrialId trial = 0;
  if (query.starts_with(name))
    std::from_chars(query.data() + name.size(), query.data() + query.size(), trial);
  if (trial == 0) return reply(problem(400, "which trial's? GET /api/v1/study/log?trial=NUMBER"));
  if (!read_log_) return reply(problem(404, "this study keeps no output of trials"));
  later([read = read_log_, trial, reply = std::move(reply)] {
    auto text = read(trial);
    reply(text ? Response{.body = *std::move(text), .content_type = "text/plain; charset=utf-8"}
               : problem(404, text.error().message));
  });
}

void StudyApi::send_importance(std::string_view query, Reply reply) {
  if (!importance_) return reply(problem(404, "the importance of parameters is not available"));
  later([of = importance_, metric = query_value(query, "metric"), reply = std::move(reply)] {
    auto shares = of(metric);
    reply(shares ? Response{.body = shares->dump()} : problem(503, shares.error().message));
  });
}

void StudyApi::handle(const Request& request, Role role, Reply reply) {
  auto action = request.path().substr(root.size());
  auto method = method_of(action);
  if (method.empty())
    return reply(problem(404, "there is no " + shorten(std::string(request.path()))));
  if (request.method != method) {
    auto answer =
        problem(405, std::string(request.path()) + " takes " + std::string(method) + " only");
    answer.headers.emplace_back("Allow", method);
    return reply(std::move(answer));
  }
  if (method != "GET" && role != Role::operating)
    return reply(problem(
        403, "who has a viewer's link or token sees the study; changing it takes the operator's"));
  std::scoped_lock lock(mutex_);
  if (elsewhere_)
    return later([this, request, reply = std::move(reply)] { reply(elsewhere_(request)); });
  if (action == "/log") return send_log(request.query(), std::move(reply));
  if (action == "/importance") return send_importance(request.query(), std::move(reply));
  if (!study_.study)
    return reply(problem(503, "the study is just starting or ending; try again in a moment"));
  try {
    if (action.empty()) {
      study_.study->progress([reply = std::move(reply)](Result<Progress> progress) {
        reply(progress ? Response{.status = 200, .body = report::of(*progress).dump()}
                       : refusal(progress.error()));
      });
    } else if (method == "GET") {
      later([results = study_.study->results(), csv = action.ends_with("csv"),
             raw = query_value(request.query(), "text") == "raw", reply = std::move(reply)] {
        std::ostringstream table;
        if (csv) {
          results.write_csv(table, raw ? CsvText::raw : CsvText::guarded);
        } else {
          report::write(results, table);
        }
        reply({.status = 200,
               .body = std::move(table).str(),
               .content_type = csv ? "text/csv; charset=utf-8" : "application/json"});
      });
    } else {
      study_.study->steer(command_of(action, request, study_), [reply](Result<void> done) {
        reply(done ? Response{.status = 200, .body = "{}"} : refusal(done.error()));
      });
    }
  } catch (const Exception& e) {
    reply(refusal({e.code(), e.what()}));
  }
}

}  // namespace sherpa::dashboard
