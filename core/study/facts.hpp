#pragma once

#include "core/base/enumerators.hpp"

#include <sherpa/configuration.hpp>
#include <sherpa/fields.hpp>
#include <sherpa/trial.hpp>
#include <sherpa/value.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What can happen to a study. docs/facts.md is the contract; a fact lists its fields once, for the
/// store, the wire and print.
///
/// The store leaves out fields at their default. So a default, once released, never changes; a new
/// field's default means what its absence meant.
namespace sherpa::study {

using Seq = std::uint64_t;  ///< facts are numbered 1, 2, 3, …

constexpr std::uint32_t format_version = 1;

/// How an attempt ended.
enum class End : std::uint8_t { completed, stopped, failed, timeout, lost, preempted, interrupted };
}  // namespace sherpa::study

template <>
struct sherpa::base::Enumerators<sherpa::study::End> {
  static constexpr std::array<std::string_view, 7> names{
      "completed", "stopped", "failed", "timeout", "lost", "preempted", "interrupted"};
};

template <>
struct sherpa::base::Enumerators<sherpa::TrialStatus> {
  static constexpr std::array<std::string_view, 4> names{"INTERMEDIATE", "COMPLETED", "FAILED",
                                                         "STOPPED"};
};

namespace sherpa::study {

/// More about an end: whatever is known.
struct Detail {
  std::optional<std::int32_t> exit_code{};
  std::optional<std::int32_t> signal{};
  std::string message{};

  static constexpr auto fields() {
    return Fields{field("exit_code", &Detail::exit_code), field("signal", &Detail::signal),
                  field("message", &Detail::message)};
  }
  friend bool operator==(const Detail&, const Detail&) = default;
};

/// What one trial needs of a worker.
struct Needs {
  std::uint32_t slots = 1;
  Metrics resources{};  ///< kind → amount: {"gpu": 2} two whole ones, {"gpu": 0.5} half of one

  static constexpr auto fields() {
    return Fields{field("slots", &Needs::slots), field("resources", &Needs::resources)};
  }
  friend bool operator==(const Needs&, const Needs&) = default;
};

/// How often a trial is tried again, by the end of its attempt; absent = without limit.
struct RetryLimits {
  std::optional<std::uint32_t> failed = 0;
  std::optional<std::uint32_t> timeout = 0;
  std::optional<std::uint32_t> lost = 3;
  std::optional<std::uint32_t> preempted{};
  std::optional<std::uint32_t> interrupted{};

  static constexpr auto fields() {
    return Fields{field("failed", &RetryLimits::failed), field("timeout", &RetryLimits::timeout),
                  field("lost", &RetryLimits::lost), field("preempted", &RetryLimits::preempted),
                  field("interrupted", &RetryLimits::interrupted)};
  }
  friend bool operator==(const RetryLimits&, const RetryLimits&) = default;
};

/// What the engine must know besides the search space; a later run may change all of it.
struct Limits {
  std::optional<std::uint64_t> budget{};  ///< trials the algorithm may issue
  std::uint64_t group_size = 1;           ///< consecutive trials of the algorithm whose mean counts
  std::uint32_t max_concurrent = 0;  ///< running attempts at once; 0: as many as the workers offer
  RetryLimits retry{};
  std::uint32_t give_up_after = 0;
  std::int64_t lease_ms = 60'000;
  std::int64_t timeout_ms = 0;  ///< per attempt; 0: none
  Needs needs{};
  std::int64_t time_budget_ms = 0;   ///< of the study; 0: none
  bool time_budget_per_run = false;  ///< earlier runs do not use it up

  static constexpr auto fields() {
    return Fields{field("budget", &Limits::budget),
                  field("group_size", &Limits::group_size),
                  field("max_concurrent", &Limits::max_concurrent),
                  field("retry", &Limits::retry),
                  field("give_up_after", &Limits::give_up_after),
                  field("lease_ms", &Limits::lease_ms),
                  field("timeout_ms", &Limits::timeout_ms),
                  field("needs", &Limits::needs),
                  field("time_budget_ms", &Limits::time_budget_ms),
                  field("time_budget_per_run", &Limits::time_budget_per_run)};
  }
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// Who chose a trial's configuration: the algorithm's k-th suggestion, or with k = 0 a user.
struct Origin {
  std::uint64_t k = 0;
  Seq horizon = 0;                    ///< the suggestion rests on the facts up to here
  std::vector<std::uint32_t> path{};  ///< which member of each Chain made it, outermost first

  bool by_algorithm() const { return k > 0; }
  static constexpr auto fields() {
    return Fields{field("k", &Origin::k), field("horizon", &Origin::horizon),
                  field("path", &Origin::path)};
  }
  friend bool operator==(const Origin&, const Origin&) = default;
};

/// A process that runs attempts.
struct Worker {
  std::string name{};
  std::string incarnation{};  ///< differs after every start of the process
  std::uint32_t slots = 1;
  std::vector<std::string> resources{};  ///< units such as gpu:0
  bool outlives = false;                 ///< its attempts outlive the coordinator and hold leases

