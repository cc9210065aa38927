#include "core/space/json.hpp"
#include "runtime/store/sqlite_store.hpp"
#include "tests/support/own_address.hpp"
#include "tests/support/process.hpp"

#include <sherpa/study.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <thread>

// The command sherpa as it is typed: studies of shell commands.
namespace sherpa {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_support::Outcome;
using testing_support::Process;
using testing_support::Scratch;

class RunTest : public testing::Test {
 protected:
  /// A study of so many trials; `command` as it stands in the file.
  std::filesystem::path study(const std::string& command, int trials = 6,
                              const std::string& more = "") {
    auto file = scratch / "study.yaml";
    std::ofstream(file) << "sherpa: 1\nlower_is_better: true\nparameters:\n  - {name: x, type: "
                           "continuous, range: [0, 1]}\n"
                        << "algorithm: {name: RandomSearch, max_num_trials: " << trials
                        << "}\nrandom_seed: 7\noutput_dir: " << output.string()
                        << "\ndashboard: {host: " << testing_support::own_address()
                        << "}\nrun:\n  command: " << command << "\n  max_concurrent: 2\n"
                        << more;
    return file;
  }
  /// Overwrites a file in its middle.
  static void damage(const std::filesystem::path& file, std::streamoff at,
                     const std::string& bytes) {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(at);
    out << bytes;
  }
  static std::vector<std::string> sherpa(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SHERPA_COMMAND);
    return arguments;
  }
  static Outcome call(std::vector<std::string> arguments) {
    return Process(sherpa(std::move(arguments)), path()).wait();
  }
  /// Scripts find the command by its name.
  static std::vector<std::string> path() {
    return {"PATH=" + std::filesystem::path(SHERPA_COMMAND).parent_path().string() +
            ":/usr/bin:/bin"};
  }
  /// Processes of this study's jobs, by what is in their environment.
  std::vector<std::string> left() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos)
        continue;
      if (testing_support::read_file(entry.path() / "environ")
              .find("SHERPA_OUTPUT_DIR=" + output.string()) != std::string::npos)
        found.push_back(testing_support::read_file(entry.path() / "cmdline"));
    }
    return found;
  }
  std::size_t ended() const {
    auto results = load_results(output);
    std::size_t n = 0;
    for (auto status : {TrialStatus::completed, TrialStatus::failed, TrialStatus::stopped})
      n += results.with_status(status).size();
    return n;
  }

  Scratch scratch;
  std::filesystem::path output = scratch / "out put";
};

TEST_F(RunTest, TunesAShellCommand) {
  auto file = study(
      "'sherpa trial report --objective {x} --context twice=$(echo {x} | awk \"{{print "
      "2*\\$1}}\")'");
  auto done = call({"run", file});
  ASSERT_EQ(done.exit_code(), 0) << done.err;
  EXPECT_THAT(done.out, AllOf(HasSubstr("trial "), HasSubstr("all results")));
  auto results = load_results(output);
  auto completed = results.with_status(TrialStatus::completed);
  ASSERT_EQ(completed.size(), 6u);
  for (const auto& row : completed) {
    EXPECT_EQ(row.objective(), row.parameters().get<double>("x"));
    EXPECT_NEAR(row.context("twice"), 2 * row.objective(), 1e-5);
  }
  auto again = call({"run", file});
  EXPECT_EQ(again.exit_code(), 0);
  EXPECT_EQ(ended(), 6u);
}

// A shell takes the `?` of the former name for a pattern, which such a file matches.
TEST_F(RunTest, AFileNamedStop1EndsNoTrialEarly) {
  std::ofstream(scratch / "stop1") << "";
  auto file = study(
      "'for i in 1 2 3 4 5; do sherpa trial report --objective {x} --iteration $i || exit; "
      "sherpa trial should-stop; [ $? -ne 10 ] || exit 0; done'",
      2, "  directory: " + scratch.path().string() + "\n");
  auto done = call({"run", file});
  ASSERT_EQ(done.exit_code(), 0) << done.err;
  auto results = load_results(output);
  EXPECT_EQ(results.with_status(TrialStatus::completed).size(), 2u);
  EXPECT_EQ(results.size(), 2 * (5 + 1u)) << "five observations and a summary for each trial";
}

