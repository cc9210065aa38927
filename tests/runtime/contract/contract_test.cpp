#include <sherpa/algorithms.hpp>
#include <sherpa/contract.hpp>
#include <sherpa/stopping_rules.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa {
namespace {

using testing::HasSubstr;

TEST(Contract, FindsWhatIsWrong) {
  struct Forgetful final : Algorithm {  // counts for itself: another answer after a restart
    Suggestion get_suggestion(const std::vector<Parameter>&, const Results&, bool,
                              Random) override {
      return Configuration{{"n", 1 + (calls_++ % 3)}};
    }
    int calls_ = 0;
  };
  auto found = contract_violations(own("forgetful", [] { return std::make_unique<Forgetful>(); }),
                                   {Discrete{"n", {1, 3}}});
  EXPECT_THAT(found, testing::Contains(HasSubstr("restarted after every 1. trial")));

  struct Waits final : Algorithm {
    Suggestion get_suggestion(const std::vector<Parameter>&, const Results&, bool,
                              Random) override {
      return Wait{};
    }
  };
  EXPECT_THAT(contract_violations(own("waits", [] { return std::make_unique<Waits>(); }),
                                  {Discrete{"n", {1, 3}}}),
              testing::Contains(HasSubstr("it waits although no trial is running")));

  struct CountingRule final : StoppingRule {
    bool should_trial_stop(const Trial&, const Results&, bool) override {
      return ++calls_ % 5 == 0;
    }
    int calls_ = 0;
  };
  EXPECT_THAT(contract_violations(own("counting", [] { return std::make_unique<CountingRule>(); })),
              testing::Contains(HasSubstr("after a restart the verdict")));
}

}  // namespace
}  // namespace sherpa