  static constexpr auto fields() {
    return Fields{field("name", &Worker::name), field("incarnation", &Worker::incarnation),
                  field("slots", &Worker::slots), field("resources", &Worker::resources),
                  field("outlives", &Worker::outlives)};
  }
  friend bool operator==(const Worker&, const Worker&) = default;
};

enum class StopBy : std::uint8_t { rule, person };
}  // namespace sherpa::study

template <>
struct sherpa::base::Enumerators<sherpa::study::StopBy> {
  static constexpr std::array<std::string_view, 2> names{"rule", "person"};
};

namespace sherpa::study {

/// `begun`: another run continues a study that has no end; the time before it is nobody's.
enum class Steering : std::uint8_t { paused, resumed, limited, enqueued, reopened, begun };
}  // namespace sherpa::study

template <>
struct sherpa::base::Enumerators<sherpa::study::Steering> {
  static constexpr std::array<std::string_view, 6> names{"paused",   "resumed",  "limited",
                                                         "enqueued", "reopened", "begun"};
};

namespace sherpa::study {

enum class EndOfStudy : std::uint8_t { exhausted, budget, cancelled, error, time };
}  // namespace sherpa::study

template <>
struct sherpa::base::Enumerators<sherpa::study::EndOfStudy> {
  static constexpr std::array<std::string_view, 5> names{"exhausted", "budget", "cancelled",
                                                         "error", "time"};
};

namespace sherpa::study {

namespace fact {

struct StudyCreated {
  std::string uuid{};
  std::uint32_t format = 0;
  std::string name{};
  std::string parameters{};  ///< JSON: a list of dicts as Parameter::from_dict takes them
  bool lower_is_better = true;
  std::string algorithm{};      ///< JSON: name and options
  std::string stopping_rule{};  ///< JSON, or empty
  std::uint64_t seed = 0;
  Limits limits{};
  std::string command{};  ///< JSON: of trials that run as programs; empty: unknown, or absent

  static constexpr auto fields() {
    return Fields{field("uuid", &StudyCreated::uuid),
                  field("format", &StudyCreated::format),
                  field("name", &StudyCreated::name),
                  field("parameters", &StudyCreated::parameters),
                  field("lower_is_better", &StudyCreated::lower_is_better),
                  field("algorithm", &StudyCreated::algorithm),
                  field("stopping_rule", &StudyCreated::stopping_rule),
                  field("seed", &StudyCreated::seed),
                  field("limits", &StudyCreated::limits),
                  field("command", &StudyCreated::command)};
  }
  friend bool operator==(const StudyCreated&, const StudyCreated&) = default;
};

/// The whole of what may change, as it is from now on.
struct StudyChanged {
  std::string algorithm{};
  std::string stopping_rule{};
  Limits limits{};
  /// Not only its limits: it starts from scratch, without earlier trials as its own.
  bool new_algorithm = false;
  std::string command{};  ///< as StudyCreated's

  static constexpr auto fields() {
    return Fields{field("algorithm", &StudyChanged::algorithm),
                  field("stopping_rule", &StudyChanged::stopping_rule),
                  field("limits", &StudyChanged::limits),
                  field("new_algorithm", &StudyChanged::new_algorithm),
                  field("command", &StudyChanged::command)};
  }
  friend bool operator==(const StudyChanged&, const StudyChanged&) = default;
};

struct TrialIssued {
  TrialId trial = 0;
  Configuration configuration{};  ///< with the algorithm's extra fields
  Origin origin{};

  static constexpr auto fields() {
    return Fields{field("trial", &TrialIssued::trial),
                  field("configuration", &TrialIssued::configuration),
                  field("origin", &TrialIssued::origin)};
  }
  friend bool operator==(const TrialIssued&, const TrialIssued&) = default;
};

struct AttemptStarted {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::string token_hash{};  ///< empty inside the process
  std::string worker{};      ///< empty: the caller of the study loop
  std::string incarnation{};
  std::uint32_t slots = 1;
  Metrics resources{};  ///< unit → share of it

  static constexpr auto fields() {
    return Fields{field("trial", &AttemptStarted::trial),
                  field("attempt", &AttemptStarted::attempt),
                  field("token_hash", &AttemptStarted::token_hash),
                  field("worker", &AttemptStarted::worker),
                  field("incarnation", &AttemptStarted::incarnation),
                  field("slots", &AttemptStarted::slots),
                  field("resources", &AttemptStarted::resources)};
  }
  friend bool operator==(const AttemptStarted&, const AttemptStarted&) = default;
};

/// sherpa::Observation as stored: each one is a row of its own, which names its attempt and batch.
struct Observation {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::int64_t iteration = 0;
  double objective = 0;
  Metrics context{};
  std::uint64_t batch = 0;  ///< of its attempt; 0: not numbered

  static constexpr auto fields() {
    return Fields{
        field("trial", &Observation::trial),         field("attempt", &Observation::attempt),
        field("iteration", &Observation::iteration), field("objective", &Observation::objective),
        field("context", &Observation::context),     field("batch", &Observation::batch)};
  }
};

struct StopRequested {
  TrialId trial = 0;
  AttemptId attempt = 0;
  StopBy by = StopBy::rule;
  std::string why{};

