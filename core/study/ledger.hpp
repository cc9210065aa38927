#pragma once

#include "core/base/append_only.hpp"
#include "core/study/facts.hpp"

#include <sherpa/results.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sherpa::study {

/// The results of a study: one row per observation and per summary, in order of arrival, and one
/// record per trial.
///
/// One thread writes (the engine's owner); Results are views of a prefix and may be read on
/// other threads meanwhile. A row takes 24 bytes, its context 8 bytes per value and 8 more.
class Ledger {
 public:
  using Row = std::uint32_t;

  /// Set once, before the first trial.
  void begin(bool lower_is_better, std::uint64_t group_size);
  /// From now on, suggestions after the first `before` form groups of this size.
  void regroup(std::uint64_t group_size, std::uint64_t before);

  // What happened, in order. Trials are numbered from 1 without gaps.
  void issue(const fact::TrialIssued& issued);
  void start_attempt(TrialId trial);
  /// Returns the first iteration that earlier attempts' observations are withdrawn from, or
  /// nothing_withdrawn.
  std::int64_t observe(const fact::Observation& seen);
  void end(const fact::TrialEnded& ended);

  bool lower_is_better() const { return lower_is_better_; }
  std::size_t trials() const { return trials_.size(); }
  Row rows() const { return static_cast<Row>(trial_of_.size()); }
  std::uint32_t withdrawals() const { return static_cast<std::uint32_t>(withdrawals_.size()); }

  // A row, by its place in order of arrival.
  TrialId trial(Row row) const { return trial_of_[row]; }
  std::int64_t iteration(Row row) const;
  double objective(Row row) const { return objective_[row]; }
  TrialStatus status(Row row) const;
  Metrics context(Row row) const;
  double context(Row row, std::string_view name) const;
  /// Whether the row survives the first `withdrawals` withdrawals.
  bool survives(Row row, std::uint32_t withdrawals) const;
  /// Rows among the first `rows` that do not.
  std::uint32_t withdrawn_rows(std::uint32_t withdrawals) const;

  // A trial.
  const Configuration& configuration(TrialId trial) const { return record(trial).configuration; }
  const Origin origin(TrialId trial) const;
  bool known(TrialId trial) const { return trial >= 1 && trial <= trials_.size(); }
  bool ended(TrialId trial) const {
    return record(trial).summary.load(std::memory_order_acquire) != 0;
  }
  /// Of an ended trial.
  Row summary_row(TrialId trial) const {
    return record(trial).summary.load(std::memory_order_acquire) - 1;
  }
  /// The trial's rows among the first `rows`, newest first, withdrawn ones included.
  template <class F>
  void for_each_row_backwards(TrialId trial, Row rows, F&& f) const {
    for (auto at = record(trial).last.load(std::memory_order_acquire); at != 0;
         at = previous_[at - 1])
      if (at - 1 < rows) f(at - 1);
  }
  /// Surviving observations so far, for the writing thread.
  std::uint32_t observations(TrialId trial) const { return record(trial).observations; }
  /// Whether the current attempt has reported this iteration; walks its rows.
  bool attempt_reported(TrialId trial, std::int64_t iteration) const;
  /// Iterations that the current attempt has reported.
  std::vector<std::int64_t> attempt_iterations(TrialId trial) const;
  /// The highest surviving iteration; -1 without one.
  std::int64_t last_iteration(TrialId trial) const { return record(trial).last_iteration; }
  /// The newest surviving row of a trial.
  std::optional<Row> newest_row(TrialId trial) const;

  /// What the trial's summary would be if it ended now.
  fact::TrialEnded summarise(TrialId trial, TrialStatus status) const;

  /// The best row, or with groups the best mean of a complete group.
  std::optional<BestResult> best() const;
  BestResult result(Row row) const;
  /// The mean over the ended trials of a group that did not fail: the first trial's id and
  /// configuration, the highest iteration, and in the context ObjectiveVar (of the sample) and
  /// ObjectiveStdErr (of the mean) where there are two values or more. Empty when all failed.
  std::optional<BestResult> mean_of(const std::vector<TrialId>& trials) const;

