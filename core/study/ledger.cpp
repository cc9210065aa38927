#include "core/study/ledger.hpp"

#include "core/base/assert.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sherpa::study {

namespace {

constexpr std::uint32_t large = 0x8000'0000u;

}  // namespace

void Ledger::begin(bool lower_is_better, std::uint64_t group_size) {
  lower_is_better_ = lower_is_better;
  group_size_ = group_size;
}

void Ledger::issue(const fact::TrialIssued& issued) {
  // Trials with the same names share one list of them.
  Configuration configuration(shared_names(issued.configuration), issued.configuration.values());
  Record& made = trials_.emplace_back(std::move(configuration));
  made.k = issued.origin.k;
  made.horizon = issued.origin.horizon;
  made.issued_at = rows();
  made.attempt_from = rows();
  auto path = std::find(paths_.begin(), paths_.end(), issued.origin.path);
  made.path = static_cast<std::uint32_t>(path - paths_.begin());
  if (path == paths_.end()) paths_.push_back(issued.origin.path);
}

void Ledger::regroup(std::uint64_t group_size, std::uint64_t before) {
  if (group_size == group_size_ && before == before_groups_) return;
  group_size_ = group_size;
  before_groups_ = before;
  groups_.clear();
  best_group_.reset();
}

const Origin Ledger::origin(TrialId trial) const {
  const Record& r = record(trial);
  return {r.k, r.horizon, paths_[r.path]};
}

std::shared_ptr<const Configuration::Names> Ledger::shared_names(
    const Configuration& configuration) {
  const auto& names = configuration.names();
  if (last_names_ && (last_names_ == names || *last_names_ == *names)) return last_names_;
  last_names_ = name_sets_.try_emplace(*names, names).first->second;
  return last_names_;
}

void Ledger::start_attempt(TrialId trial) {
  Record& r = record(trial);
  r.attempt_from = rows();
  r.earlier_last = r.last_iteration;
}

std::int64_t Ledger::observe(const fact::Observation& seen) {
  Record& r = record(seen.trial);
  auto withdrawn_from = nothing_withdrawn;
  if (r.earlier_last >= seen.iteration) {
    withdraw(seen.trial, seen.iteration);
    withdrawn_from = seen.iteration;
  }
  Row row = append(seen.trial, seen.iteration, seen.objective, seen.context);
  ++r.observations;
  r.last_iteration = std::max(r.last_iteration, seen.iteration);
  consider(seen.trial, row);
  return withdrawn_from;
}

void Ledger::end(const fact::TrialEnded& ended) {
  Row row = append(ended.trial, ended.iteration, ended.objective, ended.context);
  Record& r = record(ended.trial);
  r.status.store(ended.status, std::memory_order_relaxed);
  r.summary.store(row + 1, std::memory_order_release);
  if (group_size_ > 1) count_in_group(ended.trial);
}

Ledger::Row Ledger::append(TrialId trial, std::int64_t iteration, double objective,
                           const Metrics& context) {
  Row row = rows();
  Record& r = record(trial);
  previous_.emplace_back(r.last.load(std::memory_order_relaxed));
  if (iteration >= 0 && iteration < static_cast<std::int64_t>(large)) {
    iteration_.emplace_back(static_cast<std::uint32_t>(iteration));
  } else {
    iteration_.emplace_back(large | static_cast<std::uint32_t>(large_iterations_.size()));
    large_iterations_.emplace_back(iteration);
  }
  objective_.emplace_back(objective);
  context_.emplace_back(store_context(context));
  trial_of_.emplace_back(static_cast<std::uint32_t>(trial));
  r.last.store(row + 1, std::memory_order_release);
  return row;
}

std::uint32_t Ledger::store_context(const Metrics& context) {
  if (context.empty()) return none;
  std::uint32_t number = schema_of(context);
  auto at = static_cast<std::uint32_t>(values_.size());
  values_.emplace_back(std::bit_cast<double>(std::uint64_t{number}));
  for (const auto& [name, value] : context) values_.emplace_back(value);
  return at + 1;
}

bool Ledger::has_newest_metrics(const Metrics& context) const {
  if (schemas_.size() == 0) return context.empty();
  const auto& names = schemas_[last_schema_];
  return std::equal(names.begin(), names.end(), context.begin(), context.end(),
                    [](const std::string& name, const auto& entry) { return name == entry.first; });
}

std::uint32_t Ledger::schema_of(const Metrics& context) {
  if (schemas_.size() > 0 && has_newest_metrics(context)) return last_schema_;
  std::vector<std::string> names;
  for (const auto& [name, value] : context) names.push_back(name);
  auto [at, added] =
      schema_numbers_.try_emplace(names, static_cast<std::uint32_t>(schemas_.size()));
  if (added) {
    metrics_.insert(names.begin(), names.end());
    schemas_.emplace_back(std::move(names));
  }
  last_schema_ = at->second;
  return last_schema_;
}

