#include "core/study_file/study_file.hpp"

#include "tests/support/study_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sherpa::study_file {
namespace {

using testing::HasSubstr;
using testing_support::head;
using testing_support::parse;
using testing_support::refusal;
using testing_support::running;
using testing_support::taken;
using testing_support::with;

TEST(StudyFile, NamesTheLineTheFieldAndTheNearestKnownOne) {
  EXPECT_EQ(refusal("sherpa: 1\nlower_is_better: true\nparameters:\n"
                    "  - {name: a, type: continuous, range: [0, 1]}\n"
                    "  - {name: b, type: continuous, range: [0, 1]}\n"
                    "  - name: c\n"
                    "    rnage: [1, 2]\n"),
            "study.yaml:7: parameters[2]: unknown field 'rnage'; did you mean 'range'?");
  EXPECT_EQ(refusal(with("dashbord: {}")),
            "study.yaml:7: unknown field 'dashbord'; did you mean 'dashboard'?");
  EXPECT_EQ(
      refusal(with("dashboard: {colour: red}")),
      "study.yaml:7: dashboard: unknown field 'colour'; known are enabled, host, port and tls");
  EXPECT_EQ(refusal(running("time-out: 3")),
            "study.yaml:8: run: unknown field 'time-out'; did you mean 'timeout'?");
  EXPECT_EQ(refusal(running("retry: {\n    lsot: 3}")),
            "study.yaml:9: run.retry: unknown field 'lsot'; did you mean 'lost'?");
}

TEST(StudyFile, SaysWhatIsMissing) {
  EXPECT_EQ(refusal("name: x"),
            "study.yaml:1: the field 'sherpa' is missing; begin the file with 'sherpa: 1'");
  EXPECT_EQ(refusal("sherpa: 1"),
            "study.yaml:1: the field 'lower_is_better' is missing; add it (Whether the objective "
            "is minimised)");
  EXPECT_EQ(refusal("sherpa: 1\nlower_is_better: true"),
            "study.yaml:1: the field 'algorithm' is missing; add it (What to try next)");
  EXPECT_EQ(refusal(head), "study.yaml:1: the field 'run' is missing; add it (How a trial runs)");
  EXPECT_EQ(
      refusal(
          "sherpa: 1\nlower_is_better: true\nalgorithm: {name: RandomSearch}\nrun: {command: x}"),
      "study.yaml:1: the study has no parameters; give it at least one under 'parameters'");
  EXPECT_EQ(refusal(head + "run: {}"),
            "study.yaml:6: run: it has neither a command nor a function; give it 'command: "
            "[program, argument]'");
  EXPECT_THAT(refusal(head + "run:\n"),
              HasSubstr("study.yaml:6: run: expected a map with command, function, "));
  EXPECT_THAT(refusal(with("workers: {count: 3}")),
              HasSubstr("study.yaml:7: workers: the field 'launch' is missing; add it ("));
}

TEST(StudyFile, RefusesOtherVersions) {
  auto newer = parse("sherpa: 2\nsomething: new\n");
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, Errc::version);
  EXPECT_THAT(
      newer.error().message,
      testing::MatchesRegex("study.yaml:1: sherpa: the file is of format 2, and Sherpa [0-9.]+ "
                            "reads format 1; use a newer Sherpa"));
  EXPECT_EQ(refusal("sherpa: 0"),
            "study.yaml:1: sherpa: expected the version of the format, which is 1, not 0");
  EXPECT_EQ(refusal("sherpa: '1'"),
            "study.yaml:1: sherpa: expected the version of the format, which is 1, not '1'");
}

