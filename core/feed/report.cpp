#include "core/feed/report.hpp"

#include "core/study/facts.hpp"

#include <cmath>
#include <limits>
#include <ostream>

namespace sherpa::feed::report {

namespace {

Json of(const Metrics& metrics) {
  Json out = Json::object();
  for (const auto& [name, value] : metrics) out[name] = number(value);
  return out;
}

Json seconds(const std::optional<std::chrono::duration<double>>& time) {
  return time ? Json(time->count()) : Json(nullptr);
}

Configuration configuration_from(const Json& in) {
  Configuration out;
  space::json::read(in, out);
  return out;
}

}  // namespace

Json number(double x) {
  if (std::isnan(x)) return "NaN";
  if (std::isinf(x)) return x > 0 ? "Infinity" : "-Infinity";
  return x;
}

double number(const Json& x) {
  if (x.is_number()) return x.get<double>();
  if (x == "Infinity") return std::numeric_limits<double>::infinity();
  if (x == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

Json of(const BestResult& best) {
  return {{"trial", best.trial_id},
          {"iteration", best.iteration},
          {"objective", number(best.objective)},
          {"parameters", space::json::write(best.parameters)},
          {"context", of(best.context)},
          {"status", std::string(show(best.status))}};
}

Json of(const Progress::Failure& failure) {
  return {{"trial", failure.trial}, {"attempt", failure.attempt}, {"reason", failure.reason}};
}

Json of(const Progress& p) {
  Json running = Json::array();
  for (const auto& r : p.running)
    running.push_back({{"trial", r.trial},
                       {"attempt", r.attempt},
                       {"iteration", r.iteration >= 0 ? Json(r.iteration) : Json(nullptr)},
                       {"objective", r.iteration >= 0 ? number(r.objective) : Json(nullptr)},
                       {"waits", r.waits.empty() ? Json(nullptr) : Json(r.waits)},
                       {"parameters", space::json::write(r.parameters)}});
  Json workers = Json::array();
  for (const auto& w : p.workers)
    workers.push_back({{"name", w.name},
                       {"state", std::string(base::name_of(w.state))},
                       {"slots", w.slots},
                       {"free_slots", w.free_slots},
                       {"resources", w.resources},
                       {"trials", w.trials},
                       {"lease", seconds(w.lease)}});
  return {{"name", p.name},
          {"lower_is_better", p.lower_is_better},
          {"total", p.total ? Json(*p.total) : Json(nullptr)},
          {"completed", p.completed},
          {"failed", p.failed},
          {"stopped", p.stopped},
          {"running", std::move(running)},
          {"workers", std::move(workers)},
          {"best", p.best ? of(*p.best) : Json(nullptr)},
          {"elapsed", p.elapsed.count()},
          {"remaining", seconds(p.remaining)},
          {"stopping", p.stopping},
          {"last_failure", p.last_failure ? of(*p.last_failure) : Json(nullptr)},
          {"time_left", seconds(p.time_left)}};
}

namespace {

BestResult best_from(const Json& in) {
  BestResult best{.trial_id = in.at("trial"),
                  .iteration = in.at("iteration"),
                  .objective = number(in.at("objective")),
                  .parameters = configuration_from(in.at("parameters"))};
  for (const auto& [name, value] : in.at("context").items()) best.context[name] = number(value);
  if (auto status = base::enumerator<TrialStatus>(in.at("status").get<std::string>()))
    best.status = *status;
  return best;
}

}  // namespace

Progress progress_from(const Json& in) {
  try {
    Progress p;
    p.name = in.at("name");
    p.lower_is_better = in.at("lower_is_better");
    if (!in.at("total").is_null()) p.total = in.at("total").get<std::uint64_t>();
    p.completed = in.at("completed");
    p.failed = in.at("failed");
    p.stopped = in.at("stopped");
    for (const auto& r : in.at("running")) {
      Progress::Running running{
          r.at("trial"), r.at("attempt"), configuration_from(r.at("parameters")), -1, 0, {}};
      if (!r.at("waits").is_null()) running.waits = r.at("waits");
      if (!r.at("iteration").is_null()) {
        running.iteration = r.at("iteration");
        running.objective = number(r.at("objective"));
      }
      p.running.push_back(std::move(running));
    }
    for (const auto& w : in.at("workers")) {
      auto& worker = p.workers.emplace_back();
      worker.name = w.at("name");
      auto state = base::enumerator<Progress::Worker::State>(w.at("state").get<std::string>());
      if (!state)
        space::json::refuse("malformed status of a study: no worker is " +
                            w.at("state").get<std::string>());
      worker.state = *state;
      worker.slots = w.at("slots");
      worker.free_slots = w.at("free_slots");
      worker.resources = w.at("resources").get<std::vector<std::string>>();
      worker.trials = w.at("trials").get<std::vector<TrialId>>();
      if (!w.at("lease").is_null())
        worker.lease = std::chrono::duration<double>(w.at("lease").get<double>());
    }
    if (const auto& best = in.at("best"); !best.is_null()) p.best = best_from(best);
    p.elapsed = std::chrono::duration<double>(in.at("elapsed").get<double>());
    if (!in.at("remaining").is_null())
      p.remaining = std::chrono::duration<double>(in.at("remaining").get<double>());
    p.stopping = in.at("stopping");
    if (const auto& failure = in.at("last_failure"); !failure.is_null())
      p.last_failure = {failure.at("trial"), failure.at("attempt"), failure.at("reason")};
    if (!in.at("time_left").is_null())
      p.time_left = std::chrono::duration<double>(in.at("time_left").get<double>());
    return p;
  } catch (const Json::exception& e) {
    space::json::refuse(std::string("malformed status of a study: ") + e.what());
  }
}

std::string failure_of(const Progress& p) {
  std::string out = "no trial completed: " + std::to_string(p.failed) + " failed";
  if (p.stopped > 0) out.append(", ").append(std::to_string(p.stopped)).append(" stopped");
  if (!p.last_failure) return out;
  return out.append("; the last failure: trial ")
      .append(std::to_string(p.last_failure->trial))
      .append(", attempt ")
      .append(std::to_string(p.last_failure->attempt))
      .append(": ")
      .append(p.last_failure->reason);
}

void write(const Results& results, std::ostream& out) {
  const char* before = "[\n";
  for (const auto& row : results) {
    Json line{{"trial", row.trial_id()},
              {"status", std::string(show(row.status()))},
              {"iteration", row.iteration()},
              {"parameters", space::json::write(row.parameters())},
              {"objective", number(row.objective())},
              {"context", of(row.context())}};
    out << before << line.dump();
    before = ",\n";
  }
  out << (results.empty() ? "[]\n" : "\n]\n");
}

}  // namespace sherpa::feed::report
