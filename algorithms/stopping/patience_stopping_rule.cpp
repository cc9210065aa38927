#include "algorithms/algorithms.hpp"
#include "algorithms/stopping/curve.hpp"

#include <cmath>
#include <unordered_map>

namespace sherpa::algorithms {

namespace {

namespace fact = study::fact;

/// The last improvement of a trial, from its observations in order of iteration. Objectives are
/// signed so that lower is better.
struct Progress {
  std::int64_t reach = -1, improved = -1;
  double best = std::nan("");

  void add(std::int64_t iteration, double objective, double min_delta) {
    if (reach < 0) improved = iteration;
    reach = iteration;
    if (!std::isfinite(objective) || !(std::isnan(best) || best - objective > min_delta)) return;
    best = objective;
    improved = iteration;
  }
};

class PatienceStoppingRuleImplementation final : public study::InnerRule {
 public:
  PatienceStoppingRuleImplementation(const PatienceStoppingRule& options, bool lower_is_better)
      : options_(options), sign_(lower_is_better ? 1 : -1) {}

  void learn(const study::Entry& entry, const study::View& view) override {
    if (auto* seen = std::get_if<fact::Observation>(&entry.fact)) {
      Progress& progress = running_[seen->trial];
      if (entry.withdrawn_from == study::nothing_withdrawn && seen->iteration > progress.reach) {
        progress.add(seen->iteration, sign_ * seen->objective, options_.min_delta);
        return;
      }
      progress = {};
      for (const auto& point : surviving_curve(seen->trial, view))
        progress.add(point.iteration, sign_ * point.objective, options_.min_delta);
    } else if (auto* ended = std::get_if<fact::TrialEnded>(&entry.fact)) {
      running_.erase(ended->trial);
    }
  }

  std::string verdict(TrialId trial, const study::View&) override {
    auto at = running_.find(trial);
    if (at == running_.end()) return "";
    const Progress& progress = at->second;
    if (progress.reach < options_.min_iterations ||
        progress.reach - progress.improved < options_.patience)
      return "";
    return "no improvement since iteration " + std::to_string(progress.improved);
  }

 private:
  PatienceStoppingRule options_;
  double sign_;
  std::unordered_map<TrialId, Progress> running_;  // trials that have not ended
};

}  // namespace

RulePtr make(const PatienceStoppingRule& options, bool lower_is_better) {
  return std::make_unique<PatienceStoppingRuleImplementation>(options, lower_is_better);
}

}  // namespace sherpa::algorithms
