#include "core/space/column_names.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sherpa::space {
namespace {

TEST(ColumnNames, AreThoseOfParametersAndMetricsWhereTheyDiffer) {
  ColumnNames names({"lr", "units"});
  EXPECT_EQ(names.of_parameter("lr"), "lr");
  EXPECT_EQ(names.of_metric("loss"), "loss");
  EXPECT_EQ(names.of_metric("objective"), "objective") << "columns are told apart by case";
}

TEST(ColumnNames, PutAPrefixBeforeAMetricWhoseNameIsTaken) {
  ColumnNames names({"lr"});
  EXPECT_EQ(names.of_metric("lr"), "context.lr");
  for (auto column : fixed_columns)
    EXPECT_EQ(names.of_metric(column), "context." + std::string(column));
}

TEST(ColumnNames, PutAPrefixBeforeAParameterWithTheNameOfAColumn) {
  ColumnNames names({"Objective"});
  EXPECT_EQ(names.of_parameter("Objective"), "parameters.Objective");
  EXPECT_EQ(names.of_metric("parameters.Objective"), "context.parameters.Objective");
}

TEST(ColumnNames, StayDifferentWhateverTheNames) {
  const std::set<std::string> parameters{"a", "context.a", "Status", "parameters.Status",
                                         "context.Status"};
  const std::set<std::string> metrics{"a",        "context.a", "context.context.a", "Status",
                                      "context.", "loss",      "context.Status"};
  ColumnNames names(parameters);
  std::set<std::string> shown(fixed_columns.begin(), fixed_columns.end());
  for (const auto& name : parameters) EXPECT_TRUE(shown.insert(names.of_parameter(name)).second);
  for (const auto& name : metrics)
    EXPECT_TRUE(shown.insert(names.of_metric(name)).second) << names.of_metric(name);
}

TEST(ColumnNames, KnowTheFixedColumnsByCase) {
  for (const char* name : {"Trial-ID", "Status", "Iteration", "Objective", "Further-Metrics"})
    EXPECT_TRUE(is_fixed_column(name)) << name;
  for (const char* name : {"objective", "status", "", "lr"})
    EXPECT_FALSE(is_fixed_column(name)) << name;
}

}  // namespace
}  // namespace sherpa::space
