#include "algorithms/algorithms.hpp"
#include "algorithms/stopping/curve.hpp"
#include "core/base/text.hpp"

#include <cmath>
#include <unordered_map>

namespace sherpa::algorithms {

namespace {

namespace fact = study::fact;

class ThresholdStoppingRuleImplementation final : public study::InnerRule {
 public:
  explicit ThresholdStoppingRuleImplementation(const ThresholdStoppingRule& options)
      : options_(options) {}

  void learn(const study::Entry& entry, const study::View& view) override {
    if (auto* seen = std::get_if<fact::Observation>(&entry.fact)) {
      auto [at, fresh] =
          latest_.try_emplace(seen->trial, CurvePoint{seen->iteration, seen->objective});
      if (entry.withdrawn_from != study::nothing_withdrawn) {
        at->second = surviving_curve(seen->trial, view).back();
      } else if (!fresh && seen->iteration >= at->second.iteration) {
        at->second = {seen->iteration, seen->objective};
      }
    } else if (auto* ended = std::get_if<fact::TrialEnded>(&entry.fact)) {
      latest_.erase(ended->trial);
    }
  }

  std::string verdict(TrialId trial, const study::View&) override {
    auto at = latest_.find(trial);
    if (at == latest_.end() || at->second.iteration < options_.min_iterations) return "";
    const double y = at->second.objective;
    auto why = [y, i = at->second.iteration](const std::string& what) {
      return "its objective " + show(y) + " at iteration " + std::to_string(i) + " is " + what;
    };
    if (!std::isfinite(y)) return why("not finite");
    if (options_.lower && y < *options_.lower) return why("below " + show(*options_.lower));
    if (options_.upper && y > *options_.upper) return why("above " + show(*options_.upper));
    return "";
  }

 private:
  ThresholdStoppingRule options_;
  std::unordered_map<TrialId, CurvePoint> latest_;  // of trials that have not ended
};

}  // namespace

RulePtr make(const ThresholdStoppingRule& options, bool) {
  return std::make_unique<ThresholdStoppingRuleImplementation>(options);
}

}  // namespace sherpa::algorithms
