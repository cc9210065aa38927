#include "schedulers/job_records.hpp"

#include "core/base/encoding.hpp"
#include "core/space/json.hpp"

#include <array>
#include <exception>
#include <utility>

template <>
struct sherpa::base::Enumerators<sherpa::schedulers::JobEnd::Reason> {
  static constexpr std::array<std::string_view, 6> names{
      "exited", "stopped", "timeout", "orphaned", "could_not_start", "terminated"};
};

namespace sherpa::schedulers {

using space::json::Json;

namespace {

/// Runs what reads JSON; what it throws becomes an error about `what`.
template <class T, class F>
Result<T> reading(const char* what, std::string_view text, F&& read) {
  try {
    T made;
    read(Json::parse(text), made);
    return made;
  } catch (const std::exception& e) {
    return Error{Errc::damaged, std::string(what) + " cannot be read: " + e.what()};
  }
}

template <class T>
void member(const Json& in, const char* name, T& x) {
  auto at = in.find(name);
  if (at != in.end()) space::json::read(*at, x);
}

}  // namespace

std::string to_json(const JobRecord& record) {
  const auto& start = record.start;
  Json units = Json::object();
  for (const auto& [unit, share] : start.resources) units[unit] = share;
  Json out = {
      {"trial", start.trial},          {"attempt", start.attempt},
      {"worker", start.worker},        {"incarnation", start.incarnation},
      {"token", start.token},          {"parameters", space::json::write(start.configuration)},
      {"resources", std::move(units)}, {"load", space::json::write(start.load)},
      {"door", record.socket},         {"output_from", record.output_from}};
  if (!record.submission.empty()) {
    out["submission"] = record.submission;
    out["id"] = record.id;
    out["process"] = record.process;
    if (record.stop_why) out["told"] = space::json::write(*record.stop_why);
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<JobRecord> job_record_from_json(std::string_view text) {
  return reading<JobRecord>("the record of a job", text, [](const Json& in, JobRecord& record) {
    if (!in.is_object()) space::json::refuse("expected an object");
    auto& start = record.start;
    member(in, "trial", start.trial);
    member(in, "attempt", start.attempt);
    member(in, "worker", start.worker);
    member(in, "incarnation", start.incarnation);
    member(in, "token", start.token);
    member(in, "parameters", start.configuration);
    member(in, "load", start.load);
    member(in, "door", record.socket);
    member(in, "output_from", record.output_from);
    member(in, "submission", record.submission);
    member(in, "id", record.id);
    member(in, "process", record.process);
    if (in.contains("told")) member(in, "told", record.stop_why.emplace());
    if (auto units = in.find("resources"); units != in.end() && units->is_object())
      for (const auto& [unit, share] : units->items())
        space::json::read(share, start.resources[unit]);
    if (start.trial == 0 || start.attempt == 0 ||
        record.socket.empty() == record.submission.empty())
      space::json::refuse("it is not whole");
  });
}

Result<JobEnd> job_end_from_json(std::string_view text) {
  return reading<JobEnd>("the end of a job", base::printable(text),
                         [](const Json& in, JobEnd& end) {
                           if (!in.is_object() || !in.contains("reason"))
                             space::json::refuse("it does not say how it ended");
                           member(in, "reason", end.reason);
                           member(in, "exit_code", end.detail.exit_code);
                           member(in, "signal", end.detail.signal);
                           member(in, "message", end.detail.message);
                           if (in.contains("why")) member(in, "why", end.why.emplace());
                           if (end.reason == JobEnd::Reason::timeout)
                             end.why = study::StopWhy::timeout;
                           if (end.reason == JobEnd::Reason::stopped && !end.why)
                             space::json::refuse("it does not say why it was stopped");
                         });
}

std::string_view word(study::StopWhy why) { return base::name_of(why); }

}  // namespace sherpa::schedulers
