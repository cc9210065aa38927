#pragma once

#include <sherpa/trial.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sherpa::algorithms {

/// One bracket of asynchronous successive halving: its rungs, and the trials on them that may yet
/// be promoted.
///
/// Of n trials that ended on a rung, ⌊n/eta⌋ are promoted to the next. Li et al., "A system for
/// massively parallel hyperparameter tuning", MLSys 2020, algorithm 2, promotes every trial that is
/// now among the best ⌊n/eta⌋, even if trials that were among them earlier have been promoted since
/// and a rung so promotes more than ⌊n/eta⌋. Here earlier promotions count. Then, as long as fewer
/// than ⌊n/eta⌋ are promoted, the best trial that waits is among the best ⌊n/eta⌋.
class Bracket {
 public:
  Bracket(std::size_t rungs, std::uint64_t eta) : rungs_(rungs), eta_(eta) {}

  struct Promotion {
    TrialId trial;
    std::size_t to;  ///< rung
  };

  /// The next trial to promote, from the highest rung that has one. `underway` are the trials of
  /// promotions that were suggested and not yet issued.
  std::optional<Promotion> next(std::span<const TrialId> underway = {}) const {
    for (std::size_t i = rungs_.size() - 1; i-- > 0;) {
      const Rung& rung = rungs_[i];
      auto decided = [&](const auto& one) {
        return std::find(underway.begin(), underway.end(), one.second) != underway.end();
      };
      auto taken = rung.promoted;
      if (!underway.empty())
        taken += static_cast<std::uint64_t>(
            std::count_if(rung.waiting.begin(), rung.waiting.end(), decided));
      if (taken >= rung.ended / eta_) continue;
      auto best = std::find_if_not(rung.waiting.begin(), rung.waiting.end(), decided);
      if (best != rung.waiting.end()) return Promotion{best->second, i + 1};
    }
    return std::nullopt;
  }

  /// A trial ended on a rung; it can be promoted when it has a score (lower is better).
  void end(std::size_t rung, TrialId trial, std::optional<double> score) {
    Rung& at = rungs_[rung];
    ++at.ended;
    if (score && rung + 1 < rungs_.size()) {
      at.waiting.emplace(*score, trial);
      waiting_.insert(trial);
    }
  }
  /// A trial was promoted from a rung to the next.
  void promote(std::size_t rung, TrialId trial, double score) {
    ++rungs_[rung].promoted;
    rungs_[rung].waiting.erase({score, trial});
    waiting_.erase(trial);
  }

  std::size_t rungs() const { return rungs_.size(); }
  /// Whether the trial may yet be promoted.
  bool waits(TrialId trial) const { return waiting_.contains(trial); }

 private:
  struct Rung {
    std::uint64_t ended = 0;
    std::uint64_t promoted = 0;
    std::set<std::pair<double, TrialId>> waiting{};  // the best first; the earlier of equals
  };
  std::vector<Rung> rungs_;
  std::unordered_set<TrialId> waiting_;  // on any rung
  std::uint64_t eta_;
};

}  // namespace sherpa::algorithms
