#include "study/trial_table.hpp"

#include "study/json.hpp"
#include "study/overloaded.hpp"
#include "study/report.hpp"

#include <set>

namespace sherpa::study {

using json::Json;

void TrialTable::learn(const Entry& entry) {
  last_ = entry.seq;
  auto at = [&](TrialId trial, auto change) {
    if (auto* row = find(trial)) change(*row);
  };
  std::visit(Overloaded{
                 [&](const fact::StudyCreated& f) {
                   created_ = f;
                   created_at_ = entry.at;
                 },
                 [&](const fact::StudyChanged& f) {
                   if (!created_) return;
                   created_->algorithm = f.algorithm;
                   created_->stopping_rule = f.stopping_rule;
                   if (created_->limits.max_concurrent != f.limits.max_concurrent) limit_.reset();
                   created_->limits = f.limits;
                   created_->command = f.command;
                 },
                 [&](const fact::TrialIssued& f) {
                   trials_.resize(std::max<std::size_t>(trials_.size(), f.trial));
                   at(f.trial, [&](Row& row) {
                     row.configuration = f.configuration;
                     row.k = f.origin.k;
                     row.issued = entry.at;
                   });
                 },
                 [&](const fact::AttemptStarted& f) {
                   at(f.trial, [&](Row& row) {
                     if (row.started == 0) row.started = entry.at;
                     row.attempt = f.attempt;
                     row.running = true;
                     row.worker = f.worker;
                   });
                 },
                 [](const fact::Observation&) {},
                 [&](const fact::StopRequested& f) { at(f.trial, [](Row& row) { row.stopping = true; }); },
                 [&](const fact::AttemptEnded& f) { at(f.trial, [](Row& row) { row.running = false; }); },
                 [&](const fact::TrialEnded& f) {
                   at(f.trial, [&](Row& row) {
                     row.running = row.stopping = false;
                     row.ended = entry.at;
                     row.status = f.status;
                     row.iteration = f.iteration;
                     row.objective = f.objective;
                     row.context = f.context;
                   });
                 },
                 [](const fact::CheckpointPublished&) {},
                 [](const fact::AlgorithmDone&) {},
                 [&](const fact::WorkerJoined& f) {
                   workers_[f.worker.name] = {f.worker, entry.at, 0, {}};
                 },
                 [&](const fact::WorkerLeft& f) {
                   auto worker = workers_.find(f.name);
                   if (worker == workers_.end() || worker->second.worker.incarnation != f.incarnation) return;
                   worker->second.left = entry.at;
                   worker->second.why = f.why;
                 },
                 [&](const fact::Steered& f) {
                   if (f.action == Steering::paused) paused_ = true;
                   if (f.action == Steering::resumed) paused_ = false;
                   if (f.action == Steering::limited) limit_ = f.max_concurrent;
                   if (f.action == Steering::reopened) ended_.reset();
                 },
                 [&](const fact::StudyEnded& f) { ended_ = f; },
             },
             entry.fact);
}

namespace {

/// What a text in a fact says, or the text itself where it is none of ours.
Json parsed(const std::string& text) {
  if (text.empty()) return nullptr;
  auto out = Json::parse(text, nullptr, false);
  return out.is_discarded() ? Json(text) : out;
}

Json milliseconds(std::int64_t at) { return at == 0 ? Json(nullptr) : Json(static_cast<double>(at) / 1000); }

/// As `json::write`, but reals that JSON lacks are texts.
Json shown(const Value& value) { return value.kind() == Value::Kind::real ? report::number(value.real()) : json::write(value); }

}  // namespace

std::string TrialTable::to_json() const {
  Json workers = Json::array();
  for (const auto& [name, there] : workers_)
    workers.push_back({{"name", name},
                       {"slots", there.worker.slots},
                       {"resources", there.worker.resources},
                       {"joined", milliseconds(there.joined)},
                       {"left", milliseconds(there.left)},
                       {"why", there.why}});
  std::set<std::string> names, metrics;
  for (const auto& row : trials_) {
    for (auto [name, value] : row.configuration) names.insert(name);
    for (const auto& [name, value] : row.context) metrics.insert(name);
  }
  auto column = [&](auto of) {
    Json out = Json::array();
    for (const auto& row : trials_) out.push_back(of(row));
    return out;
  };
  Json values = Json::object(), context = Json::object();
  for (const auto& name : names)
    values[name] = column([&](const Row& row) {
      const auto* value = row.configuration.find(name);
      return value ? shown(*value) : Json(nullptr);
    });
  for (const auto& name : metrics)
    context[name] = column([&](const Row& row) {
      auto value = row.context.find(name);
      return value == row.context.end() ? Json(nullptr) : report::number(value->second);
    });
  auto ended = [](const Row& row) { return row.status != TrialStatus::intermediate; };
  Json trials{{"issued", column([](const Row& row) { return milliseconds(row.issued); })},
              {"started", column([](const Row& row) { return milliseconds(row.started); })},
              {"ended", column([](const Row& row) { return milliseconds(row.ended); })},
              {"k", column([](const Row& row) { return Json(row.k); })},
              {"attempt", column([](const Row& row) { return Json(row.attempt); })},
              {"running", column([](const Row& row) { return Json(row.running ? 1 : 0); })},
              {"stopping", column([](const Row& row) { return Json(row.stopping ? 1 : 0); })},
              {"status", column([](const Row& row) { return Json(static_cast<int>(row.status)); })},
              {"iteration", column([&](const Row& row) { return ended(row) ? Json(row.iteration) : Json(nullptr); })},
              {"objective", column([&](const Row& row) { return ended(row) ? report::number(row.objective) : Json(nullptr); })},
              {"worker", column([](const Row& row) { return Json(row.worker); })},
              {"values", std::move(values)},
              {"context", std::move(context)}};
  const auto& study = *created_;
  Json about{{"uuid", study.uuid},
             {"name", study.name},
             {"created", milliseconds(created_at_)},
             {"lower_is_better", study.lower_is_better},
             {"parameters", parsed(study.parameters)},
             {"algorithm", parsed(study.algorithm)},
             {"stopping_rule", parsed(study.stopping_rule)},
             {"command", parsed(study.command)},
             {"seed", std::to_string(study.seed)},
             {"limits", json::write(study.limits)},
             {"max_concurrent", limit_.value_or(study.limits.max_concurrent)},
             {"paused", paused_},
             {"ended", ended_ ? Json{{"why", std::string(name_of(ended_->why))}, {"message", ended_->message}} : Json(nullptr)}};
  auto text = [](const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); };
  return "\"number\":" + std::to_string(last_) + ",\"study\":" + text(about) + ",\"workers\":" + text(workers) +
         ",\"trials\":" + text(trials);
}

}  // namespace sherpa::study