  static constexpr auto fields() {
    return Fields{field("trial", &StopRequested::trial), field("attempt", &StopRequested::attempt),
                  field("by", &StopRequested::by), field("why", &StopRequested::why)};
  }
  friend bool operator==(const StopRequested&, const StopRequested&) = default;
};

struct AttemptEnded {
  TrialId trial = 0;
  AttemptId attempt = 0;
  End end = End::completed;
  Detail detail{};

  static constexpr auto fields() {
    return Fields{field("trial", &AttemptEnded::trial), field("attempt", &AttemptEnded::attempt),
                  field("end", &AttemptEnded::end), field("detail", &AttemptEnded::detail)};
  }
  friend bool operator==(const AttemptEnded&, const AttemptEnded&) = default;
};

/// The summary row: the best surviving observation, with the last iteration.
struct TrialEnded {
  TrialId trial = 0;
  TrialStatus status = TrialStatus::completed;
  std::int64_t iteration = 0;
  double objective = 0;  ///< NaN without an observation
  Metrics context{};

  static constexpr auto fields() {
    return Fields{field("trial", &TrialEnded::trial), field("status", &TrialEnded::status),
                  field("iteration", &TrialEnded::iteration),
                  field("objective", &TrialEnded::objective),
                  field("context", &TrialEnded::context)};
  }
};

struct CheckpointPublished {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::string directory{};

  static constexpr auto fields() {
    return Fields{field("trial", &CheckpointPublished::trial),
                  field("attempt", &CheckpointPublished::attempt),
                  field("directory", &CheckpointPublished::directory)};
  }
  friend bool operator==(const CheckpointPublished&, const CheckpointPublished&) = default;
};

struct AlgorithmDone {
  std::uint64_t k = 0;
  Seq horizon = 0;

  static constexpr auto fields() {
    return Fields{field("k", &AlgorithmDone::k), field("horizon", &AlgorithmDone::horizon)};
  }
  friend bool operator==(const AlgorithmDone&, const AlgorithmDone&) = default;
};

struct WorkerJoined {
  Worker worker{};

  static constexpr auto fields() { return Fields{field("worker", &WorkerJoined::worker)}; }
  friend bool operator==(const WorkerJoined&, const WorkerJoined&) = default;
};

struct WorkerLeft {
  std::string name{};
  std::string incarnation{};
  std::string why{};
  /// This incarnation may not rejoin: taken out of use, or replaced by a newer one.
  bool barred = false;

  static constexpr auto fields() {
    return Fields{field("name", &WorkerLeft::name), field("incarnation", &WorkerLeft::incarnation),
                  field("why", &WorkerLeft::why), field("barred", &WorkerLeft::barred)};
  }
  friend bool operator==(const WorkerLeft&, const WorkerLeft&) = default;
};

struct Steered {
  Steering action = Steering::paused;
  std::uint32_t max_concurrent = 0;  ///< with limited
  Configuration configuration{};     ///< with enqueued
  std::string by{};
  TrialId retries = 0;  ///< with enqueued: the failed trial whose configuration runs again

  static constexpr auto fields() {
    return Fields{field("action", &Steered::action),
                  field("max_concurrent", &Steered::max_concurrent),
                  field("configuration", &Steered::configuration), field("by", &Steered::by),
                  field("retries", &Steered::retries)};
  }
  friend bool operator==(const Steered&, const Steered&) = default;
};

struct StudyEnded {
  EndOfStudy why = EndOfStudy::exhausted;
  std::string message{};

  static constexpr auto fields() {
    return Fields{field("why", &StudyEnded::why), field("message", &StudyEnded::message)};
  }
  friend bool operator==(const StudyEnded&, const StudyEnded&) = default;
};

}  // namespace fact

/// The order is that of the kinds in the store: append only.
using Fact =
    std::variant<fact::StudyCreated, fact::StudyChanged, fact::TrialIssued, fact::AttemptStarted,
                 fact::Observation, fact::StopRequested, fact::AttemptEnded, fact::TrialEnded,
                 fact::CheckpointPublished, fact::AlgorithmDone, fact::WorkerJoined,
                 fact::WorkerLeft, fact::Steered, fact::StudyEnded>;

constexpr std::array<std::string_view, std::variant_size_v<Fact>> fact_names{
    "study_created",  "study_changed", "trial_issued", "attempt_started",      "observation",
    "stop_requested", "attempt_ended", "trial_ended",  "checkpoint_published", "algorithm_done",
    "worker_joined",  "worker_left",   "steered",      "study_ended"};

constexpr std::int64_t nothing_withdrawn = std::numeric_limits<std::int64_t>::max();

/// A fact with its number, as the engine applied it.
struct Entry {
  Seq seq = 0;
  std::int64_t at = 0;  ///< microseconds since 1970, for people
  Fact fact{};
  /// Derived, not stored: this observation withdraws what earlier attempts of its trial reported at
  /// iterations ≥ this.
  std::int64_t withdrawn_from = nothing_withdrawn;
};

}  // namespace sherpa::study
