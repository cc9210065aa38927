#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace sherpa::space {

/// The columns that every table of results has beside its parameters and metrics, as SHERPA writes
/// them, and the one for metrics that have no column of their own.
inline constexpr std::string_view further_metrics = "Further-Metrics";
inline constexpr std::array<std::string_view, 5> fixed_columns{"Trial-ID", "Status", "Iteration",
                                                               "Objective", further_metrics};

/// Whether this is the name of such a column. No parameter of a new study may have it.
bool is_fixed_column(std::string_view name);

/// Different names for all columns of a row, wherever parameters, metrics and fixed columns stand
/// beside each other (docs/facts.md, "Names of columns"): a metric `lr` beside a parameter `lr` is
/// `context.lr`. The name of a metric depends on the parameters alone, not on other metrics.
class ColumnNames {
 public:
  explicit ColumnNames(const std::set<std::string>& parameters);
  std::string of_parameter(std::string_view name) const;
  std::string of_metric(std::string_view name) const;

 private:
  /// Puts a prefix before names that are taken, and before those that have it already and would
  /// then be equal to one of them. So different names stay different.
  class Prefixed {
   public:
    explicit Prefixed(std::string prefix) : prefix_(std::move(prefix)) {}
    void take(std::string_view name);
    std::string of(std::string_view name) const;

   private:
    std::string prefix_;
    /// By the taken name without prefixes: how many a name that differs from it in prefixes alone
    /// gets in addition.
    std::map<std::string, std::size_t, std::less<>> added_;
  };
  Prefixed parameters_, metrics_;
};

}  // namespace sherpa::space
