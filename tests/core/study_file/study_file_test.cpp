#include "core/study_file/study_file.hpp"

#include "tests/support/scratch.hpp"
#include "tests/support/study_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace sherpa::study_file {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing_support::head;
using testing_support::read_file;
using testing_support::refusal;
using testing_support::running;
using testing_support::Scratch;
using testing_support::source;
using testing_support::taken;
using testing_support::with;
using testing_support::working;

TEST(StudyFile, FillsInDefaults) {
  auto file = taken(with(""));
  EXPECT_EQ(file.setup.name, "digits");
  EXPECT_TRUE(file.setup.lower_is_better);
  EXPECT_THAT(file.setup.parameters,
              ElementsAre(Parameter(Continuous{"lr", {1e-4, 0.1}, Scale::log})));
  EXPECT_EQ(file.setup.algorithm, AlgorithmSpecification(RandomSearch{.max_num_trials = 3}));
  EXPECT_EQ(file.setup.stopping_rule, std::nullopt);
  EXPECT_EQ(file.setup.output_dir, "output/digits");
  EXPECT_EQ(file.setup.random_seed, std::nullopt);
  EXPECT_EQ(file.setup.durability, Durability::process);
  EXPECT_EQ(file.workers, std::nullopt);
  EXPECT_EQ(file.dashboard, (study_file::DashboardSpec{true, "127.0.0.1", std::nullopt}));
  study_file::RunSpec run{.command = std::vector<std::string>{"train"}};
  EXPECT_EQ(file.run, run);
  EXPECT_EQ(run.directory, ".");
  EXPECT_EQ(run.max_concurrent, 1u);
  EXPECT_EQ(run.timeout, std::nullopt);
  EXPECT_EQ(run.grace, 10s);
  EXPECT_EQ(run.lease, 60s);
  EXPECT_EQ(run.orphan_grace, 30s);
  EXPECT_EQ(run.give_up_after, 10u);
  EXPECT_EQ(run.retry.lost, 3u);
  EXPECT_EQ(run.retry.preempted, std::nullopt);
}

TEST(StudyFile, FillsInDefaultsOfWorkers) {
  auto workers = *taken(with("workers: {launch: slurm}")).workers;
  study_file::WorkersSpec expected{.launch = study_file::Launch::slurm, .listen = "0.0.0.0"};
  EXPECT_EQ(workers, expected);
  EXPECT_EQ(expected.count, 1u);
  EXPECT_EQ(expected.slots, 1u);
  EXPECT_EQ(expected.notice, 120s);
  EXPECT_EQ(expected.idle, 10min);
  EXPECT_EQ(taken(with("workers: {launch: local}")).workers->listen, "127.0.0.1");
  EXPECT_EQ(taken(with("workers: {launch: none}")).workers->listen, "0.0.0.0");
  EXPECT_EQ(taken(with("workers: {launch: local}")).run.max_concurrent, std::nullopt);
  EXPECT_EQ(taken(running("max_concurrent: 5", "workers: {launch: local}")).run.max_concurrent, 5u);
  EXPECT_EQ(taken(running("max_concurrent: null", "workers: {launch: local}")).run.max_concurrent,
            std::nullopt);
}

