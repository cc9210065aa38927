#include <sherpa/results.hpp>

#include "core/base/text.hpp"
#include "core/study/ledger.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>

namespace sherpa {

std::string_view show(TrialStatus status) { return base::name_of(status); }

std::ostream& operator<<(std::ostream& out, const BestResult& best) {
  out << "trial " << best.trial_id << ", iteration " << best.iteration << ": objective "
      << show(best.objective) << " (" << best.parameters;
  bool first = true;
  for (const auto& [name, value] : best.context) {
    out << (first && !best.parameters.empty() ? "; "
            : first                           ? ""
                                              : ", ")
        << name << '=' << show(value);
    first = false;
  }
  return out << (best.status == TrialStatus::failed ? "); the trial failed" : ")");
}

namespace {

const std::shared_ptr<const study::Ledger>& empty_ledger() {
  static const auto empty = std::make_shared<const study::Ledger>();
  return empty;
}

}  // namespace

Results::Results() : ledger_(empty_ledger()) {}

Results::Results(std::shared_ptr<const study::Ledger> ledger)
    : ledger_(std::move(ledger)), rows_(ledger_->rows()), withdrawals_(ledger_->withdrawals()) {}

Results::Results(std::shared_ptr<const study::Ledger> ledger, std::uint32_t rows,
                 std::uint32_t withdrawals)
    : ledger_(std::move(ledger)), rows_(rows), withdrawals_(withdrawals) {}

bool Results::survives(std::uint32_t row) const { return ledger_->survives(row, withdrawals_); }

std::uint32_t Results::skip_withdrawn(std::uint32_t row) const {
  while (row < rows_ && !survives(row)) ++row;
  return row;
}

Results::Iterator Results::begin() const { return {this, skip_withdrawn(0)}; }
Results::Iterator Results::end() const { return {this, rows_}; }

Results::Iterator& Results::Iterator::operator++() {
  at_ = of_->skip_withdrawn(at_ + 1);
  return *this;
}

std::size_t Results::size() const { return rows_ - ledger_->withdrawn_rows(withdrawals_); }

std::vector<Results::Row> Results::of_trial(TrialId trial) const {
  std::vector<Row> rows;
  if (!ledger_->known(trial)) return rows;
  ledger_->for_each_row_backwards(trial, rows_, [&](std::uint32_t row) {
    if (survives(row)) rows.push_back(Row(ledger_, row));
  });
  std::reverse(rows.begin(), rows.end());
  return rows;
}

std::vector<Results::Row> Results::with_status(TrialStatus status) const {
  std::vector<Row> rows;
  for (Row row : *this)
    if (row.status() == status) rows.push_back(row);
  return rows;
}

std::optional<BestResult> Results::best(bool lower_is_better) const {
  std::optional<std::uint32_t> best;
  for (std::uint32_t row = skip_withdrawn(0); row < rows_; row = skip_withdrawn(row + 1)) {
    double x = ledger_->objective(row);
    if (!std::isfinite(x)) continue;
    if (!best || (lower_is_better ? x < ledger_->objective(*best) : x > ledger_->objective(*best)))
      best = row;
  }
  if (!best) return std::nullopt;
  return ledger_->result(*best);
}

TrialId Results::Row::trial_id() const { return ledger_->trial(at_); }
TrialStatus Results::Row::status() const { return ledger_->status(at_); }
std::int64_t Results::Row::iteration() const { return ledger_->iteration(at_); }
double Results::Row::objective() const { return ledger_->objective(at_); }
const Configuration& Results::Row::parameters() const { return ledger_->configuration(trial_id()); }
double Results::Row::context(std::string_view name) const { return ledger_->context(at_, name); }
Metrics Results::Row::context() const { return ledger_->context(at_); }

}  // namespace sherpa