TEST_F(RunTest, ShouldStopExitsWith10AndTheFormerNameWarns) {
  // The trial waits until a user has stopped it, and says with what the commands exit before and
  // after.
  auto file = study(
      "'trap \"\" TERM; sherpa trial report --objective {x}; sherpa trial should-stop; echo $? "
      ">> " +
          (scratch / "codes").string() +
          "; until sherpa trial should-stop; [ $? -eq 10 ]; do :; done; sherpa trial "
          "\"stop?\"; echo $? >> " +
          (scratch / "codes").string() + "'",
      1);
  Process run(sherpa({"run", file}), path());
  while (testing_support::read_file(scratch / "codes").empty()) std::this_thread::yield();
  EXPECT_EQ(call({"stop", output, "1"}).exit_code(), 0);
  EXPECT_EQ(run.wait().exit_code(), 0);
  EXPECT_EQ(testing_support::read_file(scratch / "codes"), "0\n10\n");
  auto said = testing_support::read_file(output / "jobs" / "trial_1.out");
  EXPECT_THAT(said, HasSubstr("'sherpa trial stop?' is now 'sherpa trial should-stop'"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 2)
      << "the heading and the warning: " << said;
  EXPECT_EQ(load_results(output).with_status(TrialStatus::stopped).size(), 1u);
  // Without a trial there is an error, which is not a stop.
  auto outside = call({"trial", "should-stop"});
  EXPECT_EQ(outside.exit_code(), 2);
  EXPECT_THAT(outside.err, HasSubstr("is not set"));
}

TEST_F(RunTest, StatusAndExportWorkAtRestAndWhileItRuns) {
  auto file =
      study("'sherpa trial report --objective {x}; echo on >> " + (scratch / "go").string() +
                "; exec cat " + (scratch / "fifo").string() + "'",
            3);
  ASSERT_EQ(mkfifo((scratch / "fifo").c_str(), 0600), 0);
  {
    Process run(sherpa({"run", file}), path());
    while (testing_support::read_file(scratch / "go").size() < 6) {  // both have reported
      auto before = call({"status", output});
      ASSERT_TRUE(before.exit_code() == 0 || before.exit_code() == 2 || before.exit_code() == 1)
          << before.err;
    }
    auto status = call({"status", output});
    EXPECT_EQ(status.exit_code(), 0) << status.err;
    EXPECT_THAT(status.out, AllOf(HasSubstr("0 of 3 trials"),
                                  HasSubstr("running: process " + std::to_string(run.pid()))));
    EXPECT_THAT(call({"export", output, "--csv"}).out, HasSubstr("1,INTERMEDIATE,1,"));
    EXPECT_THAT(call({"predict", output}).err, HasSubstr("is running"));
    EXPECT_EQ(call({"pause", output}).exit_code(), 0);
    EXPECT_EQ(call({"enqueue", output, "x=0.25"}).exit_code(), 0);
    EXPECT_THAT(call({"enqueue", output, "x=0.25", "y=1"}).err, HasSubstr("'y'"));
    EXPECT_EQ(call({"limit", output, "1", "--json"}).out,
              "{\"done\":\"at most 1 trials run at once\"}\n");
    EXPECT_EQ(call({"resume", output}).exit_code(), 0);
    EXPECT_EQ(call({"stop", output, "1"}).exit_code(), 0);
    EXPECT_THAT(call({"stop", output, "99"}).err, HasSubstr("there is no trial 99"));
    auto second = call({"run", file});
    EXPECT_EQ(second.exit_code(), 3);
    EXPECT_THAT(second.err, HasSubstr("is in use by process " + std::to_string(run.pid())));
    run.signal(SIGINT);
    EXPECT_EQ(run.wait().exit_code(), 130);
  }
  auto status = call({"status", output, "--json"});
  EXPECT_EQ(status.exit_code(), 0) << status.err;
  EXPECT_THAT(status.out, HasSubstr("\"stopped\": 1"));
  EXPECT_THAT(call({"pause", output}).err, HasSubstr("no coordinator runs the study"));
}

TEST_F(RunTest, AScriptThatAlwaysFailsEndsTheStudyEarly) {
  auto done = call({"run", study("'echo no such data >&2; exit 3'", 100)});
  EXPECT_EQ(done.exit_code(), 1);
  EXPECT_THAT(done.err, HasSubstr("the first 10 attempts all failed without one observation"));
  EXPECT_LT(ended(), 15u);
}

TEST_F(RunTest, WhatATrialSavedIsPublishedWhenItEndsWell) {
  auto done =
      call({"run", study("'echo {x} > $SHERPA_SAVE_DIR/net; sherpa trial report --objective {x}'",
                         2, "  checkpoints: {keep: all}\n")});
  EXPECT_EQ(done.exit_code(), 0) << done.err;
  for (const auto& row : load_results(output).with_status(TrialStatus::completed))
    EXPECT_EQ(std::stod(testing_support::read_file(
                  output / "checkpoints" / std::to_string(row.trial_id()) / "current" / "net")),
              row.objective());
}

TEST_F(RunTest, OnlyTheBestCheckpointStaysWhereNothingLoadsThem) {
  auto done = call(
      {"run", study("'echo {x} > $SHERPA_SAVE_DIR/net; sherpa trial report --objective {x}'", 5)});
  EXPECT_EQ(done.exit_code(), 0) << done.err;
  auto best = load_results(output).best(true);
  ASSERT_TRUE(best);
  for (TrialId id = 1; id <= 5; ++id)
    EXPECT_EQ(std::filesystem::exists(output / "checkpoints" / std::to_string(id)),
              id == best->trial_id)
        << "trial " << id;
}

TEST_F(RunTest, APromotedTrialFindsTheCheckpointOfTheOneItGoesOnFrom) {
  auto file = study(
      R"('echo "$(cat "$SHERPA_LOAD_DIR/trials" 2>/dev/null) $SHERPA_TRIAL_ID" > $SHERPA_SAVE_DIR/trials; )"
      R"(sherpa trial report --objective {x}')",
      1, "  checkpoints: {keep: all}\n");
  auto text = testing_support::read_file(file);
  const std::string random = "RandomSearch, max_num_trials: 1";
  text.replace(text.find(random), random.size(),
               "SuccessiveHalving, r: 1, R: 4, eta: 2, max_finished_configs: 1");
  std::ofstream(file) << text;
  auto done = call({"run", file});
  ASSERT_EQ(done.exit_code(), 0) << done.err;
  std::map<std::string, std::string> lines{
      {"", ""}};  // of trials from which the first resumes, by trial
  for (const auto& row : load_results(output).with_status(TrialStatus::completed)) {
    auto id = std::to_string(row.trial_id());
    lines[id] = lines.at(row.parameters().get<std::string>("load_from")) + " " + id;
    EXPECT_EQ(row.parameters().get<std::string>("save_to"), id);
    EXPECT_EQ(testing_support::read_file(output / "checkpoints" / id / "current" / "trials"),
              lines[id] + "\n");
  }
  EXPECT_GE(lines.size(), 7u);
}

TEST_F(RunTest, ExitWithoutMetricsIsAFailure) {
  auto done = call({"run", study("[/bin/true]", 2)});
  EXPECT_EQ(done.exit_code(), 1);
  EXPECT_THAT(done.err, HasSubstr("no metrics: it ended without one observation"));
  EXPECT_EQ(load_results(output).with_status(TrialStatus::failed).size(), 2u);
}

TEST_F(RunTest, AChangedCommandNeedsUpdate) {
  ASSERT_EQ(call({"run", study("'sherpa trial report --objective {x}'", 3)}).exit_code(), 0);
  const auto table = testing_support::read_file(output / "results.csv");
  auto file = study("'sherpa trial report --objective 2'", 5);
  auto refused = call({"run", file});
  EXPECT_EQ(refused.exit_code(), 2);
  EXPECT_EQ(std::count(refused.err.begin(), refused.err.end(), '\n'), 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr(R"(its command is "sherpa trial report --objective {x}" there and)"),
                    HasSubstr("sherpa run --update")));
  EXPECT_EQ(testing_support::read_file(output / "results.csv"), table);

  EXPECT_EQ(call({"run", file, "--update"}).exit_code(), 0);
  EXPECT_EQ(ended(), 5u);
  std::vector<std::string> commands;
  auto store =
      runtime::SqliteStore::open(output, Durability::process, runtime::SqliteStore::Mode::read_only)
          .or_throw();
  store
      ->replay([&](study::Entry&& entry) -> Result<void> {
        if (const auto* created = std::get_if<study::fact::StudyCreated>(&entry.fact))
          commands.push_back(created->command);
        if (const auto* changed = std::get_if<study::fact::StudyChanged>(&entry.fact))
          commands.push_back(changed->command);
        return {};
      })
      .or_throw();
  EXPECT_THAT(commands, testing::ElementsAre(R"("sherpa trial report --objective {x}")",
                                             R"("sherpa trial report --objective 2")"));
  // From now on it is this one.
  EXPECT_EQ(call({"run", file}).exit_code(), 0);
  EXPECT_EQ(call({"run", study("'sherpa trial report --objective {x}'", 5)}).exit_code(), 2);
}