TEST(StudyFile, ReadsEveryField) {
  auto file = study_file::read_study_file(source / "examples/studies/cluster.yaml").or_throw();
  EXPECT_EQ(file.setup.name, "digits");
  EXPECT_FALSE(file.setup.lower_is_better);
  EXPECT_THAT(file.setup.parameters,
              ElementsAre(Parameter(Continuous{"lr", {1e-4, 0.1}, Scale::log}),
                          Parameter(Choice{"layers", {list(128), list(128, 64)}})));
  EXPECT_EQ(file.setup.algorithm, AlgorithmSpecification(RandomSearch{.max_num_trials = 400}));
  EXPECT_EQ(file.setup.output_dir, "output/digits");
  EXPECT_EQ(file.setup.random_seed, 7u);
  EXPECT_EQ(file.setup.durability, Durability::power);
  const auto& run = file.run;
  EXPECT_EQ(std::get<std::string>(run.command),
            "module load python\n"
            "exec python3 train.py --lr {lr} --layers {layers} > "
            "\"$SHERPA_OUTPUT_DIR/log.${{SHERPA_TRIAL_ID}}\"\n");
  EXPECT_EQ(run.directory, "/home/ada/digits");
  EXPECT_THAT(run.environment, ElementsAre(Pair("OMP_NUM_THREADS", "4")));
  EXPECT_EQ(run.needs, (study::Needs{1, {{"gpu", 1}}}));
  EXPECT_EQ(run.max_concurrent, 12u);
  EXPECT_EQ(run.timeout, 90min);
  EXPECT_EQ(run.retry.failed, 1u);
  EXPECT_EQ(run.checkpoints.keep, study_file::Keep::all);
  EXPECT_EQ(file.workers, (study_file::WorkersSpec{
                              .launch = study_file::Launch::slurm,
                              .count = 8,
                              .slots = 2,
                              .resources = std::vector<std::string>{"gpu:0", "gpu:1"},
                              .submit_options = "--partition=gpu --gres=gpu:2 --time=4:00:00",
                              .environment = "env.sh",
                              .notice = 2min,
                              .idle = 10min,
                              .listen = "0.0.0.0"}));
}