void Ledger::withdraw(TrialId trial, std::int64_t from) {
  Record& r = record(trial);
  std::uint32_t before_now = withdrawals();
  std::uint32_t count = 0;
  std::int64_t earlier_last = -1;
  std::int64_t last = -1;
  std::uint32_t best = none;
  for_each_row_backwards(trial, rows(), [&](Row row) {
    if (!survives(row, before_now)) return;
    auto at = iteration(row);
    if (row < r.attempt_from && at >= from) {
      ++count;
      return;
    }
    if (row < r.attempt_from) earlier_last = std::max(earlier_last, at);
    last = std::max(last, at);
    // Backwards, so an equally good earlier row takes over.
    if (std::isfinite(objective(row)) && (best == none || !better(best - 1, row + 1)))
      best = row + 1;
  });
  std::uint32_t in_all = before_now == 0 ? 0 : withdrawals_[before_now - 1].withdrawn;
  withdrawals_.emplace_back(Withdrawal{
      from, r.attempt_from, rows(), r.withdrawal.load(std::memory_order_relaxed), in_all + count});
  r.withdrawal.store(before_now + 1, std::memory_order_release);
  r.observations -= count;
  r.earlier_last = earlier_last;
  r.last_iteration = last;
  bool was_best = best_ != none && TrialId{trial_of_[best_ - 1]} == trial;
  r.best = best;
  if (was_best) recompute_best();
}

bool Ledger::better(Row a, std::uint32_t b) const {
  if (b == none) return true;
  return lower_is_better_ ? objective_[a] < objective_[b - 1] : objective_[a] > objective_[b - 1];
}

void Ledger::consider(TrialId trial, Row row) {
  if (!std::isfinite(objective_[row])) return;
  Record& r = record(trial);
  if (better(row, r.best)) r.best = row + 1;
  if (better(row, best_)) best_ = row + 1;
}

void Ledger::recompute_best() {
  best_ = none;
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    auto candidate = trials_[i].best;
    if (candidate == none) continue;
    bool equal = best_ != none && objective_[candidate - 1] == objective_[best_ - 1];
    if (better(candidate - 1, best_) || (equal && candidate < best_)) best_ = candidate;
  }
}

std::int64_t Ledger::iteration(Row row) const {
  auto held = iteration_[row];
  return held & large ? large_iterations_[held & ~large] : static_cast<std::int64_t>(held);
}

TrialStatus Ledger::status(Row row) const {
  const Record& r = record(trial(row));
  return r.summary.load(std::memory_order_acquire) == row + 1
             ? r.status.load(std::memory_order_relaxed)
             : TrialStatus::intermediate;
}

std::uint32_t Ledger::schema(Row row) const {
  auto at = context_[row];
  return at == none ? 0
                    : static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(values_[at - 1])) + 1;
}

double Ledger::context_value(Row row, std::size_t i) const { return values_[context_[row] + i]; }

Metrics Ledger::context(Row row) const {
  Metrics out;
  if (auto number = schema(row)) {
    const auto& names = metric_names(number - 1);
    for (std::size_t i = 0; i < names.size(); ++i)
      out.emplace_hint(out.end(), names[i], context_value(row, i));
  }
  return out;
}

double Ledger::context(Row row, std::string_view name) const {
  if (auto number = schema(row)) {
    const auto& names = metric_names(number - 1);
    auto at = std::lower_bound(names.begin(), names.end(), name);
    if (at != names.end() && *at == name)
      return context_value(row, static_cast<std::size_t>(at - names.begin()));
  }
  return std::nan("");
}

bool Ledger::survives(Row row, std::uint32_t withdrawals) const {
  auto at = record(trial(row)).withdrawal.load(std::memory_order_acquire);
  if (at == none) return true;
  auto when = iteration(row);
  for (; at != none; at = withdrawals_[at - 1].previous) {
    const Withdrawal& w = withdrawals_[at - 1];
    if (at <= withdrawals && row < w.before && when >= w.from) return false;
  }
  return true;
}

std::uint32_t Ledger::withdrawn_rows(std::uint32_t withdrawals) const {
  return withdrawals == 0 ? 0 : withdrawals_[withdrawals - 1].withdrawn;
}

bool Ledger::attempt_reported(TrialId trial, std::int64_t iteration) const {
  bool found = false;
  for_each_row_backwards(trial, rows(), [&](Row row) {
    found = found || (row >= record(trial).attempt_from && this->iteration(row) == iteration);
  });
  return found;
}

std::vector<std::int64_t> Ledger::attempt_iterations(TrialId trial) const {
  std::vector<std::int64_t> out;
  for_each_row_backwards(trial, rows(), [&](Row row) {
    if (row >= record(trial).attempt_from) out.push_back(iteration(row));
  });
  return out;
}

