#include "algorithms/algorithms.hpp"
#include "algorithms/stopping/curve.hpp"
#include "algorithms/stopping/sorted_bag.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sherpa::algorithms {

namespace {

namespace fact = study::fact;

/// The bests with which trials came to a rung, in order; those without a finite one are only
/// counted.
class Rung {
 public:
  explicit Rung(std::int64_t level) : level_(level) {}

  std::int64_t level() const { return level_; }
  std::size_t size() const { return bests_.size() + without_; }
  void insert(double best) { std::isnan(best) ? void(++without_) : bests_.insert(best); }
  void remove(double best) { std::isnan(best) ? void(--without_) : bests_.remove(best); }
  std::size_t better_than(double best) const {
    std::size_t low = 0, high = bests_.size();
    while (low < high) {
      auto middle = (low + high) / 2;
      if (bests_.at(middle) < best) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

 private:
  std::int64_t level_;
  SortedBag bests_;
  std::size_t without_ = 0;
};

class SuccessiveHalvingStoppingRuleImplementation final : public study::InnerRule {
 public:
  SuccessiveHalvingStoppingRuleImplementation(const SuccessiveHalvingStoppingRule& options,
                                              bool lower_is_better)
      : options_(options), sign_(lower_is_better ? 1 : -1) {
    std::int64_t level = static_cast<std::int64_t>(options.r);
    bool more = true;
    for (std::uint64_t i = 0; more && i < options.s; ++i) more = up(level);
    for (; more; more = up(level)) rungs_.emplace_back(level);
  }

  void learn(const study::Entry& entry, const study::View& view) override {
    if (auto* seen = std::get_if<fact::Observation>(&entry.fact)) {
      observe(*seen, entry.withdrawn_from != study::nothing_withdrawn, view);
    } else if (auto* ended = std::get_if<fact::TrialEnded>(&entry.fact)) {
      running_.erase(ended->trial);
    }
  }

  std::string verdict(TrialId trial, const study::View&) override {
    auto at = running_.find(trial);
    return at == running_.end() ? "" : at->second.why;
  }

 private:
  /// A trial that has not ended: its best so far, with which it came to each rung, and why it
  /// should stop, if it should.
  struct Climber {
    std::int64_t reach = -1;
    double best = std::nan("");
    std::vector<double> at_rungs{};
    std::string why{};
  };

  bool up(std::int64_t& level) const {
    return !__builtin_mul_overflow(level, static_cast<std::int64_t>(options_.eta), &level);
  }

  void observe(const fact::Observation& seen, bool withdrawn, const study::View& view) {
    Climber& climber = running_[seen.trial];
    const std::size_t before = climber.at_rungs.size();
    if (!withdrawn && seen.iteration > climber.reach) {
      climb(climber, seen.iteration, sign_ * seen.objective);
      for (std::size_t k = before; k < climber.at_rungs.size(); ++k)
        rungs_[k].insert(climber.at_rungs[k]);
      if (climber.at_rungs.size() > before) judge(climber);
      return;
    }
    Climber again;
    // rungs that it had reached before this observation and what it withdrew aside
    std::size_t without = 0;
    for (const auto& point : surviving_curve(seen.trial, view)) {
      climb(again, point.iteration, sign_ * point.objective);
      if (point.iteration != seen.iteration) without = again.at_rungs.size();
    }
    for (std::size_t k = 0; k < before; ++k) rungs_[k].remove(climber.at_rungs[k]);
    for (std::size_t k = 0; k < again.at_rungs.size(); ++k) rungs_[k].insert(again.at_rungs[k]);
    if (!withdrawn) again.why = climber.why;
    climber = std::move(again);
    if (climber.at_rungs.size() > (withdrawn ? without : before)) judge(climber);
  }

  void climb(Climber& climber, std::int64_t iteration, double objective) const {
    climber.reach = iteration;
    if (std::isfinite(objective) && !(objective >= climber.best)) climber.best = objective;
    while (climber.at_rungs.size() < rungs_.size() &&
           rungs_[climber.at_rungs.size()].level() <= iteration)
      climber.at_rungs.push_back(climber.best);
  }

  void judge(Climber& climber) const {
    const Rung& rung = rungs_[climber.at_rungs.size() - 1];
    const auto place = "at the rung of iteration " + std::to_string(rung.level());
    if (std::isnan(climber.at_rungs.back())) {
      climber.why = "no finite objective " + place;
      return;
    }
    const auto better = rung.better_than(climber.at_rungs.back());
    const auto continuing = std::max<std::size_t>(1, rung.size() / options_.eta);
    climber.why = better < continuing
                      ? ""
                      : std::to_string(better) + " of " + std::to_string(rung.size()) +
                            " trials are better " + place + ", and " + std::to_string(continuing) +
                            " may continue";
  }

  SuccessiveHalvingStoppingRule options_;
  double sign_;
  std::vector<Rung> rungs_;
  std::unordered_map<TrialId, Climber> running_;  // trials that have not ended
};

}  // namespace

RulePtr make(const SuccessiveHalvingStoppingRule& options, bool lower_is_better) {
  return std::make_unique<SuccessiveHalvingStoppingRuleImplementation>(options, lower_is_better);
}

}  // namespace sherpa::algorithms
