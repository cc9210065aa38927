#include "algorithms/algorithms.hpp"

#include <sherpa/contract.hpp>
#include <sherpa/random.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

namespace sherpa::algorithms {
namespace {

using study::Entry;
using study::Ledger;
using study::View;
namespace fact = study::fact;

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan = std::nan("");

/// A rule beside the plain words of its definition, both told the same.
class Twins {
 public:
  Twins(MedianStoppingRule options, bool lower_is_better)
      : options_(options), lower_(lower_is_better), rule_(make(options, lower_is_better)) {
    ledger_->begin(lower_is_better, 1);
  }

  TrialId issue() {
    TrialId id = ledger_->trials() + 1;
    fact::TrialIssued issued{id, {}, {}};
    ledger_->issue(issued);
    tell(issued);
    return id;
  }
  void start_attempt(TrialId trial) {
    ledger_->start_attempt(trial);
    ++attempt_[trial];
  }
  void observe(TrialId trial, std::int64_t iteration, double objective) {
    fact::Observation seen{trial, attempt_[trial], iteration, objective, {}, 0};
    auto withdrawn_from = ledger_->observe(seen);
    // The oracle's own book: what an earlier attempt said at or after this iteration is gone.
    auto& curve = curves_[trial];
    std::erase_if(curve, [&](const auto& p) { return p.first >= iteration && p.second.attempt < attempt_[trial]; });
    curve[iteration] = {objective, attempt_[trial]};
    tell(seen, withdrawn_from);
  }
  void end(TrialId trial) {
    auto ended = ledger_->summarise(trial, TrialStatus::completed);
    ledger_->end(ended);
    tell(ended);
  }

  bool rule_says(TrialId trial) { return !rule_->verdict(trial, view_).empty(); }

  /// SHERPA.md's words, one by one.
  bool words_say(TrialId trial) const {
    auto own_curve = curves_.find(trial);
    if (own_curve == curves_.end()) return false;
    std::int64_t s = own_curve->second.rbegin()->first;
    if (s < options_.min_iterations) return false;
    auto own = best_up_to(own_curve->second, s);
    if (!own) return true;
    std::vector<double> others;
    for (const auto& [other, curve] : curves_) {
      if (other == trial || curve.rbegin()->first < std::max(s, options_.min_iterations)) continue;
      if (auto best = best_up_to(curve, s)) others.push_back(*best);
    }
    if (others.size() < options_.min_trials) return false;
    std::sort(others.begin(), others.end());
    auto n = others.size();
    double median = n % 2 ? others[n / 2] : std::midpoint(others[n / 2 - 1], others[n / 2]);
    return lower_ ? *own > median : *own < median;
  }

  bool has(TrialId trial, std::int64_t iteration) const {
    auto at = curves_.find(trial);
    if (at == curves_.end()) return false;
    auto point = at->second.find(iteration);
    return point != at->second.end() && point->second.attempt == attempt_.at(trial);
  }

 private:
  struct Point {
    double objective;
    AttemptId attempt;
  };
  using Curve = std::map<std::int64_t, Point>;

  std::optional<double> best_up_to(const Curve& curve, std::int64_t s) const {
    std::optional<double> best;
    for (const auto& [i, point] : curve)
      if (i <= s && std::isfinite(point.objective) && (!best || (lower_ ? point.objective < *best : point.objective > *best)))
        best = point.objective;
    return best;
  }
  void tell(study::Fact fact, std::int64_t withdrawn_from = study::nothing_withdrawn) {
    Entry entry{++seq_, 0, std::move(fact), withdrawn_from};
    view_.pass(entry);
    rule_->learn(entry, view_);
  }

