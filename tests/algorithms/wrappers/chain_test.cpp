#include "tests/support/rehearse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa {
namespace {

using namespace testing_support;
using runtime::Rehearsal;
using testing::ElementsAre;

TEST(Chain, GoesThroughItsMembersInOrder) {
  auto seen = run(
      study_with(Chain{{Iterate{{{{"a", 2}}}}, GridSearch{}, Iterate{{{{"a", 1}}, {{"a", 3}}}}}},
                 {Choice{"a", {1, 2, 3}}}),
      1000);
  std::vector<int> values;
  for (const auto& c : seen) values.push_back(c.get<int>("a"));
  EXPECT_THAT(values, ElementsAre(2, 1, 2, 3, 1, 3));
}

TEST(Chain, RestartsInItsMiddle) {
  Chain chain{{RandomSearch{.max_num_trials = 2}, Repeat{.algorithm = GridSearch{}, .num_times = 2},
               RandomSearch{.max_num_trials = 2}}};
  auto whole = run(study_with(chain, {Choice{"a", {1, 2, 3}}}, 7), 1000);
  for (std::size_t at = 1; at < whole.size(); ++at) {
    Rehearsal study(study_with(chain, {Choice{"a", {1, 2, 3}}}, 7));
    auto seen = run(study, at);
    study.restart();
    for (auto& c : run(study, 1000)) seen.push_back(c);
    EXPECT_EQ(seen, whole) << "restarted after " << at;
  }
}

}  // namespace
}  // namespace sherpa
