#pragma once

#include "core/study/decision.hpp"
#include "core/study/engine_options.hpp"
#include "core/study/engine_state.hpp"
#include "core/study/run_state.hpp"
#include "core/study/time_budget.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sherpa::study {

/// The one place where a study decides. Turns commands into facts, which it applies at once, and
/// effects, which its driver lets out after the commit. No I/O, no thread, no clock; one command at
/// a time. See docs/facts.md.
class Engine {
 public:
  using Options = EngineOptions;

  explicit Engine(Options options) : options_(std::move(options)) {}

  // A restart: facts of an earlier run, in order.
  bool follows(const Fact& fact) const { return state_.follows(fact); }
  void apply(Entry& entry) { state_.apply(entry); }

  /// The algorithm is built, from its specification, which is a fact.
  void begin(const AlgorithmTraits& algorithm) { run_.algorithm = algorithm; }

  /// Decides about a command.
  template <class Command>
  Outcome handle(const Command& command, base::Now now) {
    Decision decision(options_, state_, run_, now);
    if (run_.poison) {
      decision.refuse(*run_.poison);
    } else {
      decision.decide(command);
    }
    return decision.finish();
  }

  /// A commit failed: from now on every command is refused with this error.
  void poison(Error error) {
    if (!run_.poison) run_.poison = std::move(error);
  }
  const std::optional<Error>& poisoned() const { return run_.poison; }

  bool prunes() const { return options_.prune; }
  bool closing() const { return run_.closing.has_value(); }

  // Applied state.
  Seq last_seq() const { return state_.seq; }
  bool created() const { return state_.created; }
  const fact::StudyCreated& study() const { return state_.study; }
  const std::shared_ptr<Ledger>& ledger() const { return state_.ledger; }
  bool paused() const { return state_.paused; }
  const std::optional<fact::StudyEnded>& ended() const { return state_.ended; }
  /// Suggestions that became trials.
  std::uint64_t issued_by_algorithm() const { return state_.issued_by_algorithm; }
  /// Those of them that another algorithm made, which the study had before it was changed.
  std::uint64_t issued_before_algorithm() const { return state_.issued_before_algorithm; }
  /// Trials there will be in all, where that is known: `planned` is what the algorithm alone will
  /// issue.
  std::optional<std::uint64_t> total(std::optional<std::uint64_t> planned) const {
    return state_.total(planned);
  }
  std::uint64_t ended_with(TrialStatus status) const {
    return state_.ended_with[static_cast<std::size_t>(status)];
  }
  std::size_t running() const { return state_.running; }
  const std::optional<LastFailure>& last_failure() const { return state_.last_failure; }
  /// The time in which somebody ran the study, up to the last fact.
  std::chrono::microseconds time_used() const {
    return std::chrono::microseconds(state_.time_used);
  }
  /// What is left of its time budget in this run; absent without one.
  std::optional<base::Duration> time_left(base::Duration now) const {
    return study::time_left(state_, run_, now);
  }
  /// Trials that have begun and not ended, with their current attempt (0 while between attempts),
  /// in order.
  std::vector<std::pair<TrialId, AttemptId>> open_trials() const { return state_.open_trials(); }
  /// Workers that have joined and not left, by name.
  std::vector<JoinedWorker> workers() const { return state_.joined_workers(); }
  bool stop_pending(TrialId trial) const { return state_.stop_pending(trial); }
  /// The newest checkpoint that the trial published.
  std::optional<std::string> checkpoint(TrialId trial) const { return state_.checkpoint(trial); }
  /// What the trial's next attempt loads: its own newest checkpoint, else that of its parent.
  std::optional<std::string> loads(TrialId trial) const { return state_.loads(trial); }
  /// Everything that facts determine, as text: equal for equal facts.
  std::string describe() const { return state_.describe(); }

 private:
  Options options_;
  EngineState state_;
  RunState run_;
};

}  // namespace sherpa::study