  MedianStoppingRule options_;
  bool lower_;
  std::unique_ptr<study::InnerRule> rule_;
  std::shared_ptr<Ledger> ledger_ = std::make_shared<Ledger>();
  View view_{ledger_};
  study::Seq seq_ = 0;
  std::map<TrialId, Curve> curves_;
  std::map<TrialId, AttemptId> attempt_;
};

struct Stream {
  const char* name;
  std::int64_t iterations;  // drawn below this
  double in_order;          // chance that a trial reports its iterations in order, without gaps
  double nan, again;        // chances of NaN, of a new attempt
  std::int64_t step;
};

class MedianStream : public testing::TestWithParam<Stream> {};

TEST_P(MedianStream, EqualsItsDefinitionInWords) {
  const Stream& stream = GetParam();
  int stops = 0, asked = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Random random(seed);
    MedianStoppingRule options{.min_iterations = static_cast<std::int64_t>(random.below(4)) * stream.step,
                               .min_trials = 1 + random.below(4)};
    Twins twins(options, random.chance(0.5));
    struct Running {
      TrialId id;
      std::int64_t next;
      bool in_order;
    };
    std::vector<Running> running;
    for (int step = 0; step < 400; ++step) {
      if (running.empty() || (running.size() < 6 && random.chance(0.15))) {
        TrialId id = twins.issue();
        twins.start_attempt(id);
        running.push_back({id, static_cast<std::int64_t>(random.below(2)), random.chance(stream.in_order)});
      }
      auto& trial = running[random.below(running.size())];
      if (random.chance(stream.again)) {  // from a checkpoint, or from nothing
        twins.start_attempt(trial.id);
        trial.next = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(trial.next) + 1));
      }
      auto iteration =
          trial.in_order ? trial.next : static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(stream.iterations)));
      if (twins.has(trial.id, iteration)) continue;
      double y = random.chance(stream.nan) ? (random.chance(0.6)   ? nan
                                              : random.chance(0.5) ? inf
                                                                   : -inf)
                                           : static_cast<double>(random.below(12));  // ties are common
      twins.observe(trial.id, iteration, y);
      trial.next = iteration + stream.step;
      for (const auto& one : running) {
        ASSERT_EQ(twins.rule_says(one.id), twins.words_say(one.id))
            << stream.name << " seed " << seed << " step " << step << " trial " << one.id;
        stops += twins.words_say(one.id) ? 1 : 0;
        ++asked;
      }
      if (trial.next >= stream.iterations || random.chance(0.05)) {
        twins.end(trial.id);
        std::erase_if(running, [&](const Running& r) { return r.id == trial.id; });
      }
    }
  }
  // The streams must exercise both answers.
  EXPECT_GT(stops, asked / 20);
  EXPECT_LT(stops, asked - asked / 20);
}

INSTANTIATE_TEST_SUITE_P(Streams, MedianStream,
                         testing::Values(Stream{"regular", 12, 1, 0, 0, 1}, Stream{"nan", 12, 1, 0.3, 0, 1},
                                         Stream{"steps", 400, 1, 0.1, 0, 37}, Stream{"gaps", 60, 0, 0.1, 0, 1},
                                         Stream{"scattered", 100000, 0, 0.1, 0, 1}, Stream{"rewinds", 15, 1, 0.1, 0.1, 1},
                                         Stream{"everything", 40, 0.5, 0.2, 0.1, 1}),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(MedianStoppingRule, ComparesOnlyUpToTheSameIteration) {
  Twins twins({.min_iterations = 0, .min_trials = 1}, true);
  auto good = twins.issue();
  twins.observe(good, 1, 10);
  twins.observe(good, 2, 0.1);  // later than the other's iteration: must not count against it
  auto other = twins.issue();
  twins.observe(other, 1, 5);
  EXPECT_FALSE(twins.rule_says(other));
  twins.observe(other, 2, 5);
  EXPECT_TRUE(twins.rule_says(other));
}

TEST(MedianStoppingRule, NeverStopsBeforeMinIterationsAndStopsATrialOfOnlyNaNAfterwards) {
  Twins twins({.min_iterations = 3, .min_trials = 1}, true);
  auto trial = twins.issue();
  for (std::int64_t i = 1; i <= 2; ++i) {
    twins.observe(trial, i, nan);
    EXPECT_FALSE(twins.rule_says(trial));
  }
  twins.observe(trial, 3, nan);
  EXPECT_TRUE(twins.rule_says(trial));
}

TEST(MedianStoppingRule, AveragesTheMiddleTwoAndStopsOnlyWhenStrictlyWorse) {
  Twins twins({.min_iterations = 0, .min_trials = 2}, true);
  for (double y : {1.0, 3.0}) twins.observe(twins.issue(), 1, y);
  auto trial = twins.issue();
  twins.observe(trial, 1, 2.0);
  EXPECT_FALSE(twins.rule_says(trial));
  auto worse = twins.issue();
  twins.observe(worse, 1, 2.0000001);
  EXPECT_TRUE(twins.rule_says(worse));
}

TEST(MedianStoppingRule, KeepsTheContract) {
  EXPECT_EQ(contract_violations(StoppingRuleSpecification(MedianStoppingRule{.min_iterations = 2, .min_trials = 3})),
            std::vector<std::string>{});
}

}  // namespace
}  // namespace sherpa::algorithms
