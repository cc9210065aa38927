#include "algorithms/fidelity/lineage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::algorithms {
namespace {

space::SearchSpace line() { return *space::SearchSpace::make({Continuous{"x", {0, 1}}}); }

TEST(Lineage, KnowsTheTrialsOfAnAlgorithmWithinChains) {
  auto issued = [](std::vector<std::uint32_t> path, std::uint64_t k = 1) {
    return study::fact::TrialIssued{1, {}, {.k = k, .path = std::move(path)}};
  };
  EXPECT_TRUE(chosen_at({}, issued({})));
  EXPECT_TRUE(chosen_at({1}, issued({1, 0})));
  EXPECT_FALSE(chosen_at({1}, issued({0})));
  EXPECT_FALSE(chosen_at({1, 0}, issued({1})));
  EXPECT_FALSE(chosen_at({}, issued({}, 0))) << "enqueued by a user";
}

TEST(Lineage, NamesTheParentInTheConfiguration) {
  Configuration child{{"x", 0.5}}, orphan{{"x", 0.5}};
  resume_from(child, 12);
  resume_from(orphan, std::nullopt);
  EXPECT_EQ(child.get<std::string>("load_from"), "12");
  EXPECT_EQ(study::parent_of(child), 12u);
  EXPECT_EQ(orphan.get<std::string>("load_from"), "");
  EXPECT_EQ(study::parent_of(orphan), std::nullopt);
  EXPECT_EQ(parameters_of_trial(line(), child), (Configuration{{"x", 0.5}}));
}

TEST(Lineage, ReadsCountsOnly) {
  const Configuration fields{{"rung", 2}, {"x", 0.5}, {"text", "3"}, {"less", -1}};
  EXPECT_EQ(count_in(fields, "rung"), 2u);
  for (const char* name : {"x", "text", "less", "missing"})
    EXPECT_EQ(count_in(fields, name), std::nullopt) << name;
}

TEST(Lineage, RefusesParametersWithTheNameOfAField) {
  EXPECT_TRUE(keep_names_free("Hyperband", line(), {"resource", "rung"}));
  const auto refused = keep_names_free("Hyperband", line(), {"resource", "x"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("it adds a field 'x'"));
}

}  // namespace
}  // namespace sherpa::algorithms
