#pragma once

#include "core/base/clock.hpp"
#include "core/study/commands.hpp"
#include "core/study/inner_algorithm.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace sherpa::study {

/// A suggestion that waits in the engine to become a trial.
struct WaitingSuggestion {
  Prepared suggestion{};
  Seq horizon = 0;
  bool for_slot = false;  ///< asked for a slot that is free
};

/// Attempts of this run that ended as failed, over their time or lost without an observation, in a
/// row; and how usual that was before.
struct FailureStreak {
  std::uint64_t length = 0;
  std::uint64_t ended_before = 0, failed_before = 0;
};

/// A worker on whose starts attempts were lost without an observation, in a row.
struct Losses {
  std::uint32_t starts = 0;
  base::Duration held_until{};  ///< no attempt starts there before
};

/// What the engine knows of this run, beside the facts.
struct RunState {
  AlgorithmTraits algorithm{};
  Seq last_read = 0;  ///< the newest fact that the algorithm reads
  std::optional<Ask> asked{};
  bool asked_for_slot = false;
  bool waiting = false;
  bool nothing_ahead = false;  ///< the algorithm is done after what is prepared
  std::set<TrialId> released;  ///< ended, no longer resumed from, checkpoints not yet deleted
  std::uint32_t demand = 0;    ///< Takes without an answer
  std::deque<WaitingSuggestion> prepared;
  std::optional<fact::StudyEnded> closing{};  ///< how the study ends once nothing runs
  std::optional<Error> poison{};
  FailureStreak streak{};
  std::map<std::string, Losses> losses{};  ///< by the worker's name
  base::Duration now{};                    ///< of the last command, by the steady clock
  // The time budget.
  base::Duration began{};
  std::int64_t used_before = 0;  ///< by earlier runs, in microseconds
};

}  // namespace sherpa::study
