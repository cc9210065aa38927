#include "algorithms/algorithms.hpp"
#include "algorithms/stopping/curve.hpp"
#include "algorithms/stopping/sorted_bag.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace sherpa::algorithms {

namespace {

using study::Entry;
using study::Ledger;
using study::View;
namespace fact = study::fact;

constexpr double none = std::numeric_limits<double>::quiet_NaN();  // no finite objective

/// The running best of one trial over its iterations. Objectives are signed so that lower is
/// better.
class Curve {
 public:
  void add(std::int64_t iteration, double objective) {
    double finite = std::isfinite(objective) ? objective : none;
    if (points_.empty() || iteration > points_.back().iteration) {
      points_.push_back(
          {iteration, finite, better(points_.empty() ? none : points_.back().best, finite)});
      return;
    }
    auto at = std::lower_bound(points_.begin(), points_.end(), iteration,
                               [](const Point& p, std::int64_t i) { return p.iteration < i; });
    at = points_.insert(at, {iteration, finite, none});
    for (; at != points_.end(); ++at)
      at->best = better(at == points_.begin() ? none : std::prev(at)->best, at->objective);
  }

  std::size_t size() const { return points_.size(); }
  /// The highest iteration; -1 without any.
  std::int64_t reach() const { return points_.empty() ? -1 : points_.back().iteration; }
  /// The best finite objective at iterations ≤ i, or none.
  double best_at(std::int64_t i) const {
    auto after = std::upper_bound(points_.begin(), points_.end(), i,
                                  [](std::int64_t at, const Point& p) { return at < p.iteration; });
    return after == points_.begin() ? none : std::prev(after)->best;
  }
  double best() const { return points_.empty() ? none : points_.back().best; }

 private:
  struct Point {
    std::int64_t iteration;
    double objective, best;
  };
  static double better(double a, double b) {
    return std::isnan(a) ? b : std::isnan(b) ? a : std::min(a, b);
  }

  std::vector<Point> points_;
};

/// For iterations that several trials report, the bests of all trials that reached them are kept in
/// order, so that a verdict costs a few binary searches. An iteration that only few trials report
/// while many pass it is not worth that; there a verdict walks the trials.
class PercentileStoppingRuleImplementation final : public study::InnerRule {
 public:
  PercentileStoppingRuleImplementation(PercentileStoppingRule options, bool lower_is_better)
      : options_(options), sign_(lower_is_better ? 1 : -1) {}

  void learn(const Entry& entry, const View& view) override {
    if (auto* seen = std::get_if<fact::Observation>(&entry.fact)) {
      observe(*seen, entry.withdrawn_from, view);
    } else if (auto* ended = std::get_if<fact::TrialEnded>(&entry.fact)) {
      if (auto at = running_.find(ended->trial); at != running_.end()) {
        keep(ended->trial, std::move(at->second));
        running_.erase(at);
      }
    }
  }

  std::string verdict(TrialId trial, const View& view) override {
    auto at = running_.find(trial);
    if (at == running_.end()) return "";
    const Curve& curve = at->second;
    std::int64_t s = curve.reach();
    if (s < options_.min_iterations) return "";
    double own = curve.best();
    if (std::isnan(own))
      return others_at(trial, s, view) < std::max<std::uint64_t>(1, options_.min_trials)
                 ? ""
                 : "no finite objective up to iteration " + std::to_string(s);
    auto bar = percentile_of_others(trial, s, own, view);
    if (!bar || own <= *bar) return "";
    const auto what =
        options_.percentile == 50 ? "median" : "percentile " + show(options_.percentile);
    return "its best objective " + show(sign_ * own) + " is worse than the " + what + " " +
           show(sign_ * *bar) + " of the other trials at iteration " + std::to_string(s);
  }

 private:
  /// How often an iteration was reported, and how often passed by without a report while it was
  /// kept.
  struct Use {
    std::uint32_t reports = 0;
    std::uint32_t passes = 0;
    bool worth_keeping() const { return reports >= 2 && passes <= 16 + 4 * std::uint64_t{reports}; }
  };

  void observe(const fact::Observation& seen, std::int64_t withdrawn_from, const View& view) {
    if (reach_.size() < seen.trial) reach_.resize(seen.trial, -1);
    Curve& curve = running_[seen.trial];
    double objective = sign_ * seen.objective;
    std::int64_t before = curve.reach();
    if (withdrawn_from == study::nothing_withdrawn && seen.iteration > before) {
      // In order: what the trial said about earlier iterations stands; those that it passed by now
      // count its best so far.
      double so_far = curve.best();
      for (auto level = levels_.upper_bound(before);
           level != levels_.end() && level->first < seen.iteration;) {
        insert(level->second, so_far);
        Use& use = uses_[level->first];
        ++use.passes;
        level = use.worth_keeping() ? std::next(level) : levels_.erase(level);
      }
      curve.add(seen.iteration, objective);
      if (auto level = levels_.find(seen.iteration); level != levels_.end())
        insert(level->second, curve.best());
    } else {
      Curve changed;
      if (withdrawn_from == study::nothing_withdrawn) {
        changed = curve;
        changed.add(seen.iteration, objective);
      } else {
        changed = curve_of(seen.trial, view);
      }
      auto last = std::max(before, changed.reach());
      for (auto level = levels_.lower_bound(std::min(seen.iteration, withdrawn_from));
           level != levels_.end() && level->first <= last; ++level) {
        remove(level->second, contribution(curve, level->first));
        insert(level->second, contribution(changed, level->first));
      }
      curve = std::move(changed);
    }
    reach_[seen.trial - 1] = curve.reach();
    Use& use = uses_[seen.iteration];
    ++use.reports;
    if (use.worth_keeping() && !levels_.contains(seen.iteration)) {
      SortedBag& level = levels_[seen.iteration];
      for_each_best_at(seen.iteration, view, [&](TrialId, double best) { insert(level, best); });
    }
  }