/// What the store of a study knows. Adds a failure for an attempt that failed: a dead coordinator
/// is no trial's fault.
struct Tally {
  explicit Tally(const std::filesystem::path& output) {
    auto store = runtime::SqliteStore::open(output, Durability::process,
                                            runtime::SqliteStore::Mode::read_only)
                     .or_throw();
    auto note = [&](study::Entry&& entry) -> Result<void> {
      if (const auto* seen = std::get_if<study::fact::Observation>(&entry.fact))
        observed.emplace(seen->trial, seen->attempt);
      if (std::holds_alternative<study::fact::TrialIssued>(entry.fact)) ++issued;
      if (const auto* end = std::get_if<study::fact::TrialEnded>(&entry.fact)) ++ends[end->trial];
      if (const auto* end = std::get_if<study::fact::AttemptEnded>(&entry.fact);
          end && end->end == study::End::failed)
        ADD_FAILURE() << "trial " << end->trial << ", attempt " << end->attempt << ": "
                      << end->detail.message << "\n"
                      << testing_support::read_file(
                             output / "jobs" / ("trial_" + std::to_string(end->trial) + ".out"));
      return {};
    };
    store->replay(note).or_throw();
  }

  std::set<std::pair<TrialId, AttemptId>> observed;
  TrialId issued = 0;
  std::map<TrialId, int> ends;
};