TEST(StudyFile, RefusesValuesOfTheWrongType) {
  EXPECT_EQ(refusal("sherpa: 1\nlower_is_better: yes"),
            "study.yaml:2: lower_is_better: expected true or false, not 'yes'");
  EXPECT_EQ(refusal(with("name: 2024")), "study.yaml:7: name: expected a text, not 2024; quote it");
  EXPECT_EQ(refusal(with("name: [a]")), "study.yaml:7: name: expected a text, not a list");
  EXPECT_EQ(refusal(with("name: ''")),
            "study.yaml:7: name: it is empty; give it a text or leave it out");
  EXPECT_EQ(refusal(with("name: null")), "study.yaml:7: name: expected a text, not null");
  EXPECT_EQ(
      refusal(with("random_seed: -1")),
      "study.yaml:7: random_seed: expected a whole number from 0 to 18446744073709551615, not -1");
  EXPECT_EQ(refusal(with("dashboard: {port: 70000}")),
            "study.yaml:7: dashboard.port: expected a whole number from 1 to 65535, not 70000");
  EXPECT_EQ(refusal(with("durability: disk")),
            "study.yaml:7: durability: expected one of process and power, not 'disk'");
  EXPECT_EQ(refusal(running("checkpoints: {keep: al}")),
            "study.yaml:8: run.checkpoints.keep: expected one of needed and all, not 'al'; did you "
            "mean 'all'?");
  EXPECT_EQ(refusal(running("scheduler: {name: SlurmScheduler}")),
            "study.yaml:8: run.scheduler.name: expected one of LocalScheduler, SLURMScheduler and "
            "SGEScheduler, not "
            "'SlurmScheduler'; did you mean 'SLURMScheduler'?");
  EXPECT_EQ(refusal(running("scheduler: {resources: [a, a]}")),
            "study.yaml:8: run.scheduler.resources[1]: 'a' is given twice; each is lent to one "
            "trial at a time");
  EXPECT_EQ(
      refusal(running("max_concurrent: 0")),
      "study.yaml:8: run.max_concurrent: expected a whole number from 1 to 4294967295, not 0");
  EXPECT_EQ(
      refusal(running("max_concurrent: 2.0")),
      "study.yaml:8: run.max_concurrent: expected a whole number from 1 to 4294967295, not 2.0");
  EXPECT_EQ(refusal(running("environment: {A=B: 1}")),
            "study.yaml:8: run.environment.A=B: 'A=B' cannot be the name of a variable");
  EXPECT_EQ(refusal(running("environment: {A: null}")),
            "study.yaml:8: run.environment.A: expected a text, not null");
  EXPECT_EQ(refusal(running("environment: {A: \"\\0\"}")),
            "study.yaml:8: run.environment.A: a NUL character cannot be passed on");
  EXPECT_EQ(
      refusal(running("environment:")),
      "study.yaml:8: run.environment: expected a map of variables and their values, not null");
  EXPECT_EQ(refusal(running("needs: {gpu: 1.5}")),
            "study.yaml:8: run.needs.gpu: expected a share between 0 and 1, or a whole number of "
            "units, not 1.5");
  EXPECT_EQ(refusal(running("needs: {slots: 0}")),
            "study.yaml:8: run.needs.slots: expected a whole number from 1 to 4294967295, not 0");
}

