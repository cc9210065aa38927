#include "core/study_file/run_command.hpp"

#include "tests/support/study_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::study_file {
namespace {

using testing::ElementsAre;
using testing_support::running;
using testing_support::taken;
using testing_support::with;

TEST(ResolvedCommand, ReplacesNames) {
  Configuration values{{"lr", 1e-4}, {"n", 64},   {"act", "it's"}, {"layers", list(128, 64)},
                       {"b", true},  {"none", ""}};
  auto arguments = [&](std::vector<std::string> command) {
    return study_file::resolved_command({.command = std::move(command)}, values).or_throw();
  };
  EXPECT_THAT(
      arguments({"train", "--lr={lr}", "{n}{act}", "{layers}", "{b}", "{none}", "{{lr}}", "$x"}),
      ElementsAre("train", "--lr=1e-04", "64it's", "[128, 64]", "True", "", "{lr}", "$x"));
  EXPECT_THAT(study_file::resolved_command(
                  {.command = std::string("train {lr} {act} {layers} {none} ${{HOME}}")}, values)
                  .or_throw(),
              ElementsAre("/bin/sh", "-c", R"(train 1e-04 'it'\''s' '[128, 64]' '' ${HOME})"));
}

TEST(ResolvedCommand, RefusesWhatItCannotFill) {
  Configuration values{{"lr", 0.5}, {"nul", std::string("a\0b", 3)}};
  auto refused = [&](const study_file::RunSpec& run) {
    return study_file::resolved_command(run, values).error().message;
  };
  EXPECT_EQ(refused({.command = std::string("{l}")}),
            "run.command: the trial has no value for 'l'; did you mean 'lr'?");
  EXPECT_EQ(refused({.command = std::vector<std::string>{"{nul}"}}),
            "run.command: the value of 'nul' holds a NUL character");
  EXPECT_EQ(refused({.function = "train"}), "run: there is no command, but the function 'train'");
}

TEST(StudyFile, GivesTheEngineItsLimits) {
  auto limits = study_file::limits_of(
      taken(running("timeout: 2m\n  retry: {failed: 2}\n  needs: {slots: 2}")).run);
  EXPECT_EQ(limits, (study::Limits{.max_concurrent = 1,
                                   .retry = {.failed = 2},
                                   .give_up_after = 10,
                                   .lease_ms = 60'000,
                                   .timeout_ms = 120'000,
                                   .needs = {.slots = 2}}));
  EXPECT_EQ(study_file::limits_of(taken(with("workers: {launch: none}")).run).max_concurrent, 0u);
}

}  // namespace
}  // namespace sherpa::study_file
