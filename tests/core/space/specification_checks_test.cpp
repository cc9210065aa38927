#include "core/space/specification_checks.hpp"

#include "core/space/specification.hpp"

#include <sherpa/algorithms.hpp>
#include <sherpa/stopping_rules.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace sherpa {
namespace {

using testing::HasSubstr;

std::string refused(const AlgorithmSpecification& algorithm) {
  auto checked = space::check(algorithm);
  return checked ? std::string("accepted") : checked.error().message;
}
std::string refused_rule(const StoppingRuleSpecification& rule) {
  auto checked = space::check(rule);
  return checked ? std::string("accepted") : checked.error().message;
}

TEST(SpecificationChecks, SayWhatIsWrongWithOptionsOfAlgorithms) {
  const Configuration seed{{"x0", 0.5}};
  EXPECT_EQ(refused(TPE{.gamma = 0}), "TPE: gamma is 0.0; use a fraction above 0 and below 1");
  EXPECT_EQ(refused(TPE{.gamma = std::nan("")}),
            "TPE: gamma is NaN; use a fraction above 0 and below 1");
  EXPECT_EQ(refused(TPE{.num_candidates = 0}), "TPE: num_candidates is 0; use 1 to 100,000");
  EXPECT_THAT(refused(TPE{.prior_weight = -1}),
              HasSubstr("TPE: prior_weight is -1.0; use a number above 0"));
  EXPECT_EQ(refused(CMAES{.population_size = 1}),
            "CMAES: population_size is 1; use 2 to 1,000,000, or null");
  EXPECT_EQ(refused(CMAES{.sigma = 0}), "CMAES: sigma is 0.0; use a number above 0, at most 1");
  EXPECT_EQ(refused(Genetic{.mutation_rate = 1.5}),
            "Genetic: mutation_rate is 1.5; use a chance from 0 to 1");
  EXPECT_EQ(refused(Genetic{.mutation_rate = -0.1}),
            "Genetic: mutation_rate is -0.1; use a chance from 0 to 1");
  EXPECT_EQ(refused(LocalSearch{}),
            "LocalSearch: seed_configuration is missing; give it a value for every parameter");
  EXPECT_THAT(refused(LocalSearch{.seed_configuration = seed, .perturbation_factors = {0.8, -1}}),
              HasSubstr("perturbation_factors has -1.0; use positive numbers other than 1"));
  EXPECT_THAT(refused(LocalSearch{.seed_configuration = seed, .perturbation_factors = {0, 2}}),
              HasSubstr("has 0.0;"));
  EXPECT_THAT(refused(LocalSearch{.seed_configuration = seed, .perturbation_factors = {1}}),
              HasSubstr("has 1.0;"));
  EXPECT_THAT(refused(LocalSearch{.seed_configuration = seed, .perturbation_factors = {}}),
              HasSubstr("is empty"));
  EXPECT_THAT(refused(LocalSearch{.seed_configuration = seed, .repeat_trials = 0}),
              HasSubstr("repeat_trials is 0"));
}

TEST(SpecificationChecks, SayWhatIsWrongWithOptionsOfStoppingRules) {
  EXPECT_EQ(refused_rule(PercentileStoppingRule{.percentile = 101}),
            "PercentileStoppingRule: percentile is 101.0; use a number from 0 to 100");
  EXPECT_THAT(refused_rule(PercentileStoppingRule{.min_trials = 0}), HasSubstr("min_trials is 0"));
  EXPECT_EQ(refused_rule(ThresholdStoppingRule{}),
            "ThresholdStoppingRule: it has no bound; give it lower, upper or both");
  EXPECT_EQ(refused_rule(ThresholdStoppingRule{.lower = 2, .upper = 1}),
            "ThresholdStoppingRule: lower 2.0 is above upper 1.0; exchange them");
  EXPECT_THAT(refused_rule(ThresholdStoppingRule{.lower = std::nan("")}),
              HasSubstr("a bound is NaN"));
  EXPECT_EQ(refused_rule(PatienceStoppingRule{.patience = 0}),
            "PatienceStoppingRule: patience is 0; use at least 1");
  EXPECT_THAT(refused_rule(PatienceStoppingRule{.min_delta = -1}), HasSubstr("min_delta is -1.0"));
  EXPECT_EQ(refused_rule(SuccessiveHalvingStoppingRule{.r = 0}),
            "SuccessiveHalvingStoppingRule: r is 0; use 1 to 1,000,000,000");
  EXPECT_EQ(refused_rule(SuccessiveHalvingStoppingRule{.eta = 1}),
            "SuccessiveHalvingStoppingRule: eta is 1; use at least 2");
}

}  // namespace
}  // namespace sherpa