TEST_F(RunTest, KilledAgainAndAgainItEndsAsItShould) {
  // Killed at a random write to its directory, or at a random moment before: orphans are adopted or
  // run again, and in the end every trial has ended once. SHERPA_TEST_TRIALS makes it longer.
  const char* more = std::getenv("SHERPA_TEST_TRIALS");
  const int trials = more ? std::atoi(more) : 100;
  const auto received = scratch / "heard";
  auto file =
      study("'sherpa trial report --objective {x} && echo $SHERPA_TRIAL_ID $SHERPA_ATTEMPT >> " +
                received.string() + "'",
            trials, "  orphan_grace: 60s\n  environment: {LD_PRELOAD: \"\"}\n");
  std::mt19937 random(7);
  int deaths = 0;
  for (bool over = false; !over;) {
    auto environment = path();
    for (const std::string& one :
         {std::string("LD_PRELOAD=" SHERPA_KILL_AT_WRITE), "SHERPA_KILL_BELOW=" + output.string(),
          "SHERPA_KILL_AT=" + std::to_string(1 + random() % 400),
          std::string("ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0")})
      environment.push_back(one);
    Process run(sherpa({"run", file}), environment);
    if (random() % 2 == 0) {
      const auto enough = testing_support::read_file(received).size() + 1 + random() % 100;
      while (!run.has_ended() && testing_support::read_file(received).size() < enough)
        std::this_thread::yield();
      run.signal(SIGKILL);
    }
    auto outcome = run.wait();
    ASSERT_TRUE(outcome.killed() || outcome.exit_code() == 0) << outcome.err;
    over = !outcome.killed();
    deaths += over ? 0 : 1;
  }
  EXPECT_GT(deaths, trials / 50) << "400 writes are less than 50 trials";
  EXPECT_THAT(left(), testing::IsEmpty());

  const Tally tally(output);
  EXPECT_EQ(tally.issued, static_cast<TrialId>(trials));
  EXPECT_EQ(tally.ends.size(), tally.issued);
  for (const auto& [trial, times] : tally.ends) EXPECT_EQ(times, 1) << "trial " << trial;
  std::istringstream acknowledged(testing_support::read_file(received));
  for (TrialId trial = 0, attempt = 0; acknowledged >> trial >> attempt;)
    EXPECT_TRUE(tally.observed.contains({trial, static_cast<AttemptId>(attempt)}))
        << "trial " << trial << ", attempt " << attempt;
  auto results = load_results(output);
  EXPECT_EQ(results.with_status(TrialStatus::failed).size(), 0u);
  for (const auto& row : results.with_status(TrialStatus::completed))
    EXPECT_EQ(row.objective(), row.parameters().get<double>("x"));
}

