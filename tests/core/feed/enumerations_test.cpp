#include "core/feed/enumerations.hpp"

#include "core/study/facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sherpa::feed {
namespace {

template <class Enumeration>
void expect_names_of(const std::string& key) {
  auto sent = enumerations()[key].get<std::vector<std::string>>();
  const auto& names = base::Enumerators<Enumeration>::names;
  EXPECT_THAT(sent, testing::ElementsAreArray(names.begin(), names.end())) << key;
}

TEST(Enumerations, HaveTheNamesOfTheirValuesInOrder) {
  expect_names_of<TrialStatus>("status");
  expect_names_of<study::End>("end");
  expect_names_of<study::StopBy>("stop_by");
  expect_names_of<study::Steering>("steering");
  expect_names_of<study::EndOfStudy>("end_of_study");
}

TEST(Enumerations, NameEveryKindOfFact) {
  auto kinds = enumerations()["fact"];
  ASSERT_EQ(kinds.size(), std::variant_size_v<study::Fact>);
  EXPECT_EQ(kinds[study::Fact(study::fact::Observation{}).index()], "observation");
  EXPECT_EQ(kinds[study::Fact(study::fact::StudyEnded{}).index()], "study_ended");
}

}  // namespace
}  // namespace sherpa::feed