  /// How many other trials have a finite objective at iterations ≤ s, for a trial that has none.
  std::uint64_t others_at(TrialId trial, std::int64_t s, const View& view) const {
    if (auto level = levels_.find(s); level != levels_.end()) return level->second.size();
    std::uint64_t others = 0;
    for_each_best_at(s, view, [&](TrialId other, double best) {
      if (other != trial && !std::isnan(best)) ++others;
    });
    return others;
  }

  std::optional<double> percentile_of_others(TrialId trial, std::int64_t s, double own,
                                             const View& view) const {
    auto level = levels_.find(s);
    if (level == levels_.end()) {
      std::vector<double> others;
      for_each_best_at(s, view, [&](TrialId other, double best) {
        if (other != trial && !std::isnan(best)) others.push_back(best);
      });
      if (others.empty() || others.size() < options_.min_trials) return std::nullopt;
      std::sort(others.begin(), others.end());
      return percentile(others.size(), [&](std::size_t i) { return others[i]; });
    }
    const SortedBag& bests = level->second;  // the trial's own among them
    std::size_t others = bests.size() - 1;
    if (others == 0 || others < options_.min_trials) return std::nullopt;
    return percentile(others, [&](std::size_t i) {
      double at = bests.at(i);
      return own <= at ? bests.at(i + 1) : at;  // leaves out its own: later ones move up
    });
  }

  /// Of n values in order; between two of them interpolated.
  template <class At>
  double percentile(std::size_t n, At at) const {
    double place = options_.percentile * static_cast<double>(n - 1) /
                   100;  // exact for whole percents that divide it
    auto below = std::min(n - 1, static_cast<std::size_t>(place));
    double part = place - static_cast<double>(below);
    if (part == 0) return at(below);
    if (part == 0.5) return std::midpoint(at(below), at(below + 1));
    return std::lerp(at(below), at(below + 1), part);
  }

  /// The best of every trial that reached iteration s, up to s.
  template <class F>
  void for_each_best_at(std::int64_t s, const View& view, F f) const {
    for (TrialId trial = 1; trial <= reach_.size(); ++trial) {
      if (reach_[trial - 1] < s) continue;
      if (auto running = running_.find(trial); running != running_.end()) {
        f(trial, running->second.best_at(s));
      } else if (auto recent = recent_.find(trial); recent != recent_.end()) {
        f(trial, recent->second.best_at(s));
      } else {
        f(trial, best_in_ledger(trial, s, view));
      }
    }
  }

  /// The last trials that ended stay at hand: while there are only few of them, every new iteration
  /// asks for their bests.
  void keep(TrialId trial, Curve curve) {
    recent_points_ += curve.size();
    recent_.emplace(trial, std::move(curve));
    recent_order_.push_back(trial);
    while (recent_order_.size() > most_recent || recent_points_ > most_recent_points) {
      auto oldest = recent_.find(recent_order_.front());
      recent_points_ -= oldest->second.size();
      recent_.erase(oldest);
      recent_order_.pop_front();
    }
  }

  double best_in_ledger(TrialId trial, std::int64_t s, const View& view) const {
    double best = none;
    view.ledger->for_each_row_backwards(trial, view.rows, [&](Ledger::Row row) {
      double y = sign_ * view.ledger->objective(row);
      if (view.ledger->iteration(row) <= s && std::isfinite(y) && !(y >= best) &&
          view.ledger->status(row) == TrialStatus::intermediate && view.survives(row))
        best = y;
    });
    return best;
  }

  Curve curve_of(TrialId trial, const View& view) const {
    Curve curve;
    for (const auto& point : surviving_curve(trial, view))
      curve.add(point.iteration, sign_ * point.objective);
    return curve;
  }

  static double contribution(const Curve& curve, std::int64_t s) {
    return curve.reach() >= s ? curve.best_at(s) : none;
  }
  static void insert(SortedBag& bag, double best) {
    if (!std::isnan(best)) bag.insert(best);
  }
  static void remove(SortedBag& bag, double best) {
    if (!std::isnan(best)) bag.remove(best);
  }

  PercentileStoppingRule options_;
  double sign_;
  static constexpr std::size_t most_recent = 32, most_recent_points = 200'000;

  std::unordered_map<TrialId, Curve> running_;  // trials that have not ended
  std::unordered_map<TrialId, Curve> recent_;   // the last that have
  std::deque<TrialId> recent_order_;
  std::size_t recent_points_ = 0;
  std::vector<std::int64_t> reach_;           // of every trial, its highest iteration
  std::map<std::int64_t, SortedBag> levels_;  // by iteration
  std::unordered_map<std::int64_t, Use> uses_;
};

}  // namespace

RulePtr make(const MedianStoppingRule& options, bool lower_is_better) {
  return make(PercentileStoppingRule{50, options.min_iterations, options.min_trials},
              lower_is_better);
}

RulePtr make(const PercentileStoppingRule& options, bool lower_is_better) {
  return std::make_unique<PercentileStoppingRuleImplementation>(options, lower_is_better);
}

}  // namespace sherpa::algorithms