TEST_F(RunTest, ItsExitCodesSayWhatCameOfIt) {
  auto file = study("'sherpa trial report --objective {x}'", 3);
  EXPECT_EQ(call({"run", file}).exit_code(), 0);
  const auto whole = testing_support::read_file(output / "study.db");
  const auto refused = [&](const std::vector<std::string>& arguments, int code,
                           const std::string& says) {
    auto outcome = call(arguments);
    EXPECT_EQ(outcome.exit_code(), code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(says));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  };
  const auto lock = testing_support::read_file(output / "lock");
  testing_support::taken_over_elsewhere(output);
  refused({"run", file}, 3, "far-away");
  std::ofstream(output / "lock") << lock;
  damage(output / "study.db", 100, std::string(whole.size() - 100, '\xff'));
  refused({"run", file}, 4, "study.db");
  refused({"export", output, "--csv"}, 4, "study.db");
  EXPECT_EQ(testing_support::read_file(output / "study.db").size(), whole.size())
      << "nothing is overwritten";
  std::ofstream(output / "study.db", std::ios::binary) << whole;
  EXPECT_EQ(call({"run", file}).exit_code(), 0);
  // 1, 2 and 130 have tests of their own.
}

TEST_F(RunTest, APortInUseIsSaidAndAnotherTaken) {
  auto here = testing_support::own_address();
  int taken = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  socklen_t size = sizeof at;
  ASSERT_EQ(inet_pton(AF_INET, here.c_str(), &at.sin_addr), 1);
  ASSERT_EQ(bind(taken, reinterpret_cast<sockaddr*>(&at), size), 0);
  ASSERT_EQ(listen(taken, 1), 0);
  ASSERT_EQ(getsockname(taken, reinterpret_cast<sockaddr*>(&at), &size), 0);
  auto port = std::to_string(ntohs(at.sin_port));
  auto file = study("'sherpa trial report --objective {x}'", 2);
  auto text = testing_support::read_file(file);
  text.replace(text.find(here), here.size(), here + ", port: " + port);
  std::ofstream(file) << text;
  auto done = call({"run", file});
  close(taken);
  EXPECT_EQ(done.exit_code(), 0) << done.err;
  EXPECT_THAT(done.err,
              HasSubstr("port " + port + " is in use; the study listens at http://" + here + ":"));
  EXPECT_EQ(ended(), 2u);
}

