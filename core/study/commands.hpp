#pragma once

#include "core/base/clock.hpp"
#include "core/study/facts.hpp"
#include "core/study/proposal.hpp"

#include <sherpa/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// The engine's commands, and the effects that follow from them.
namespace sherpa::study {

/// Why an attempt is asked to stop; reported again with the attempt's end.
enum class StopWhy : std::uint8_t { rule, person, timeout, going, superseded };

}  // namespace sherpa::study

template <>
struct sherpa::base::Enumerators<sherpa::study::StopWhy> {
  static constexpr std::array<std::string_view, 5> names{"rule", "person", "timeout", "going",
                                                         "superseded"};
};

namespace sherpa::study {

namespace command {

/// The first command of a new study.
struct Create {
  fact::StudyCreated study{};
};

/// A later run's algorithm, rule and limits. Nothing happens when they are what they were.
struct Change {
  fact::StudyChanged study{};
};

/// After the facts of an earlier run were applied: decides about what that run left open.
struct Recover {
  std::string by{};           ///< who runs the study now, for people
  bool retry_failed = false;  ///< enqueue the configurations of failed trials
};

/// The caller of the study loop wants one trial, to run by itself.
struct Take {};

/// Trials in a row that brought an algorithm no nearer to its end, where results decide about that.
struct Standstill {
  std::uint64_t trials = 0;
  std::uint64_t failed = 0;  ///< of them
  std::string where{};       ///< for people: which trials, such as "with the resource 9"
};

/// The algorithm's answer.
struct Suggested {
  std::uint64_t k = 0;
  Seq horizon = 0;
  Proposal answer{};
  std::vector<TrialId> released{};  ///< ended trials that no later one resumes from
  std::optional<Standstill> standstill{};
};

/// The algorithm was made again from the facts: what it was asked, and what it had prepared, is
/// gone.
struct AskAgain {};

/// Observations of one attempt, taken together or not at all.
struct Observe {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::string token_hash{};
  /// 1, 2, … within the attempt; 0 where no transport can repeat or reorder.
  std::uint64_t batch = 0;
  std::vector<Observation> observations{};
};

struct RequestStop {
  TrialId trial = 0;
  AttemptId attempt = 0;  ///< 0: whichever is current
  StopBy by = StopBy::rule;
  std::string why{};
};

struct EndAttempt {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::string token_hash{};
  std::uint64_t after_batch = 0;  ///< its last batch; 0 where no transport can lose one
  End end = End::completed;
  Detail detail{};
  std::optional<StopWhy> stop_why{};  ///< it ended because it was asked to stop, for this reason
  /// The study loop: the caller says how the trial ended, and nothing is retried.
  std::optional<TrialStatus> status{};
};

struct Publish {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::string token_hash{};
  std::string directory{};
  std::uint64_t after_batch = 0;  ///< the last batch before it; 0 where no transport can lose one
};

/// A worker is there: for the first time, or again after its connection or the coordinator was
/// gone.
struct Join {
  Worker worker{};
  std::vector<std::pair<TrialId, AttemptId>> running{};  ///< what it is running
  /// 1, 2, … within the incarnation, one for each connection; late ones change nothing.
  std::uint64_t session = 0;
};

/// A sign of life.
struct Alive {
  std::string worker{};
  std::string incarnation{};
};

/// A worker takes no more trials, and leaves once those it has are through. Said again over every
/// connection.
struct Drain {
  std::string worker{};
  std::string incarnation{};
};

/// A worker has left for ever; the attempts that it was running end with `end`.
struct Leave {
  std::string worker{};
  std::string incarnation{};
  std::string why{};
  End end = End::lost;
};

struct Pause {
  std::string by{};
};
struct Resume {
  std::string by{};
};
struct LimitConcurrency {
  std::uint32_t max_concurrent = 0;
  std::string by{};
};
/// A user's own configuration, checked against the search space.
struct Enqueue {
  Configuration configuration{};
  std::string by{};
};

/// Time has passed: leases and time-outs.
struct Tick {};

/// Ends the run in order: nothing starts any more, running trials are asked to stop, then the study
/// ends.
struct Interrupt {
  EndOfStudy why = EndOfStudy::cancelled;
  std::string message{};
};

}  // namespace command

/// What leaves the process, once the facts it rests on are committed.
namespace effect {

struct Start {
  TrialId trial = 0;
  AttemptId attempt = 0;
  Configuration configuration{};
  std::string token{};  ///< the secret; empty inside the process
  std::string worker, incarnation;
  Metrics resources{};
  /// The newest checkpoint published by an earlier attempt, else by its parent.
  std::optional<std::string> load{};
};

struct Stop {
  TrialId trial = 0;
  AttemptId attempt = 0;
  StopWhy why = StopWhy::rule;
  std::string worker, incarnation;
};

/// The batch is stored, need not be sent again.
struct Acknowledge {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::uint64_t batch = 0;
};

/// The end of the attempt is stored.
struct Ended {
  TrialId trial = 0;
  AttemptId attempt = 0;
  std::string worker{}, incarnation{};
};

struct CheckpointCurrent {
  TrialId trial = 0;
  std::string directory{};
};

/// Nothing can load these any more: of the trial's checkpoints all but `keep` (empty: all), or only
/// those of earlier attempts.
struct CheckpointsUnneeded {
  TrialId trial = 0;
  std::string keep{};
  bool earlier_only = false;
};
struct Finished {
  EndOfStudy why = EndOfStudy::exhausted;
  std::string message{};
};

}  // namespace effect

using Effect =
    std::variant<effect::Start, effect::Stop, effect::Acknowledge, effect::Ended,
                 effect::CheckpointCurrent, effect::CheckpointsUnneeded, effect::Finished>;

/// A question to the algorithm, inside the process: at once.
struct Ask {
  std::uint64_t k = 0;
  Seq horizon = 0;
};

struct Answer {
  enum class Kind : std::uint8_t {
    accepted,
    duplicate,   ///< said before; changes nothing
    superseded,  ///< not the current attempt: stop; or a worker whose lease ran out: join again;
                 ///< changes nothing
    early,       ///< a batch is missing before this one; changes nothing
    wait,        ///< to Take: the algorithm waits
    done,        ///< to Take: nothing more
    refused,     ///< an error; changes nothing
  };
  Kind kind = Kind::accepted;
  Error error{};                     ///< with refused
  std::uint64_t expected_batch = 0;  ///< with early
};

/// What came of a command: one group of facts, applied already, and what follows from them.
struct Outcome {
  std::vector<Entry> facts{};
  std::vector<Effect> effects{};  ///< leave once everything up to `after` is committed
  Seq after = 0;
  std::optional<Ask> ask{};
  Answer answer;
};

}  // namespace sherpa::study
