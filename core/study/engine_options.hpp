#pragma once

#include "core/study/placement.hpp"

#include <sherpa/trial.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace sherpa::study {

/// A secret for one attempt and the hash that the store keeps of it.
struct Token {
  std::string secret{};
  std::string hash{};
};

/// How an engine runs its study, whatever the facts say.
struct EngineOptions {
  /// Suggestions prepared ahead of free slots, for algorithms that read nothing.
  std::uint32_t prefetch = 0;
  bool prune = false;  ///< tell which checkpoints nothing can load any more
  Placement placement = OnWorkers{};
  /// Makes the token of an attempt outside the process, in the study with this UUID. Empty:
  /// attempts have none.
  std::function<Token(const std::string&, TrialId, AttemptId)> token{};
};

}  // namespace sherpa::study
