#include "core/feed/trial_table.hpp"

#include "core/base/assert.hpp"
#include "core/base/overloaded.hpp"
#include "core/feed/report.hpp"
#include "core/space/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <type_traits>
#include <variant>

namespace sherpa::feed {

using space::json::Json;

void TrialTable::learn(const study::Entry& entry) {
  last_ = entry.seq;
  // Each fact concerns the study, a trial or a worker.
  std::visit(
      base::Overloaded{
          [&](const study::fact::WorkerJoined& f) {
            workers_[f.worker.name] = {f.worker, entry.at, 0, {}};
          },
          [&](const study::fact::WorkerLeft& f) {
            auto worker = workers_.find(f.name);
            if (worker == workers_.end() || worker->second.worker.incarnation != f.incarnation)
              return;
            worker->second.left = entry.at;
            worker->second.why = f.why;
          },
          [&](const auto& f) {
            if constexpr (requires { f.trial; }) {
              learn_of_trial(f, entry.at);
            } else {
              learn_of_study(f, entry.at);
            }
          },
      },
      entry.fact);
}

template <class F>
void TrialTable::learn_of_study(const F& fact, std::int64_t at) {
  base::Overloaded{
      [&](const study::fact::StudyCreated& f) {
        created_ = f;
        created_at_ = at;
      },
      [&](const study::fact::StudyChanged& f) {
        if (!created_) return;
        created_->algorithm = f.algorithm;
        created_->stopping_rule = f.stopping_rule;
        if (created_->limits.max_concurrent != f.limits.max_concurrent) limit_.reset();
        created_->limits = f.limits;
        created_->command = f.command;
      },
      [&](const study::fact::Steered& f) {
        if (f.action == study::Steering::paused) paused_ = true;
        if (f.action == study::Steering::resumed) paused_ = false;
        if (f.action == study::Steering::limited) limit_ = f.max_concurrent;
        if (f.action == study::Steering::reopened) ended_.reset();
      },
      [&](const study::fact::StudyEnded& f) { ended_ = f; },
      [](const study::fact::AlgorithmDone&) {},
  }(fact);
}

template <class F>
void TrialTable::learn_of_trial(const F& fact, std::int64_t at) {
  if constexpr (std::is_same_v<F, study::fact::TrialIssued>)
    trials_.resize(std::max<std::size_t>(trials_.size(), fact.trial));
  if (fact.trial < 1 || fact.trial > trials_.size()) return;
  Row& row = trials_[fact.trial - 1];
  base::Overloaded{
      [&](const study::fact::TrialIssued& f) {
        row.configuration = f.configuration;
        row.k = f.origin.k;
        row.issued = at;
      },
      [&](const study::fact::AttemptStarted& f) {
        if (row.started == 0) row.started = at;
        row.attempt = f.attempt;
        row.running = true;
        row.worker = f.worker;
      },
      [&](const study::fact::StopRequested&) { row.stopping = true; },
      [&](const study::fact::AttemptEnded&) { row.running = false; },
      [&](const study::fact::TrialEnded& f) {
        row.running = row.stopping = false;
        row.ended = at;
        row.status = f.status;
        row.iteration = f.iteration;
        row.objective = f.objective;
        row.context = f.context;
      },
      [](const study::fact::Observation&) {},
      [](const study::fact::CheckpointPublished&) {},
  }(fact);
}

namespace {

/// The JSON in a fact's text, or the text itself where it is not JSON.
Json parsed(const std::string& text) {
  if (text.empty()) return nullptr;
  auto out = Json::parse(text, nullptr, false);
  return out.is_discarded() ? Json(text) : out;
}

Json milliseconds(std::int64_t at) {
  return at == 0 ? Json(nullptr) : Json(static_cast<double>(at) / 1000);
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A column of ten thousand entries is written as text at once: a tree of values in between takes
// ten times as long.

void put_number(std::string& out, double x) {
  if (!std::isfinite(x)) {
    out += text_of(report::number(x));
    return;
  }
  std::array<char, 32> digits{};
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), x).ptr;
  out.append(digits.data(), end);
}

void put_number(std::string& out, std::uint64_t x) { out += std::to_string(x); }
void put_number(std::string& out, std::int64_t x) { out += std::to_string(x); }

/// In milliseconds.
void put_time(std::string& out, std::int64_t at) {
  if (at == 0) {
    out += "null";
  } else {
    put_number(out, at / 1000);
  }
}

/// As `json::write`, but reals that JSON lacks are texts.
void put_value(std::string& out, const Value* value) {
  if (!value) {
    out += "null";
  } else if (value->kind() == Value::Kind::real) {
    put_number(out, value->real());
  } else if (value->kind() == Value::Kind::integer) {
    put_number(out, value->integer());
  } else {
    out += text_of(space::json::write(*value));
  }
}

}  // namespace

