#include "core/study_file/study_file_keys.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <type_traits>

namespace sherpa::study_file {
namespace {

using namespace std::chrono_literals;
using space::json::Json;

template <class T>
void expect_described(const char* table) {
  std::set<std::string_view> names;
  keys_of(std::type_identity<T>()).for_each([&](const auto& k) {
    EXPECT_TRUE(names.insert(k.name).second) << table << ": " << k.name;
    EXPECT_TRUE(k.about.ends_with('.')) << table << ": " << k.name;
  });
}

TEST(StudyFileKeys, HaveDifferentNamesAndADescription) {
  expect_described<StudyFileKeys>("study file");
  expect_described<RunSpec>("run");
  expect_described<SchedulerSpec>("scheduler");
  expect_described<study::RetryLimits>("retry");
  expect_described<CheckpointsSpec>("checkpoints");
  expect_described<WorkersSpec>("workers");
  expect_described<DashboardSpec>("dashboard");
  expect_described<PageTlsSpec>("tls");
}

TEST(StudyFileKeys, AreWrittenInTheOrderOfTheirTable) {
  const Json written = write_key(StudyFileKeys{.name = "digits", .output_dir = "out"});
  std::string order;
  for (const auto& [key, value] : written.items()) order += key + ' ';
  EXPECT_TRUE(order.starts_with("sherpa name lower_is_better parameters algorithm ")) << order;
  EXPECT_EQ(written["name"], "digits");
  EXPECT_EQ(written["output_dir"], "out");
}

TEST(StudyFileKeys, AreLeftOutWhereTheirAbsenceSaysTheSame) {
  const Json run = write_key(RunSpec{});
  EXPECT_FALSE(run.contains("command")) << "no arguments";
  EXPECT_FALSE(run.contains("function"));
  EXPECT_EQ(run["directory"], ".");
  EXPECT_FALSE(write_key(RunSpec{.directory = ""}).contains("directory")) << "an empty path";
  EXPECT_TRUE(run.contains("timeout")) << "null is not the same as its absence";
}

TEST(StudyFileKeys, WriteEachTypeAsTheFileHasIt) {
  RunSpec run{.command = std::string("train {lr}")};
  run.environment = {{"A", "1"}};
  run.grace = 90s;
  run.needs = {.slots = 2, .resources = {{"gpu", 0.5}, {"tpu", 2}}};
  const Json written = write_key(run);
  EXPECT_EQ(written["command"], "train {lr}");
  EXPECT_EQ(written["environment"].dump(), R"({"A":"1"})");
  EXPECT_EQ(written["grace"], "90s");
  EXPECT_EQ(written["needs"].dump(), R"({"slots":2,"gpu":0.5,"tpu":2})");
}

}  // namespace
}  // namespace sherpa::study_file