TEST(StudyFile, ReadsWhatIsNotTheDefault) {
  auto run = [](const std::string& lines) { return taken(running(lines)).run; };
  EXPECT_EQ(run("directory: work").directory, "work");
  EXPECT_EQ(run("scheduler: {name: SLURMScheduler, submit_options: -p gpu, environment: env.sh}")
                .scheduler,
            (study_file::SchedulerSpec{study_file::SchedulerKind::slurm, "-p gpu", {}, "env.sh"}));
  EXPECT_EQ(run("scheduler: {name: SGEScheduler}").scheduler.name, study_file::SchedulerKind::sge);
  EXPECT_THAT(run("scheduler: {resources: ['gpu:0', 'gpu:1']}").scheduler.resources,
              ElementsAre("gpu:0", "gpu:1"));
  EXPECT_EQ(run("needs: {slots: 3}").needs, (study::Needs{3, {}}));
  EXPECT_EQ(run("scheduler: {resources: [gpu]}\n  needs: {gpu: 0.5}").needs,
            (study::Needs{1, {{"gpu", 0.5}}}));
  EXPECT_EQ(run("grace: 0").grace, 0s);
  EXPECT_EQ(run("lease: 2m").lease, 2min);
  EXPECT_EQ(run("orphan_grace: 1h30m").orphan_grace, 90min);
  EXPECT_EQ(run("give_up_after: 0").give_up_after, 0u);
  auto retry = run("retry: {failed: null, timeout: 1, lost: 0, preempted: 2}").retry;
  EXPECT_EQ(retry, (study::RetryLimits{std::nullopt, 1, 0, 2, std::nullopt}));
  EXPECT_EQ(
      taken(with("stopping_rule: {name: MedianStoppingRule, min_trials: 5}")).setup.stopping_rule,
      StoppingRuleSpecification(MedianStoppingRule{.min_trials = 5}));
  EXPECT_EQ(taken(with("name: mine")).setup.output_dir, "output/mine");
  EXPECT_EQ(taken(with("output_dir: /tmp/x")).setup.output_dir, "/tmp/x");
  EXPECT_EQ(taken(with("random_seed: 18446744073709551615")).setup.random_seed,
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(taken(with("dashboard: {enabled: false, host: 0.0.0.0, port: 9000}")).dashboard,
            (study_file::DashboardSpec{false, "0.0.0.0", 9000}));
  EXPECT_EQ(taken(working("idle: null, port: 7000, listen: '::1'")).workers,
            (study_file::WorkersSpec{.idle = std::nullopt, .listen = "::1", .port = 7000}));
  EXPECT_EQ(taken(head + "run: {function: train}\nworkers: {launch: none}\n").run.function,
            "train");
}

TEST(StudyFile, ReadsDurations) {
  auto timeout = [](const std::string& text) {
    return taken(running("timeout: " + text)).run.timeout;
  };
  EXPECT_EQ(timeout("90s"), 90s);
  EXPECT_EQ(timeout("2h"), 2h);
  EXPECT_EQ(timeout("500ms"), 500ms);
  EXPECT_EQ(timeout("1d"), 24h);
  EXPECT_EQ(timeout("1.5m"), 90s);
  EXPECT_EQ(timeout("90"), 90s);
  EXPECT_EQ(timeout("0.25"), 250ms);
  EXPECT_EQ(timeout("1e3"), 1000s);
  EXPECT_EQ(timeout("null"), std::nullopt);
  auto refused = [](const std::string& text) { return refusal(running("timeout: " + text)); };
  EXPECT_EQ(refused("5x"),
            "study.yaml:8: run.timeout: '5x' is no duration; write it as 90s, 2h or 500ms (units: "
            "ms, s, m, h and d)");
  EXPECT_THAT(refused("'90'"), HasSubstr("'90' is no duration"));
  EXPECT_THAT(refused("h"), HasSubstr("'h' is no duration"));
  EXPECT_THAT(refused("1..5s"), HasSubstr("is no duration"));
  EXPECT_THAT(refused("''"), HasSubstr("'' is no duration"));
  EXPECT_EQ(refused("-1"),
            "study.yaml:8: run.timeout: the duration -1.0 must lie between 0 and a century");
  EXPECT_THAT(refused("1e9d"), HasSubstr("is no duration"));
  EXPECT_THAT(refused("99999999d"), HasSubstr("between 0 and a century"));
  EXPECT_THAT(refused(".nan"), HasSubstr("between 0 and a century"));
  EXPECT_THAT(refused(".inf"), HasSubstr("between 0 and a century"));
  EXPECT_THAT(refused("0.0001"), HasSubstr("shorter than a millisecond"));
  EXPECT_EQ(refused("0"), "study.yaml:8: run.timeout: it must be longer than 0");
  EXPECT_EQ(refused("[1]"),
            "study.yaml:8: run.timeout: expected a duration such as 90s, 2h or 500ms, or a number "
            "of seconds, not a list");
}

TEST(StudyFile, TakesWordsAsTheyAreWritten) {
  auto run = taken(head +
                   "run:\n  command: [train, 1e-4, 010, true, -1, '', \"{lr}\"]\n  environment: "
                   "{A: 1.50, B: yes, C: ''}\n")
                 .run;
  EXPECT_THAT(std::get<std::vector<std::string>>(run.command),
              ElementsAre("train", "1e-4", "010", "true", "-1", "", "{lr}"));
  EXPECT_THAT(run.environment, ElementsAre(Pair("A", "1.50"), Pair("B", "yes"), Pair("C", "")));
}

TEST(StudyFile, PutsReversedRangesInOrderAndSaysSoOnce) {
  testing_support::CaughtLog log;
  auto file = taken(
      "sherpa: 1\nlower_is_better: true\nparameters: [{name: a, type: discrete, range: [9, 1]}]\n"
      "algorithm: {name: RandomSearch}\nrun: {command: [train]}\n");
  EXPECT_EQ(file.setup.parameters[0], Parameter(Discrete{"a", {1, 9}}));
  EXPECT_EQ(log.lines().size(), 1u);
}

TEST(StudyFile, IsReadFromAFile) {
  Scratch scratch;
  auto refused = [](const std::filesystem::path& path) {
    return study_file::read_study_file(path).error().message;
  };
  EXPECT_EQ(refused(scratch / "none.yaml"),
            (scratch / "none.yaml").string() +
                ": the study file cannot be read: No such file or directory");
  EXPECT_EQ(refused(scratch.path()),
            scratch.path().string() + ": this is a directory; give the study file itself");
  std::ofstream(scratch / "study.yaml") << with("foo: 1");
  EXPECT_THAT(refused(scratch / "study.yaml"),
              HasSubstr((scratch / "study.yaml").string() + ":7: unknown field 'foo'"));
  EXPECT_EQ(refused(scratch.path()),
            scratch.path().string() +
                ": this is a directory; give the study file itself, study.yaml in it");
  std::ofstream(scratch / "mine.yaml") << with("");
  EXPECT_EQ(study_file::read_study_file(scratch / "mine.yaml").or_throw().setup.name, "mine");
  EXPECT_THAT(refused("/dev/zero"), HasSubstr("/dev/zero:1:1: the file is larger than 16 MiB"));
}

TEST(StudyFile, ReadsBackEqualFromWhatItWrites) {
  std::vector<std::string> texts{
      read_file(source / "examples/studies/digits.yaml"),
      read_file(source / "examples/studies/cluster.yaml"),
      with(""),
      running("scheduler: {resources: ['gpu:0', no, 'null', '1e3', \"a\\tb\", 'ü: #x', '- y', "
              "'it''s', 'a b:1']}\n  needs: "
              "{'null': 1, a "
              "b: 0.25}"),
      running("grace: 1ms\n  lease: 90061001ms\n  orphan_grace: 0\n  timeout: 7d\n  retry: "
              "{failed: null, lost: null}"),
      running("environment: {yes: 'no', N: '1', E: \"\\u0001\\u007f\\u2028\\n\"}"),
      with("random_seed: 18446744073709551615\noutput_dir: 'a b/c: d'\nname: 'true'\nworkers: "
           "{launch: local, idle: null, "
           "resources: []}"),
      head + "run: {function: train}\nworkers: {launch: none, port: 1}\n",
      "sherpa: 1\nlower_is_better: true\nalgorithm: {name: Chain, algorithms: [{name: GridSearch, "
      "points: end_points}, {name: "
      "Repeat, "
      "algorithm: {name: RandomSearch}}]}\nparameters: [{name: '~', type: choice, range: [1, 1.0, "
      "'1', 1e300, -5e-324, true, "
      "'true', [a, 1, .5]]}]\nrun: {command: 'x {~}'}",
      "sherpa: 1\nlower_is_better: true\nalgorithm: {name: Iterate, configurations: [{? " +
          std::string(2000, 'k') + " : 1, b: x}]}\nrun: {command: [x]}",
  };
  for (const auto& text : texts) {
    auto file = taken(text);
    auto written = study_file::to_yaml(file);
    auto again = study_file::parse_study_file(written, "again", "another.yaml");
    ASSERT_TRUE(again) << again.error().message << "\n" << written;
    EXPECT_EQ(*again, file) << written;
    EXPECT_EQ(study_file::to_yaml(*again), written);
  }
}

TEST(StudyFile, DiffersWhereAnyFieldDoes) {
  auto one = taken(with(""));
  for (auto lines :
       {"name: x", "output_dir: x", "random_seed: 1", "durability: power", "dashboard: {port: 1}",
        "workers: {launch: none}", "stopping_rule: {name: MedianStoppingRule}"})
    EXPECT_FALSE(taken(with(lines)) == one) << lines;
  EXPECT_FALSE(taken(running("")) == one);
}

TEST(StudyFile, WritesWhatOtherReadersTakeToo) {
  auto written = study_file::to_yaml(
      taken(running("timeout: 90m\n  environment: {A: 'no', B: '1', C: plain}")));
  EXPECT_THAT(
      written,
      HasSubstr(
          "parameters:\n  - {name: lr, type: continuous, range: [1.0e-04, 0.1], scale: log}\n"));
  EXPECT_THAT(written, HasSubstr("  environment: {A: \"no\", B: \"1\", C: plain}\n"));
  EXPECT_THAT(written, HasSubstr("  timeout: 90m\n"));
  EXPECT_THAT(written, testing::Not(HasSubstr("function")));
}

}  // namespace
}  // namespace sherpa::study_file
