#pragma once

#include "core/study/commands.hpp"
#include "core/study/inner_algorithm.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>

namespace sherpa::study {

/// A suggestion that waits in the engine to become a trial.
struct WaitingSuggestion {
  Prepared suggestion{};
  Seq horizon = 0;
  bool for_slot = false;  ///< asked for a slot that is free
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
};

}  // namespace sherpa::study