TEST_F(RunTest, SaysForProgramsWhatItSaysForPeople) {
  using space::json::Json;
  auto file = study(
      "'sherpa trial get > $SHERPA_OUTPUT_DIR/got.json; sherpa trial report --objective {x}'", 1);
  auto json = [](const Outcome& outcome) { return Json::parse(outcome.out); };
  EXPECT_EQ(json(call({"validate", file, "--json"}))["algorithm"]["name"], "RandomSearch");
  EXPECT_EQ(json(call({"version", "--json"})).size(), 1u);
  auto run = json(call({"run", file, "--json"}));
  EXPECT_EQ(run["why"], "budget");
  EXPECT_EQ(Json::parse(testing_support::read_file(output / "got.json")),
            run["best"]["parameters"]);
  EXPECT_EQ(json(call({"status", output, "--json"}))["state"], "finished");
  EXPECT_EQ(json(call({"export", output, "--json"})).back()["status"], "COMPLETED");
  auto predicted = json(call({"predict", output, "--json"}))["parameters"]["x"].get<double>();
  EXPECT_TRUE(0 <= predicted && predicted <= 1) << predicted;
  EXPECT_THAT(call({"predict", output}).out, HasSubstr("x="));
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"run", scratch / "none.yaml", "--json"},
                                             {"validate", scratch / "none.yaml", "--json"},
                                             {"status", scratch / "none", "--json"}}) {
    auto wrong = call(arguments);
    EXPECT_EQ(wrong.exit_code(), 2);
    EXPECT_EQ(json(wrong)["exit_code"], 2);
    EXPECT_THAT(wrong.err, HasSubstr(json(wrong)["error"].get<std::string>()));
  }
}

TEST_F(RunTest, WritesItsManualAndCompletionItself) {
  ASSERT_EQ(call({"manual", scratch / "share"}).exit_code(), 0);
  const auto pages = scratch / "share/man/man1";
  auto page = [&](const std::string& name) {
    return testing_support::read_file(pages / (name + ".1"));
  };
  // Every command that the help names has a page with its options, and an example.
  auto help = call({"--help"}).out;
  std::istringstream lines(help.substr(help.find("Subcommands:")));
  int commands = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    if (!line.starts_with("  ") || line.starts_with("   ") || !(words >> name)) continue;
    ++commands;
    EXPECT_THAT(page("sherpa-" + name),
                AllOf(HasSubstr(".SH SYNOPSIS\n.B sherpa " + name), HasSubstr("\\-\\-help")))
        << name;
    EXPECT_THAT(page("sherpa"), HasSubstr("sherpa\\-" + name));
    if (name != "trial") {
      EXPECT_THAT(page("sherpa-" + name), HasSubstr(".SH EXAMPLE\n.nf\nsherpa " + name));
      EXPECT_THAT(call({name, "--help"}).out, HasSubstr("Example: sherpa " + name));
    }
  }
  EXPECT_GT(commands, 10);
  EXPECT_THAT(page("sherpa-trial-end"), HasSubstr("\\-\\-status"));
  EXPECT_THAT(page("sherpa"), HasSubstr("Exit codes: 0 done"));
  EXPECT_FALSE(std::filesystem::exists(pages / "sherpa-manual.1")) << "it is not for people";
  auto complete = [&](const std::string& words) {
    auto script = ". '" + (scratch / "share/bash-completion/completions/sherpa").string() +
                  "'; COMP_WORDS=(" + words +
                  "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _sherpa; echo ${COMPREPLY[*]}";
    auto outcome = Process({"/bin/bash", "-c", script}).wait();
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  };
  EXPECT_EQ(complete("sherpa val"), "validate\n");
  EXPECT_EQ(complete("sherpa run --up"), "--update\n");
  EXPECT_EQ(complete("sherpa trial end --status ''"), "completed failed\n");
  EXPECT_EQ(complete("sherpa trial s"), "should-stop\n");
  EXPECT_EQ(complete("sherpa run " + (scratch / "sha").string()),
            (scratch / "share").string() + "\n");
  for (const auto& [shell, file] :
       {std::pair("/usr/bin/zsh", "zsh/site-functions/_sherpa"),
        std::pair("/usr/bin/fish", "fish/vendor_completions.d/sherpa.fish")})
    if (std::filesystem::exists(shell)) {
      EXPECT_EQ(Process({shell, "-n", scratch / "share" / file}).wait().exit_code(), 0) << shell;
    }
}

