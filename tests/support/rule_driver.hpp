#pragma once

#include "core/study/inner_rule.hpp"
#include "core/study/ledger.hpp"
#include "core/study/view.hpp"

#include <sherpa/random.hpp>

#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace sherpa::testing_support {

/// A stopping rule fed with facts, beside a plain record of the trials' curves for an oracle to
/// look things up in.
class RuleDriver {
 public:
  struct Point {
    double objective;
    AttemptId attempt;
  };
  using Curve = std::map<std::int64_t, Point>;

  RuleDriver(std::unique_ptr<study::InnerRule> rule, bool lower_is_better)
      : rule_(std::move(rule)) {
    ledger_->begin(lower_is_better, 1);
  }

  TrialId issue() {
    TrialId id = ledger_->trials() + 1;
    study::fact::TrialIssued issued{id, {}, {}};
    ledger_->issue(issued);
    tell(issued);
    return id;
  }
  void start_attempt(TrialId trial) {
    ledger_->start_attempt(trial);
    ++attempt_[trial];
  }
  void observe(TrialId trial, std::int64_t iteration, double objective) {
    study::fact::Observation seen{trial, attempt_[trial], iteration, objective, {}, 0};
    auto withdrawn_from = ledger_->observe(seen);
    // What an earlier attempt said at or after this iteration is gone.
    auto& curve = curves_[trial];
    std::erase_if(curve, [&](const auto& p) {
      return p.first >= iteration && p.second.attempt < attempt_[trial];
    });
    curve[iteration] = {objective, attempt_[trial]};
    tell(seen, withdrawn_from);
  }
  void end(TrialId trial) {
    auto ended = ledger_->summarise(trial, TrialStatus::completed);
    ledger_->end(ended);
    tell(ended);
  }

  bool says_stop(TrialId trial) { return !rule_->verdict(trial, view_).empty(); }
  const std::map<TrialId, Curve>& curves() const { return curves_; }
  bool has(TrialId trial, std::int64_t iteration) const {
    auto at = curves_.find(trial);
    if (at == curves_.end()) return false;
    auto point = at->second.find(iteration);
    return point != at->second.end() && point->second.attempt == attempt_.at(trial);
  }

 private:
  void tell(study::Fact fact, std::int64_t withdrawn_from = study::nothing_withdrawn) {
    study::Entry entry{++seq_, 0, std::move(fact), withdrawn_from};
    view_.pass(entry);
    rule_->learn(entry, view_);
  }

  std::unique_ptr<study::InnerRule> rule_;
  std::shared_ptr<study::Ledger> ledger_ = std::make_shared<study::Ledger>();
  study::View view_{ledger_};
  study::Seq seq_ = 0;
  std::map<TrialId, Curve> curves_;
  std::map<TrialId, AttemptId> attempt_;
};

/// A course of events: how trials report, whether they jump, begin again, say NaN.
struct Stream {
  const char* name;
  std::int64_t iterations;  // drawn below this
  double in_order;          // chance that a trial reports its iterations in order, without gaps
  double wild, again;       // chances of NaN or an infinity, of a new attempt
  std::int64_t step;
};

constexpr Stream streams[]{{"regular", 12, 1, 0, 0, 1},         {"nan", 12, 1, 0.3, 0, 1},
                           {"steps", 400, 1, 0.1, 0, 37},       {"gaps", 60, 0, 0.1, 0, 1},
                           {"scattered", 100000, 0, 0.1, 0, 1}, {"rewinds", 15, 1, 0.1, 0.1, 1},
                           {"everything", 40, 0.5, 0.2, 0.1, 1}};

/// Plays a stream with up to six trials side by side. `observed(trial, iteration)` is called after
/// each observation, with what the trial's curve was before it, and the trials that run.
template <class Observed>
void play(const Stream& stream, std::uint64_t seed, RuleDriver& driver, Observed observed) {
  Random random(seed, 3);
  struct Running {
    TrialId id;
    std::int64_t next;
    bool in_order;
  };
  std::vector<Running> running;
  for (int step = 0; step < 400; ++step) {
    if (running.empty() || (running.size() < 6 && random.chance(0.15))) {
      TrialId id = driver.issue();
      driver.start_attempt(id);
      running.push_back(
          {id, static_cast<std::int64_t>(random.below(2)), random.chance(stream.in_order)});
    }
    auto& trial = running[random.below(running.size())];
    if (random.chance(stream.again)) {  // from a checkpoint, or from nothing
      driver.start_attempt(trial.id);
      trial.next =
          static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(trial.next) + 1));
    }
    auto iteration = trial.in_order ? trial.next
                                    : static_cast<std::int64_t>(random.below(
                                          static_cast<std::uint64_t>(stream.iterations)));
    if (driver.has(trial.id, iteration)) continue;
    double y = static_cast<double>(random.below(12));  // ties are common
    if (random.chance(stream.wild))
      y = random.chance(0.6) ? std::nan("") : random.chance(0.5) ? INFINITY : -INFINITY;
    auto before =
        driver.curves().contains(trial.id) ? driver.curves().at(trial.id) : RuleDriver::Curve{};
    driver.observe(trial.id, iteration, y);
    trial.next = iteration + stream.step;
    std::vector<TrialId> ids;
    for (const auto& one : running) ids.push_back(one.id);
    observed(trial.id, iteration, before, ids);
    if (trial.next >= stream.iterations || random.chance(0.05)) {
      driver.end(trial.id);
      std::erase_if(running, [&](const Running& r) { return r.id == trial.id; });
    }
  }
}

}  // namespace sherpa::testing_support
