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
namespace internal {
struct Access;
}

/// The best row of a study: never NaN or infinite; among equally good rows the earliest.
struct BestResult {
  TrialId trial_id = 0;
  std::int64_t iteration = 0;
  double objective = 0;
  Configuration parameters{};
  Metrics context{};
  /// How its trial ended, which may be as failed; intermediate while it runs. Of a group (Repeat):
  /// completed.
  TrialStatus status = TrialStatus::intermediate;

  friend bool operator==(const BestResult&, const BestResult&) = default;
  /// `trial 7, iteration 12: objective 0.98 (lr=0.01, units=64; loss=0.1)`; of a trial that failed
  /// it adds `; the trial failed`.
  friend SHERPA_API std::ostream& operator<<(std::ostream& out, const BestResult& best);
};

/// What becomes of texts in a CSV file that a spreadsheet would take for formulas: those that begin
/// with `=`, `+`, `-`, `@`, a tab or a carriage return, and are not numbers.
enum class CsvText : std::uint8_t {
  guarded,  ///< an apostrophe goes before them, which spreadsheets take for "this is text"
  raw,      ///< they are written as they are
};

/// The results of a study at one moment: observations, and summaries of ended trials, in order of
/// arrival. Observations that a later attempt of their trial has replaced are left out.
///
/// An immutable view that shares the study's memory, cheap to copy. Threads: any number may read it
/// while the study continues.
class SHERPA_API Results {
 public:
  /// One row of the table. It keeps its data alive.
  class SHERPA_API Row {
   public:
    TrialId trial_id() const;
    TrialStatus status() const;
    std::int64_t iteration() const;
    double objective() const;
    const Configuration& parameters() const;
    /// Returns a metric, or NaN when no metric has that name.
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

  /// No rows.
  Results();

  Iterator begin() const;
  Iterator end() const;
  std::size_t size() const;
  bool empty() const { return size() == 0; }

  /// Returns the rows of one trial in order of arrival, its summary last; empty for an unknown
  /// trial.
  std::vector<Row> of_trial(TrialId trial) const;
  /// Returns the summaries of the trials with this status, in the order in which they ended.
  std::vector<Row> with_status(TrialStatus status) const;
  /// Returns the best finite row, or nothing when no row is finite; among equally good rows the
  /// earliest. Takes time proportional to the number of rows.
  std::optional<BestResult> best(bool lower_is_better) const;

  /// Writes SHERPA's table as CSV (RFC 4180): `Trial-ID, Status, Iteration, <parameters by name>,
  /// Objective, <metrics by name>`. A missing value is empty. A metric that has the name of a
  /// parameter or of one of these columns is called `context.<name>`. Of more than 1,000 metrics
  /// (in studies of earlier versions) those behind the first share the column `Further-Metrics`, as
  /// JSON.
  void write_csv(std::ostream& out, CsvText text = CsvText::guarded) const;

 private:
  friend struct internal::Access;
  explicit Results(std::shared_ptr<const study::Ledger> ledger);
  Results(std::shared_ptr<const study::Ledger> ledger, std::uint32_t rows,
          std::uint32_t withdrawals);
  std::uint32_t skip_withdrawn(std::uint32_t row) const;
  bool survives(std::uint32_t row) const;

  std::shared_ptr<const study::Ledger> ledger_;
  std::uint32_t rows_ = 0;
  std::uint32_t withdrawals_ = 0;
};

}  // namespace sherpa
