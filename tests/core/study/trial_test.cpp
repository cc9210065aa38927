#include "core/space/access.hpp"
#include "core/study/trial_backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace sherpa {
namespace {

using testing::HasSubstr;

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const Exception& e) {
    EXPECT_EQ(e.code(), Errc::wrong_state);
    return e.what();
  }
  return "";
}

TEST(TrialRecord, CanBeReadAndNotRun) {
  const Configuration parameters{{"x", 0.5}};
  Trial trial = internal::Access::trial(std::make_unique<study::TrialRecord>(7, parameters));
  EXPECT_EQ(trial.id(), 7u);
  EXPECT_EQ(trial.get<double>("x"), 0.5);
  EXPECT_FALSE(trial.should_stop());
  EXPECT_FALSE(trial.load_dir().has_value());
  EXPECT_THAT(refusal([&] { trial.report({.objective = 1}); }), HasSubstr("trial 7"));
  EXPECT_THAT(refusal([&] { trial.save_dir(); }), HasSubstr("not run"));
  EXPECT_THAT(refusal([&] { trial.publish(); }), HasSubstr("not run"));
}

TEST(Trial, RefusesEverythingAfterAMove) {
  const Configuration parameters{{"x", 0.5}};
  Trial trial = internal::Access::trial(std::make_unique<study::TrialRecord>(7, parameters));
  Trial other(std::move(trial));
  EXPECT_EQ(other.id(), 7u);
  EXPECT_THAT(refusal([&] { trial.id(); }), HasSubstr("moved from"));
}

}  // namespace
}  // namespace sherpa
