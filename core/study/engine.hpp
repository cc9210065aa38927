#pragma once

#include "core/study/commands.hpp"
#include "core/study/facts.hpp"
#include "core/study/inner_algorithm.hpp"
#include "core/study/ledger.hpp"
#include "core/study/placement.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sherpa::study {

/// A secret for one attempt and the hash that the store keeps of it.
struct Token {
  std::string secret{};
  std::string hash{};
};

/// A worker that has joined and not left.
struct JoinedWorker {
  Worker worker{};
  std::uint32_t free_slots = 0;
  bool present = false;        ///< in this run; a worker of an earlier run has to come back first
  bool draining = false;       ///< takes no more trials
  base::Duration last_life{};  ///< when something was heard of it, by the steady clock of this run
  std::vector<TrialId> trials{};  ///< that run there
};

/// The one place where a study decides. Turns commands into facts, which it applies at once, and
/// effects, which its driver lets out after the commit. No I/O, no thread, no clock; one command at
/// a time. See docs/facts.md.
class Engine {
 public:
  struct Options {
    /// Suggestions prepared ahead of free slots, for algorithms that read nothing.
    std::uint32_t prefetch = 0;
    bool prune = false;  ///< tell which checkpoints nothing can load any more
    /// The study loop: one trial per Take, no workers, nothing retried by the engine.
    bool direct = false;
    /// Makes the token of an attempt outside the process, in the study with this UUID. Empty:
    /// attempts have none.
    std::function<Token(const std::string&, TrialId, AttemptId)> token{};
  };

  explicit Engine(Options options);

  /// Whether this fact can follow the ones applied. What `handle` emits always can; a damaged or
  /// foreign store's may not.
  bool follows(const Fact& fact) const;
  /// What facts mean; all that a restart runs. Never fails for a fact that follows; sets what is
  /// derived in `entry`.
  void apply(Entry& entry);

  Outcome handle(const command::Create& create, base::Now now);
  Outcome handle(const command::Change& change, base::Now now);
  Outcome handle(const command::Recover& recover, base::Now now);
  Outcome handle(const command::Take& take, base::Now now);
  Outcome handle(const command::Suggested& suggested, base::Now now);
  Outcome handle(const command::AskAgain& again, base::Now now);
  Outcome handle(const command::Observe& observe, base::Now now);
  Outcome handle(const command::RequestStop& stop, base::Now now);
  Outcome handle(const command::EndAttempt& end, base::Now now);
  Outcome handle(const command::Publish& publish, base::Now now);
  Outcome handle(const command::Join& join, base::Now now);
  Outcome handle(const command::Alive& alive, base::Now now);
  Outcome handle(const command::Drain& drain, base::Now now);
  Outcome handle(const command::Leave& leave, base::Now now);
  Outcome handle(const command::Pause& pause, base::Now now);
  Outcome handle(const command::Resume& resume, base::Now now);
  Outcome handle(const command::LimitConcurrency& limit, base::Now now);
  Outcome handle(const command::Enqueue& enqueue, base::Now now);
  Outcome handle(const command::Tick& tick, base::Now now);
  Outcome handle(const command::Interrupt& interrupt, base::Now now);

  /// A commit failed: from now on every command is refused with this error.
  void poison(Error error);
  const std::optional<Error>& poisoned() const { return poison_; }

  /// The algorithm is built, from its specification, which is a fact.
  void begin(const AlgorithmTraits& algorithm) { algorithm_ = algorithm; }
  bool prunes() const { return options_.prune; }

  // Applied state.
  Seq last_seq() const { return seq_; }
  bool created() const { return study_.has_value(); }
  const fact::StudyCreated& study() const { return *study_; }
  const std::shared_ptr<Ledger>& ledger() const { return ledger_; }
  bool paused() const { return paused_; }
  const std::optional<fact::StudyEnded>& ended() const { return ended_; }
  bool closing() const { return closing_.has_value(); }
  /// Suggestions that became trials.
  std::uint64_t issued_by_algorithm() const { return issued_by_algorithm_; }
  /// Those of them that another algorithm made, which the study had before it was changed.
  std::uint64_t issued_before_algorithm() const { return issued_before_algorithm_; }
  /// Trials there will be in all, where that is known: `planned` is what the algorithm alone will
  /// issue.
  std::optional<std::uint64_t> total(std::optional<std::uint64_t> planned) const;
  std::uint64_t ended_with(TrialStatus status) const {
    return ended_with_[static_cast<std::size_t>(status)];
  }
  std::size_t running() const { return running_; }
  /// Trials that have begun and not ended, with their current attempt (0 while between attempts),
  /// in order.
  std::vector<std::pair<TrialId, AttemptId>> open_trials() const;
  /// Workers that have joined and not left, by name.
  std::vector<JoinedWorker> workers() const;
  bool stop_pending(TrialId trial) const;
  /// The newest checkpoint that the trial published.
  std::optional<std::string> checkpoint(TrialId trial) const;
  /// What the trial's next attempt loads: its own newest checkpoint, else that of the trial it goes
  /// on from.
  std::optional<std::string> loads(TrialId trial) const;

