#pragma once

#include <sherpa/configuration.hpp>
#include <sherpa/export.hpp>
#include <sherpa/trial.hpp>
#include <sherpa/value.hpp>

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sherpa {

namespace study {
class Ledger;
}

/// The best row of a study: the earliest of equally good ones, never NaN or infinite.
struct BestResult {
  TrialId trial_id = 0;
  std::int64_t iteration = 0;
  double objective = 0;
  Configuration parameters{};
  Metrics context{};

  friend bool operator==(const BestResult&, const BestResult&) = default;
  /// `trial 7, iteration 12: objective 0.98 (lr=0.01, units=64; loss=0.1)`
  friend SHERPA_API std::ostream& operator<<(std::ostream& out, const BestResult& best);
};

/// Everything a study has seen up to one moment: measurements and summaries, in order of arrival.
///
/// An immutable view that shares the study's memory: cheap to copy, safe to read on any thread
/// while the study goes on. What a later attempt of a trial has replaced is left out.
class SHERPA_API Results {
 public:
  /// One row of the table; keeps what it shows alive.
  class SHERPA_API Row {
   public:
    TrialId trial_id() const;
    TrialStatus status() const;
    std::int64_t iteration() const;
    double objective() const;
    const Configuration& parameters() const;
    /// NaN when there is no such metric.
    double context(std::string_view name) const;
    Metrics context() const;

   private:
    friend class Results;
    Row(std::shared_ptr<const study::Ledger> ledger, std::uint32_t at)
        : ledger_(std::move(ledger)), at_(at) {}
    std::shared_ptr<const study::Ledger> ledger_;
    std::uint32_t at_;
  };

  class SHERPA_API Iterator {
   public:
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using pointer = void;
    using reference = Row;
    Iterator() = default;
    Row operator*() const { return Row(of_->ledger_, at_); }
    Iterator& operator++();
    Iterator operator++(int) {
      auto old = *this;
      ++*this;
      return old;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    friend class Results;
    Iterator(const Results* of, std::uint32_t at) : of_(of), at_(at) {}
    const Results* of_ = nullptr;
    std::uint32_t at_ = 0;
  };

  /// Nothing seen.
  Results();
  /// What `ledger` holds now.
  explicit Results(std::shared_ptr<const study::Ledger> ledger);
  /// The first `rows` rows of `ledger`, after its first `withdrawals` withdrawals.
  Results(std::shared_ptr<const study::Ledger> ledger, std::uint32_t rows,
          std::uint32_t withdrawals);

  Iterator begin() const;
  Iterator end() const;
  std::size_t size() const;
  bool empty() const { return size() == 0; }

  /// The rows of one trial, in order of arrival; its summary last.
  std::vector<Row> of_trial(TrialId trial) const;
  /// The summaries of trials that ended with this status, in the order in which they ended.
  std::vector<Row> with_status(TrialStatus status) const;
  /// The best finite row, the earliest of equally good ones. Walks all rows.
  std::optional<BestResult> best(bool lower_is_better) const;

  /// SHERPA's table: `Trial-ID, Status, Iteration, <parameters by name>, Objective, <context by
  /// name>`; RFC 4180 quoting; a value that a row does not have is empty.
  void write_csv(std::ostream& out) const;

 private:
  std::uint32_t skip_withdrawn(std::uint32_t row) const;
  bool survives(std::uint32_t row) const;

  std::shared_ptr<const study::Ledger> ledger_;
  std::uint32_t rows_ = 0;
  std::uint32_t withdrawals_ = 0;
};

}  // namespace sherpa
