#include "core/space/column_names.hpp"

#include <algorithm>
#include <utility>

namespace sherpa::space {

namespace {

/// How often the name begins with the prefix, and what follows.
std::pair<std::size_t, std::string_view> split(std::string_view name, std::string_view prefix) {
  std::size_t count = 0;
  for (; name.starts_with(prefix); ++count) name.remove_prefix(prefix.size());
  return {count, name};
}

}  // namespace

bool is_fixed_column(std::string_view name) {
  return std::find(fixed_columns.begin(), fixed_columns.end(), name) != fixed_columns.end();
}

void ColumnNames::Prefixed::take(std::string_view name) {
  auto [count, rest] = split(name, prefix_);
  auto& added = added_[std::string(rest)];
  added = std::max(added, count + 1);
}

std::string ColumnNames::Prefixed::of(std::string_view name) const {
  auto found = added_.find(split(name, prefix_).second);
  std::string out;
  if (found != added_.end())
    for (std::size_t i = 0; i < found->second; ++i) out += prefix_;
  return out.append(name);
}

ColumnNames::ColumnNames(const std::set<std::string>& parameters)
    : parameters_("parameters."), metrics_("context.") {
  for (auto name : fixed_columns) {
    parameters_.take(name);
    metrics_.take(name);
  }
  for (const auto& name : parameters) metrics_.take(parameters_.of(name));
}

std::string ColumnNames::of_parameter(std::string_view name) const { return parameters_.of(name); }
std::string ColumnNames::of_metric(std::string_view name) const { return metrics_.of(name); }

}  // namespace sherpa::space