TEST_F(RunTest, SaysWhatIsWrongInOneLine) {
  struct Case {
    std::string command;
    std::string says;
  };
  for (const auto& [command, says] :
       {Case{"[/no/such/program]", "there is no /no/such/program"},
        Case{"[no-such-program-anywhere]", "there is no program"},
        Case{"[" + (scratch / "study.yaml").string() + "]", "is not executable; chmod +x it"},
        Case{"'echo {y}'", "there is no parameter 'y'"},
        Case{
            "'true'\n  max_concurent: 2",
            "study.yaml:11: run: unknown field 'max_concurent'; did you mean 'max_concurrent'?"}}) {
    auto done = call({"run", study(command)});
    EXPECT_EQ(done.exit_code(), 2) << command;
    EXPECT_THAT(done.err, HasSubstr(says));
    EXPECT_EQ(std::count(done.err.begin(), done.err.end(), '\n'), 1) << done.err;
    EXPECT_FALSE(std::filesystem::exists(output));
  }
  EXPECT_EQ(call({"run"}).exit_code(), 2);
  EXPECT_EQ(call({"frobnicate"}).exit_code(), 2);
  EXPECT_EQ(call({"run", scratch / "none.yaml"}).exit_code(), 2);
  EXPECT_EQ(call({"status", scratch / "none"}).exit_code(), 2);
  auto file = study("'true'");
  auto text = testing_support::read_file(file);
  std::ofstream(file) << text.replace(text.find("RandomSearch"), 12, "RandomSaerch");
  auto unknown = call({"validate", file});
  EXPECT_EQ(unknown.exit_code(), 2);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("study.yaml:5: algorithm"),
                                 HasSubstr("did you mean 'RandomSearch'?")));
  auto outside = text;
  outside.replace(outside.find("{name: RandomSaerch"), 19,
                  "{name: GPyOpt, initial_data_points: [{x: 1e9}]");
  std::ofstream(file) << outside;
  EXPECT_EQ(call({"validate", file}).exit_code(), 2);
  EXPECT_THAT(call({"validate", file}).err,
              HasSubstr("initial_data_points: configuration 1: parameter 'x'"));
  EXPECT_EQ(call({"version"}).exit_code(), 0);
  EXPECT_EQ(call({"--version"}).exit_code(), 0);
  EXPECT_EQ(call({"--version"}).out, call({"version"}).out);
  EXPECT_THAT(call({"algorithms", "RandomSerch"}).err, HasSubstr("did you mean 'RandomSearch'?"));
}

TEST_F(RunTest, ShowsAlgorithmsAndTheirOptions) {
  EXPECT_THAT(call({"algorithms"}).out,
              AllOf(HasSubstr("RandomSearch: "), HasSubstr("MedianStoppingRule: ")));
  EXPECT_THAT(call({"algorithms", "RandomSearch"}).out, HasSubstr("max_num_trials: null"));
  EXPECT_THAT(call({"algorithms", "GPyOpt", "--json"}).out,
              AllOf(HasSubstr("\"name\": \"BayesianOptimization\""),
                    HasSubstr("\"other_name\": \"GPyOpt\""), HasSubstr("\"about\"")));
  EXPECT_THAT(call({"algorithms", "--json"}).out,
              AllOf(HasSubstr("\"stopping_rules\""), HasSubstr("\"default\": null")));
}

}  // namespace
}  // namespace sherpa