  // Names, for tables: every one that appears among the first rows of a view.
  const std::vector<std::string>& metric_names(std::uint32_t schema) const {
    return schemas_[schema];
  }
  /// How many different names there are, and whether these are among them. For the writing thread.
  std::size_t metrics() const { return metrics_.size(); }
  bool has_metric(const std::string& name) const { return metrics_.contains(name); }
  /// Whether the newest row with context has the same names: then there is no need to ask for each.
  bool has_newest_metrics(const Metrics& context) const;
  /// 0 without context; else one more than the schema's number.
  std::uint32_t schema(Row row) const;
  double context_value(Row row, std::size_t i) const;

  /// Passes everything to `learn` again, in the order in which it was stored: issues, observations
  /// with their withdrawals, ends. Attempts and the numbers of the facts are not kept; entries are
  /// renumbered.
  void retell(const std::function<void(const Entry&)>& learn) const;

 private:
  static constexpr std::uint32_t none = 0;  // indices below are one more than what they point at

  struct Record {
    explicit Record(Configuration c) : configuration(std::move(c)) {}
    Configuration configuration;
    std::uint64_t k = 0;
    Seq horizon = 0;
    std::uint32_t path = 0;  // in paths_
    Row issued_at = 0;       // rows there were
    Row attempt_from = 0;    // the current attempt's rows start here
    std::uint32_t observations = 0;
    std::uint32_t best = none;
    std::int64_t last_iteration = -1;
    std::int64_t earlier_last = -1;  // highest surviving iteration of earlier attempts
    std::atomic<std::uint32_t> last{none};
    std::atomic<std::uint32_t> summary{none};
    std::atomic<std::uint32_t> withdrawal{none};  // the newest
    std::atomic<TrialStatus> status{TrialStatus::intermediate};
  };
  struct Withdrawal {
    std::int64_t from;
    Row before;               // only rows before this one: those of earlier attempts
    Row at;                   // the row that withdrew them
    std::uint32_t previous;   // of the same trial
    std::uint32_t withdrawn;  // rows withdrawn in all, up to and with this one
  };
  struct Group {
    std::vector<TrialId> ended;
  };

  Record& record(TrialId trial) { return trials_[trial - 1]; }
  const Record& record(TrialId trial) const { return trials_[trial - 1]; }
  Row append(TrialId trial, std::int64_t iteration, double objective, const Metrics& context);
  std::uint32_t store_context(const Metrics& context);
  std::uint32_t schema_of(const Metrics& context);
  void withdraw(TrialId trial, std::int64_t from);
  void consider(TrialId trial, Row row);
  void recompute_best();
  bool better(Row a, std::uint32_t b) const;
  bool survives_now(Row row) const { return survives(row, withdrawals()); }
  std::shared_ptr<const Configuration::Names> shared_names(const Configuration& configuration);
  void count_in_group(TrialId trial);

  bool lower_is_better_ = true;
  std::uint64_t group_size_ = 1;
  std::uint64_t before_groups_ = 0;

  base::AppendOnly<Record> trials_;
  base::AppendOnly<std::uint32_t> trial_of_;
  base::AppendOnly<std::uint32_t> previous_;   // row of the same trial, one more
  base::AppendOnly<std::uint32_t> iteration_;  // with the highest bit: a place in large_iterations_
  base::AppendOnly<double> objective_;
  base::AppendOnly<std::uint32_t> context_;  // one more than the place in values_
  base::AppendOnly<double> values_;          // a schema's number, then its values
  base::AppendOnly<std::vector<std::string>> schemas_;
  base::AppendOnly<std::int64_t> large_iterations_;
  base::AppendOnly<Withdrawal> withdrawals_;

  std::uint32_t best_ = none;
  std::optional<BestResult> best_group_;
  std::unordered_map<std::uint64_t, Group> groups_;  // incomplete ones
  std::uint32_t last_schema_ = 0;
  std::map<std::vector<std::string>, std::uint32_t> schema_numbers_;
  std::unordered_set<std::string> metrics_;
  std::map<Configuration::Names, std::shared_ptr<const Configuration::Names>> name_sets_;
  std::shared_ptr<const Configuration::Names> last_names_;
  std::vector<std::vector<std::uint32_t>> paths_{{}};
};

}  // namespace sherpa::study