std::optional<Ledger::Row> Ledger::newest_row(TrialId trial) const {
  for (auto at = record(trial).last.load(std::memory_order_acquire); at != none;
       at = previous_[at - 1])
    if (survives_now(at - 1)) return at - 1;
  return std::nullopt;
}

fact::TrialEnded Ledger::summarise(TrialId trial, TrialStatus status) const {
  const Record& r = record(trial);
  fact::TrialEnded ended{
      .trial = trial, .status = status, .iteration = 0, .objective = std::nan(""), .context = {}};
  if (r.observations == 0) return ended;
  ended.iteration = r.last_iteration;
  std::optional<Row> chosen;
  if (r.best != none) {
    chosen = r.best - 1;
  } else {
    // Nothing finite: infinities before NaN, the better infinity first, the earliest of equals.
    for_each_row_backwards(trial, rows(), [&](Row row) {
      if (!survives_now(row)) return;
      bool number = !std::isnan(objective(row));
      bool chosen_number = chosen && !std::isnan(objective(*chosen));
      if (!chosen || (number && (!chosen_number || !better(*chosen, row + 1))) ||
          (!number && !chosen_number))
        chosen = row;
    });
  }
  SHERPA_ASSERT(chosen.has_value(), trial);  // one survives: observations() > 0
  ended.objective = objective(*chosen);
  ended.context = context(*chosen);
  return ended;
}

BestResult Ledger::result(Row row) const {
  return {.trial_id = trial(row),
          .iteration = iteration(row),
          .objective = objective(row),
          .parameters = configuration(trial(row)),
          .context = context(row),
          .status = record(trial(row)).status.load(std::memory_order_acquire)};
}

std::optional<BestResult> Ledger::best() const {
  if (group_size_ > 1) return best_group_;
  if (best_ == none) return std::nullopt;
  return result(best_ - 1);
}

void Ledger::count_in_group(TrialId trial) {
  auto k = record(trial).k;
  if (k <= before_groups_) return;  // enqueued by a user (k = 0), or another algorithm's
  auto number = (k - before_groups_ - 1) / group_size_;
  Group& group = groups_[number];
  group.ended.push_back(trial);
  if (group.ended.size() < group_size_) return;
  if (auto mean = mean_of(group.ended); mean && std::isfinite(mean->objective)) {
    bool ahead = !best_group_ || (lower_is_better_ ? mean->objective < best_group_->objective
                                                   : mean->objective > best_group_->objective);
    if (ahead) best_group_ = std::move(mean);
  }
  groups_.erase(number);
}

std::optional<BestResult> Ledger::mean_of(const std::vector<TrialId>& trials) const {
  std::vector<double> objectives;
  BestResult mean;
  for (TrialId trial : trials) {
    Row row = summary_row(trial);
    mean.trial_id = mean.trial_id == 0 ? trial : std::min(mean.trial_id, trial);
    if (status(row) == TrialStatus::failed) continue;
    objectives.push_back(objective(row));
    mean.iteration = std::max(mean.iteration, iteration(row));
  }
  if (objectives.empty()) return std::nullopt;
  mean.status = TrialStatus::completed;
  auto n = static_cast<double>(objectives.size());
  double sum = 0;
  for (double x : objectives) sum += x;
  mean.objective = sum / n;
  mean.parameters = configuration(mean.trial_id);
  if (objectives.size() > 1) {
    double squares = 0;
    for (double x : objectives) squares += (x - mean.objective) * (x - mean.objective);
    double variance = squares / (n - 1);
    mean.context = {{"ObjectiveStdErr", std::sqrt(variance / n)}, {"ObjectiveVar", variance}};
  }
  return mean;
}

void Ledger::retell(const std::function<void(const Entry&)>& learn) const {
  Seq seq = 0;
  std::size_t issued = 0;
  std::uint32_t withdrawal = 0;
  auto tell = [&](Fact fact, std::int64_t withdrawn_from = nothing_withdrawn) {
    learn(Entry{++seq, 0, std::move(fact), withdrawn_from});
  };
  auto issue_up_to = [&](Row row) {
    for (; issued < trials_.size() && trials_[issued].issued_at <= row; ++issued) {
      TrialId id = issued + 1;
      tell(fact::TrialIssued{id, trials_[issued].configuration, origin(id)});
    }
  };
  for (Row row = 0; row < rows(); ++row) {
    issue_up_to(row);
    if (status(row) != TrialStatus::intermediate) {
      tell(fact::TrialEnded{trial(row), status(row), iteration(row), objective(row), context(row)});
      continue;
    }
    auto withdrawn_from = nothing_withdrawn;
    if (withdrawal < withdrawals() && withdrawals_[withdrawal].at == row)
      withdrawn_from = withdrawals_[withdrawal++].from;
    tell(fact::Observation{trial(row), 0, iteration(row), objective(row), context(row), 0},
         withdrawn_from);
  }
  issue_up_to(rows());
}

}  // namespace sherpa::study