std::string TrialTable::to_json() const {
  SHERPA_ASSERT(created_.has_value(), last_);
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
             {"limits", space::json::write(study.limits)},
             {"max_concurrent", limit_.value_or(study.limits.max_concurrent)},
             {"paused", paused_},
             {"ended", ended_ ? Json{{"why", std::string(base::name_of(ended_->why))},
                                     {"message", ended_->message}}
                              : Json(nullptr)}};
  return "\"number\":" + std::to_string(last_) + ",\"study\":" + text_of(about) +
         ",\"workers\":" + workers_as_json() + ",\"trials\":" + trials_as_json();
}

std::string TrialTable::workers_as_json() const {
  Json workers = Json::array();
  for (const auto& [name, there] : workers_)
    workers.push_back({{"name", name},
                       {"slots", there.worker.slots},
                       {"resources", there.worker.resources},
                       {"joined", milliseconds(there.joined)},
                       {"left", milliseconds(there.left)},
                       {"why", there.why}});
  return text_of(workers);
}

/// Columns, in order of the trials' numbers.
std::string TrialTable::trials_as_json() const {
  std::set<std::string> names, metrics;
  for (const auto& row : trials_) {
    for (auto [name, value] : row.configuration) names.insert(name);
    for (const auto& [name, value] : row.context) metrics.insert(name);
  }
  std::string trials = "{";
  auto column = [&](const std::string& name, auto put) {
    if (trials.back() != '{') trials += ',';
    trials += text_of(Json(name)) + ":[";
    for (const auto& row : trials_) {
      put(trials, row);
      trials += ',';
    }
    if (trials.back() == ',') trials.pop_back();
    trials += ']';
  };
  auto ended = [](const Row& row) { return row.status != TrialStatus::intermediate; };
  column("issued", [](auto& out, const Row& row) { put_time(out, row.issued); });
  column("started", [](auto& out, const Row& row) { put_time(out, row.started); });
  column("ended", [](auto& out, const Row& row) { put_time(out, row.ended); });
  column("k", [](auto& out, const Row& row) { put_number(out, row.k); });
  column("attempt", [](auto& out, const Row& row) { put_number(out, std::uint64_t{row.attempt}); });
  column("running", [](auto& out, const Row& row) { out += row.running ? '1' : '0'; });
  column("stopping", [](auto& out, const Row& row) { out += row.stopping ? '1' : '0'; });
  column("status", [](auto& out, const Row& row) {
    put_number(out, static_cast<std::uint64_t>(row.status));
  });
  column("iteration", [&](auto& out, const Row& row) {
    ended(row) ? put_number(out, row.iteration) : void(out += "null");
  });
  column("objective", [&](auto& out, const Row& row) {
    ended(row) ? put_number(out, row.objective) : void(out += "null");
  });
  column("worker", [](auto& out, const Row& row) { out += text_of(Json(row.worker)); });
  trials += ",\"values\":{";
  for (const auto& name : names)
    column(name, [&](auto& out, const Row& row) { put_value(out, row.configuration.find(name)); });
  trials += "},\"context\":{";
  for (const auto& name : metrics)
    column(name, [&](auto& out, const Row& row) {
      auto value = row.context.find(name);
      value == row.context.end() ? void(out += "null") : put_number(out, value->second);
    });
  trials += "}}";
  return trials;
}

}  // namespace sherpa::feed