TEST(StudyFile, KeepsErrorsShort) {
  auto message = refusal(with("durability: \"" + std::string(100'000, 'x') + "\\n\\ny\""));
  EXPECT_LT(message.size(), 700u);
  EXPECT_THAT(message, HasSubstr("durability: expected one of process and power, not 'xxx"));
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST(StudyFile, ChecksParameters) {
  auto refused = [](const std::string& parameters) {
    return refusal("sherpa: 1\nlower_is_better: true\nparameters:\n" + parameters +
                   "\nalgorithm: {name: RandomSearch}\nrun: {command: [train]}\n");
  };
  EXPECT_EQ(refused("  - {name: a, type: continuous, range: [1, 1]}"),
            "study.yaml:4: parameters[0]: parameter 'a': low and high are both 1.0; use Choice or "
            "Ordinal for a single value");
  EXPECT_EQ(refused("  - {name: a, type: continuous, range: [0, 1]}\n  - {name: a, type: "
                    "continuous, range: [0, 1]}"),
            "study.yaml:5: parameters[1]: there is a parameter 'a' in line 4 already; give each a "
            "name of its own");
  EXPECT_THAT(refused("  - {name: a, type: continous, range: [0, 1]}"),
              HasSubstr("did you mean 'continuous'?"));
  EXPECT_EQ(
      refused("  - {name: a, type: choice,\n     range: [null]}"),
      "study.yaml:5: parameters[0].range[0]: expected a bool, number, text or list, not null");
  EXPECT_THAT(
      refused("  - a"),
      HasSubstr("study.yaml:4: parameters[0]: expected a map with name, type and range, not 'a'"));
  EXPECT_THAT(refused("  a: 1"),
              HasSubstr("study.yaml:3: parameters: expected a list of parameters, not a map"));
}

TEST(StudyFile, ChecksTheAlgorithmAndTheRule) {
  auto refused = [](const std::string& lines) {
    return refusal("sherpa: 1\nlower_is_better: true\n" + lines);
  };
  EXPECT_EQ(
      refused("algorithm:\n  name: RandomSerch"),
      "study.yaml:4: algorithm: unknown algorithm 'RandomSerch'; did you mean 'RandomSearch'?");
  EXPECT_THAT(
      refused("algorithm: {name: NelderMead}"),
      HasSubstr(
          "study.yaml:3: algorithm: unknown algorithm 'NelderMead'; known are RandomSearch, "));
  EXPECT_EQ(
      refused("algorithm:\n  name: RandomSearch\n  max_num_trials: 3\n  repet: 3"),
      "study.yaml:6: algorithm: RandomSearch: unknown option 'repet'; did you mean 'repeat'?");
  EXPECT_EQ(refused("algorithm:\n  name: Chain\n  algorithms:\n  - name: RandomSearch\n    "
                    "max_num_trials: x"),
            "study.yaml:7: algorithm: Chain: algorithms: RandomSearch: max_num_trials: expected a "
            "whole number from 0, not \"x\"");
  EXPECT_EQ(
      refused("algorithm: {name: RandomSearch, repeat: 0}"),
      "study.yaml:3: algorithm: RandomSearch: repeat is 0; use 1 to try each configuration once");
  EXPECT_EQ(
      refused("algorithm: {name: Chain, algorithms: [\n {name: own, own: x}]}"),
      "study.yaml:4: algorithm.algorithms[0]: your own algorithm is code: run the study from C++");
  EXPECT_EQ(refusal(with("stopping_rule: {name: own, own: x}")),
            "study.yaml:7: stopping_rule: your own stopping rule is code: run the study from C++");
  EXPECT_THAT(refusal(with("stopping_rule: {name: MedianRule}")),
              testing::StartsWith("study.yaml:7: stopping_rule: unknown stopping rule "
                                  "'MedianRule'; known are MedianStoppingRule, "));
  EXPECT_EQ(refusal(with("stopping_rule: {name: MedianStoppingRule,\n min_trials: 0}")),
            "study.yaml:7: stopping_rule: MedianStoppingRule: min_trials is 0; use at least 1");
  EXPECT_THAT(refused("algorithm: null"),
              HasSubstr("study.yaml:3: algorithm: expected algorithm as an object with a name"));
}

TEST(StudyFile, ChecksTheConfigurationsOfIterate) {
  auto text = [](const std::string& parameters, const std::string& second,
                 const std::string& command = "train") {
    return "sherpa: 1\nlower_is_better: true\n" + parameters +
           "algorithm:\n  name: Iterate\n  configurations:\n    - {a: 1}\n    - " + second +
           "\nrun: {command: ['" + command + "']}\n";
  };
  EXPECT_TRUE(taken(text("", "{a: 2}", "{a}")).setup.parameters.empty());
  EXPECT_THAT(refusal(text("", "{a: 2}", "{b}")),
              HasSubstr("study.yaml:8: run.command[0]: there is no parameter 'b'"));
  EXPECT_EQ(refusal(text("", "{b: 2}")),
            "study.yaml:5: algorithm.configurations: configuration 2 has other names than the "
            "first; give every one the same");
  EXPECT_EQ(refusal(text("parameters: [{name: a, type: discrete, range: [1, 4]}]\n", "{a: 7}")),
            "study.yaml:8: algorithm.configurations[1]: parameter 'a': 7 is outside [1, 4]");
}

TEST(StudyFile, ChecksTheCommand) {
  auto refused = [](const std::string& command) {
    return refusal(head + "run:\n  command: " + command + "\n");
  };
  EXPECT_EQ(refused("[train,\n    '{lrr}']"),
            "study.yaml:8: run.command[1]: there is no parameter 'lrr'; did you mean 'lr'? (write "
            "'{{' and '}}' for braces)");
  EXPECT_EQ(refused("awk '{print}'"),
            "study.yaml:7: run.command: there is no parameter 'print'; known are lr (write '{{' "
            "and '}}' for braces)");
  EXPECT_EQ(
      refused("[train, {lr}]"),
      "study.yaml:7: run.command[1]: expected a text, not a map; quote a placeholder: \"{lr}\"");
  EXPECT_EQ(refused("a }"), "study.yaml:7: run.command: a '}' without '{'; write '}}' for a brace");
  EXPECT_EQ(refused("a {lr"),
            "study.yaml:7: run.command: a '{' is not closed; write '{{' for a brace");
  EXPECT_EQ(refused("[]"), "study.yaml:7: run.command: it names no program; put one first");
  EXPECT_EQ(refused("''"),
            "study.yaml:7: run.command: it is empty; give it a text or leave it out");
  EXPECT_EQ(
      refused("7"),
      "study.yaml:7: run.command: expected a list of arguments, or a line for /bin/sh, not 7");
  EXPECT_EQ(refused("x\n  function: f"),
            "study.yaml:7: run.command: there are a command and a function; leave one of them out");
  EXPECT_EQ(refusal(head + "run: {function: f}"),
            "study.yaml:6: run.function: functions run in worker programs, and there are none; add "
            "'workers: {launch: none}'");
}

TEST(StudyFile, ChecksWhatATrialNeeds) {
  EXPECT_EQ(refusal(running("needs: {gpu: 1}")),
            "study.yaml:8: run.needs: a trial needs more than run.scheduler.resources lists; name "
            "the units there, as in [gpu:0, "
            "gpu:1]");
  EXPECT_EQ(refusal(running("needs: {gpu: 1}\n  scheduler: {name: SLURMScheduler}")), "accepted");
  EXPECT_EQ(refusal(running("needs: {gpu: 1}", "workers: {launch: none}")), "accepted");
  EXPECT_EQ(refusal(running("needs: {gpu: 1}", "workers: {launch: none, resources: [cpu]}")),
            "study.yaml:8: run.needs: a trial needs more than workers.resources lists; name the "
            "units there, as in [gpu:0, gpu:1]");
  EXPECT_EQ(
      refusal(running("needs: {slots: 4}", "workers: {launch: none, slots: 2}")),
      "study.yaml:8: run.needs: a trial needs 4 slots, and a worker has 2; raise workers.slots");
  EXPECT_EQ(refusal(running("scheduler: {name: SLURMScheduler}", "workers: {launch: slurm}")),
            "study.yaml:8: run.scheduler: trials run on the workers; leave the scheduler out, or "
            "the workers");
  EXPECT_EQ(refusal(running("max_concurrent: null")),
            "study.yaml:8: run.max_concurrent: null means all that the workers offer, and there "
            "are none; give a number");
}

TEST(StudyFile, RefusesNamesThatAreNoDirectories) {
  EXPECT_THAT(refusal(with("name: a/b")),
              HasSubstr("study.yaml:7: name: the name 'a/b' cannot be that of a directory"));
  EXPECT_THAT(refusal(with("name: '..'")), HasSubstr("the name '..' cannot be"));
  EXPECT_THAT(refusal(with("name: \"a\\tb\"")), HasSubstr("the name 'a\\tb' cannot be"));
  EXPECT_EQ(study_file::parse_study_file(with(""), "-", "-").or_throw().setup.name, "study");
  EXPECT_EQ(study_file::parse_study_file(with(""), "-", "").or_throw().setup.name, "study");
}

}  // namespace
}  // namespace sherpa::study_file
