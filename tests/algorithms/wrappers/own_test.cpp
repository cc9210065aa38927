#include "tests/support/rehearse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace sherpa {
namespace {

using namespace testing_support;
using runtime::Rehearsal;
using testing::HasSubstr;

class CountsDown final : public Algorithm {
 public:
  Suggestion get_suggestion(const std::vector<Parameter>& parameters, const Results& results, bool,
                            Random) override {
    auto ended = results.with_status(TrialStatus::completed).size();
    if (ended == 3) return Done{};
    return Configuration{{parameters.at(0).name(), static_cast<int>(3 - ended)},
                         {"generation", static_cast<int>(ended)}};
  }
};

TEST(Own, IsAskedWithTheResultsAndKeepsItsOwnFields) {
  auto own_one = own("counts down", [] { return std::make_unique<CountsDown>(); });
  Rehearsal study(study_with(own_one, {Discrete{"n", {1, 3}}}));
  auto seen = run(study, 1000);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[2], (Configuration{{"generation", 2}, {"n", 1}}));
  EXPECT_THAT(study.csv(), HasSubstr("Trial-ID,Status,Iteration,generation,n,Objective\n"));
}

class Throws final : public Algorithm {
 public:
  Suggestion get_suggestion(const std::vector<Parameter>&, const Results& results, bool,
                            Random random) override {
    if (results.size() >= 4) throw std::runtime_error("out of ideas");
    return Configuration{{"n", 1 + static_cast<int>(random.below(3))}};
  }
};

TEST(Own, EndsTheStudyWithAnErrorWhenItThrowsAndTheStudyResumes) {
  auto own_one = own("throws", [] { return std::make_unique<Throws>(); });
  Rehearsal study(study_with(own_one, {Discrete{"n", {1, 3}}}));
  try {
    run(study, 1000);
    FAIL();
  } catch (const Exception& e) {
    EXPECT_EQ(e.code(), Errc::user_code);
    EXPECT_STREQ(e.what(), "algorithm 'throws' threw: out of ideas");
  }
  EXPECT_EQ(study.engine().ended()->why, study::EndOfStudy::error);
  EXPECT_THROW(study.take(), Exception);
  auto setup = study_with(RandomSearch{.max_num_trials = 5}, {Discrete{"n", {1, 3}}});
  setup.update = true;
  study.restart(setup);
  EXPECT_EQ(run(study, 1000).size(), 3u);  // the two before count
}

TEST(Own, MayNotSuggestWhatDoesNotFit) {
  struct Wrong final : Algorithm {
    Suggestion get_suggestion(const std::vector<Parameter>&, const Results&, bool,
                              Random) override {
      return Configuration{{"m", 1}};
    }
  };
  Rehearsal study(
      study_with(own("wrong", [] { return std::make_unique<Wrong>(); }), {Discrete{"n", {1, 3}}}));
  try {
    study.take();
    FAIL();
  } catch (const Exception& e) {
    EXPECT_THAT(e.what(), HasSubstr("algorithm 'wrong' threw: it suggested what does not fit: the "
                                    "configuration has no value for parameter 'n'"));
  }
}

TEST(Own, LearnsOnResumeHowManyTrialsItHadSuggested) {
  struct Loads final : Algorithm {
    explicit Loads(std::uint64_t* loaded) : loaded_(loaded) {}
    Suggestion get_suggestion(const std::vector<Parameter>&, const Results&, bool,
                              Random) override {
      return Configuration{{"n", 1}};
    }
    void load(std::uint64_t num_trials) override { *loaded_ = num_trials; }
    std::uint64_t* loaded_;
  };
  std::uint64_t loaded = 99;
  Rehearsal study(study_with(own("loads", [&] { return std::make_unique<Loads>(&loaded); }),
                             {Discrete{"n", {1, 3}}}));
  run(study, 5);
  study.restart();
  EXPECT_EQ(loaded, 5u);
}

}  // namespace
}  // namespace sherpa