  /// Everything that facts determine, as text: equal for equal facts.
  std::string describe() const;

 private:
  struct OpenTrial {
    AttemptId attempt = 0;  // the latest
    bool running = false;
    bool stop_pending = false;
    std::string token_hash{};
    std::string worker, incarnation;
    std::uint32_t slots = 1;
    Metrics resources{};
    std::uint64_t last_batch = 0;
    std::array<std::uint32_t, base::Enumerators<End>::names.size()> ends{};
    End last_end = End::completed;
    std::int64_t highest = -1;  // iteration of this attempt
    // once iterations come out of order
    std::unique_ptr<std::unordered_set<std::int64_t>> reported;
    // Of this run, not facts:
    base::Duration started{};
    bool timed_out = false;
  };
  struct WorkerState {
    Worker worker{};
    FreeCapacity room;
    bool present = false;   // in this run; a worker of an earlier run has to come back first
    bool draining = false;  // in this run
    std::uint64_t session = 0;
    base::Duration last_life{};
    std::uint32_t failures = 0;  // in a row, with the same signature
    std::string signature{};
    bool elsewhere_differs = false;
  };
  struct PreparedSuggestion {
    Prepared suggestion{};
    Seq horizon = 0;
    bool for_slot = false;
  };
  struct Placed {
    std::string worker, incarnation;
    std::uint32_t slots = 1;
    Metrics resources{};
  };
  class Step;  // one command being handled

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

  OpenTrial* find_open(TrialId trial);
  OpenTrial* current(TrialId trial, AttemptId attempt, const std::string& token_hash);
  bool reported(TrialId trial, const OpenTrial& open, std::int64_t iteration) const;
  std::uint32_t max_concurrent() const;
  bool exhausted(std::size_t prepared = 0) const;
  bool retriable(const OpenTrial& open) const;
  std::optional<Placed> place() const;

  Options options_;

  // What facts determine.
  Seq seq_ = 0;
  std::optional<fact::StudyCreated> study_{};  // with what changed since
  std::shared_ptr<Ledger> ledger_ = std::make_shared<Ledger>();
  std::map<TrialId, OpenTrial> open_;
  // open trials without a running attempt, in the order in which they became so
  std::deque<TrialId> idle_;
  std::deque<Configuration> enqueued_;
  std::map<std::string, WorkerState> workers_;
  std::set<std::pair<std::string, std::string>> barred_;
  std::map<TrialId, fact::CheckpointPublished> checkpoints_;
  std::optional<std::pair<double, TrialId>> best_ended_{};
  std::uint64_t issued_by_algorithm_ = 0;
  std::uint64_t issued_before_algorithm_ = 0;
  std::array<std::uint64_t, 4> ended_with_{};
  std::size_t running_ = 0;
  bool observed_ = false;             // anything, ever
  std::uint32_t early_failures_ = 0;  // attempts before that
  bool done_ = false;
  bool paused_ = false;
  std::optional<std::uint32_t> steered_limit_{};
  std::optional<fact::StudyEnded> ended_{};

  // Of this run.
  Seq last_read_ = 0;  // the newest fact that the algorithm reads
  std::optional<Ask> asked_{};
  bool asked_for_slot_ = false;
  bool waiting_ = false;
  bool nothing_ahead_ = false;  // the algorithm is done after what is prepared
  AlgorithmTraits algorithm_{};
  std::set<TrialId> released_;  // ended, gone on from no more, and their checkpoints still there
  std::uint32_t demand_ = 0;    // Takes not answered
  std::deque<PreparedSuggestion> prepared_;
  std::optional<fact::StudyEnded> closing_{};
  std::optional<Error> poison_{};
};

}  // namespace sherpa::study
