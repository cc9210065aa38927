#pragma once

#include "core/base/clock.hpp"
#include "core/study/facts.hpp"
#include "core/study/ledger.hpp"
#include "core/study/placement.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sherpa::study {

bool is_failure(End end);

/// In what way an attempt ended, in one line: equal for failures that are the same.
std::string signature_of(const fact::AttemptEnded& ended);

/// A trial that has begun and not ended.
struct OpenTrial {
  AttemptId attempt = 0;  ///< the latest
  bool running = false;
  bool stop_pending = false;
  std::string token_hash{};
  std::string worker, incarnation;
  std::uint32_t slots = 1;
  Metrics resources{};
  std::uint64_t last_batch = 0;
  std::array<std::uint32_t, base::Enumerators<End>::names.size()> ends{};
  End last_end = End::completed;
  std::int64_t highest = -1;  ///< iteration of this attempt
  /// Iterations of this attempt, once they come out of order.
  std::unique_ptr<std::unordered_set<std::int64_t>> reported;
  // Of this run, not facts:
  base::Duration started{};
  bool timed_out = false;
};

/// A worker that has joined and not left.
struct WorkerState {
  Worker worker{};
  FreeCapacity room;
  // Of this run, not facts:
  bool present = false;  ///< false: a worker of an earlier run that has not reconnected
  bool draining = false;
  std::uint64_t session = 0;
  base::Duration last_life{};
  // Facts again:
  std::uint32_t failures = 0;  ///< in a row, with the same signature
  std::string signature{};
  bool elsewhere_differs = false;
};

/// A configuration that waits for its trial.
struct Enqueued {
  Configuration configuration{};
  TrialId retries = 0;  ///< the failed trial whose configuration it is; 0: a user's own
};

/// The last attempt that failed or was lost.
struct LastFailure {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::string reason{};
};

/// The same for those who ask.
struct JoinedWorker {
  Worker worker{};
  std::uint32_t free_slots = 0;
  bool present = false;
  bool draining = false;          ///< takes no more trials
  base::Duration last_life{};     ///< its last sign of life, by the steady clock of this run
  std::vector<TrialId> trials{};  ///< that run there
};

/// What the facts of a study determine. `apply` is all that a restart runs; decisions read it.
struct EngineState {
  /// Whether this fact can follow the ones applied. What the engine emits always can; a damaged or
  /// foreign store's may not.
  bool follows(const Fact& fact) const;
  /// Changes the state by one fact, which must follow; sets what is derived in `entry`.
  void apply(Entry& entry);

  OpenTrial* find_open(TrialId trial);
  const OpenTrial* find_open(TrialId trial) const;
  /// The trial whose running attempt this is, proved by its token.
  OpenTrial* current(TrialId trial, AttemptId attempt, const std::string& token_hash);
  bool reported(TrialId trial, const OpenTrial& open, std::int64_t iteration) const;
  std::uint32_t max_concurrent() const;
  /// Whether the algorithm issues nothing after `prepared` suggestions that wait.
  bool exhausted(std::size_t prepared = 0) const;
  bool retriable(const OpenTrial& open) const;
  std::optional<std::uint64_t> total(std::optional<std::uint64_t> planned) const;
  std::vector<std::pair<TrialId, AttemptId>> open_trials() const;
  std::vector<JoinedWorker> joined_workers() const;
  std::uint64_t ended_trials() const;
  bool stop_pending(TrialId trial) const;
  std::optional<std::string> checkpoint(TrialId trial) const;
  std::optional<std::string> loads(TrialId trial) const;
  /// All of it as text: equal for equal facts.
  std::string describe() const;

  Seq seq = 0;
  bool created = false;
  fact::StudyCreated study{};  ///< with what changed since
  std::shared_ptr<Ledger> ledger = std::make_shared<Ledger>();
  std::map<TrialId, OpenTrial> open;
  /// Open trials without a running attempt, in the order in which they became so.
  std::deque<TrialId> idle;
  std::deque<Enqueued> enqueued;
  std::map<std::string, WorkerState> workers;
  std::set<std::pair<std::string, std::string>> barred;
  std::map<TrialId, fact::CheckpointPublished> checkpoints;
  std::optional<std::pair<double, TrialId>> best_ended{};
  std::uint64_t issued_by_algorithm = 0;
  std::uint64_t issued_before_algorithm = 0;
  std::array<std::uint64_t, 4> ended_with{};
  std::size_t running = 0;
  std::set<TrialId> retried{};  ///< failed trials whose configurations were enqueued
  std::set<TrialId> retries{};  ///< trials with those configurations
  std::optional<LastFailure> last_failure{};
  /// The time in which somebody ran the study, in microseconds, up to the last fact.
  std::int64_t time_used = 0;
  bool done = false;
  bool paused = false;
  std::optional<std::uint32_t> steered_limit{};
  std::optional<fact::StudyEnded> ended{};

 private:
  void count_time(const Entry& entry);
  void apply(const fact::StudyCreated& fact);
  void apply(const fact::StudyChanged& fact);
  void apply(const fact::TrialIssued& fact);
  void apply(const fact::AttemptStarted& fact);
  void apply(const fact::StopRequested& fact);
  void apply(const fact::AttemptEnded& fact);
  void apply(const fact::TrialEnded& fact);
  void apply(const fact::CheckpointPublished& fact);
  void apply(const fact::AlgorithmDone& fact);
  void apply(const fact::WorkerJoined& fact);
  void apply(const fact::WorkerLeft& fact);
  void apply(const fact::Steered& fact);
  void apply(const fact::StudyEnded& fact);
  std::int64_t apply(const fact::Observation& fact);
  void watch_failures(const OpenTrial& trial, const fact::AttemptEnded& fact);

  std::int64_t last_at_ = 0;  // the time of the last fact
};

}  // namespace sherpa::study
