#include "schedulers/local/command_launcher.hpp"

#include "core/space/json.hpp"
#include "schedulers/job_files.hpp"
#include "schedulers/local/processes.hpp"
#include "tests/support/heard_line.hpp"
#include "tests/support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <set>
#include <thread>

namespace sherpa::schedulers {
namespace {

using study::End;
using study::StopWhy;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;
using testing_support::HeardLine;
using testing_support::read_file;
using testing_support::Scratch;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Jobs that are lines of shell.
class Commands : public testing::Test {
 protected:
  CommandOptions options(const std::string& script) {
    CommandOptions options;
    options.output_dir = output_dir;
    options.directory = scratch.path();
    options.command = [script](const Configuration&) {
      return std::vector<std::string>{"/bin/sh", "-c", script};
    };
    options.shim = {SHERPA_JOB_SHIM, "job", "--local"};
    options.url = [] { return std::string("http://127.0.0.1:4711"); };
    options.grace = 3600s;  // what is told to end, ends; tests that kill say so
    return options;
  }
  std::unique_ptr<study::Launcher> make(CommandOptions options) {
    return make_command_launcher(std::move(options)).or_throw();
  }
  std::shared_ptr<HeardLine> launch(study::Launcher& launcher, TrialId trial = 1,
                                    AttemptId attempt = 1,
                                    Configuration configuration = {{"lr", 0.5}}) {
    auto line = std::make_shared<HeardLine>();
    study::effect::Start start;
    start.trial = trial;
    start.attempt = attempt;
    start.configuration = std::move(configuration);
    start.token = "secret " + std::to_string(trial);
    start.worker = launcher.worker().name;
    start.incarnation = launcher.worker().incarnation;
    launcher.launch(start, line);
    return line;
  }
  HeardLine::Last run(const std::string& script) { return launch(*make(options(script)))->last(); }
  std::string output(TrialId trial = 1) {
    return read_file(output_dir / "jobs" / ("trial_" + std::to_string(trial) + ".out"));
  }
  std::set<std::string> files() {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(output_dir / "jobs"))
      names.insert(entry.path().filename());
    return names;
  }
  /// A FIFO that jobs write into: whoever reads it waits for them, and sees its end when all that
  /// have it are gone.
  std::string fifo() {
    auto path = (scratch / "fifo").string();
    if (!fs::exists(path)) mkfifo(path.c_str(), 0600);
    return path;
  }

  Scratch scratch;
  fs::path output_dir = scratch / "output";
};

TEST_F(Commands, TellHowTheyEnd) {
  auto well = run("true");
  EXPECT_EQ(well.end, End::completed);
  EXPECT_EQ(well.detail, (study::Detail{.exit_code = 0, .signal = {}, .message = ""}));
  EXPECT_FALSE(well.told);

  auto badly = run("echo Traceback; echo 'ValueError: no such thing' >&2; exit 3");
  EXPECT_EQ(badly.end, End::failed);
  EXPECT_EQ(badly.detail.exit_code, 3);
  EXPECT_EQ(badly.detail.message, "ValueError: no such thing");

  auto killed = run("kill -SEGV $$");
  EXPECT_EQ(killed.end, End::failed);
  EXPECT_EQ(killed.detail.signal, SIGSEGV);
  EXPECT_FALSE(killed.detail.exit_code);
  EXPECT_THAT(killed.detail.message, HasSubstr("Segmentation fault"));
}

TEST_F(Commands, ThatCannotStartAreToldApartFromExit127) {
  auto missing = options("");
  missing.command = [](const Configuration&) {
    return std::vector<std::string>{"no-such-program", "--lr"};
  };
  auto last = launch(*make(missing))->last();
  EXPECT_EQ(last.end, End::failed);
  EXPECT_FALSE(last.detail.exit_code);
  EXPECT_EQ(
      last.detail.message,
      "cannot start 'no-such-program': No such file or directory; check run.command, and PATH");

  std::ofstream(scratch / "data") << "1,2\n";
  missing.command = [&](const Configuration&) {
    return std::vector<std::string>{scratch / "data"};
  };
  EXPECT_THAT(launch(*make(missing))->last().detail.message, HasSubstr("Permission denied"));

  auto nowhere = options("true");
  nowhere.directory = scratch / "no such place";
  EXPECT_THAT(launch(*make(nowhere))->last().detail.message,
              AllOf(HasSubstr("cannot enter the directory"), HasSubstr("no such place"),
                    HasSubstr("check run.directory")));

  EXPECT_EQ(run("exit 127").detail.exit_code, 127);

  auto refused = options("");
  refused.command = [](const Configuration&) {
    return Error{Errc::invalid_argument, "there is no parameter 'rl'; did you mean 'lr'?"};
  };
  EXPECT_EQ(launch(*make(refused))->last().detail.message,
            "there is no parameter 'rl'; did you mean 'lr'?");

  auto no_shim = options("true");
  no_shim.shim = {scratch / "no-shim"};
  auto lost = launch(*make(no_shim))->last();
  EXPECT_EQ(lost.end, End::lost);
  EXPECT_THAT(lost.detail.message, HasSubstr("no-shim: No such file or directory"));
}

TEST_F(Commands, ThatDeclaredTheirEndAreBelieved) {
  auto with = options("read line < " + fifo());
  auto launcher = make(with);
  auto line = launch(*launcher);
  auto open = with.attempts->find("secret 1");
  ASSERT_TRUE(open);
  EXPECT_EQ(open->save_dir, output_dir / "checkpoints/1/1");
  open->declare(End::failed, "it diverged");
  std::ofstream(fifo()) << "go on\n";
  EXPECT_EQ(line->last().end, End::failed);
  EXPECT_EQ(line->last().detail.message, "it diverged");
  EXPECT_FALSE(with.attempts->find("secret 1"));
}

TEST_F(Commands, ThatSaidWhyTheyFailAndThenDoSoAreQuoted) {
  auto ended_by = [&](const std::string& how, End declared, const std::string& why) {
    auto with = options("echo the last line; read line < " + fifo() + "; " + how);
    auto launcher = make(with);
    auto line = launch(*launcher);
    with.attempts->find("secret 1")->declare(declared, why);
    std::ofstream(fifo()) << "go on\n";
    auto last = line->last();
    EXPECT_EQ(last.end, End::failed);
    return last.detail;
  };
  auto exited = ended_by("exit 3", End::failed, "it diverged");
  EXPECT_EQ(exited.exit_code, 3);
  EXPECT_EQ(exited.message, "it diverged");
  EXPECT_EQ(ended_by("exit 3", End::failed, "").message, "the last line");
  EXPECT_EQ(ended_by("exit 3", End::completed, "all is well").message, "the last line");
  EXPECT_EQ(ended_by("kill -9 $$", End::failed, "it diverged").message,
            "ended by Killed: it diverged");
}

TEST_F(Commands, FindTheirEnvironment) {
  setenv("SHERPA_TRIAL_ID", "inherited", 1);
  setenv("SHERPA_TEST_INHERITED", "inherited", 1);
  auto with = options(
      "env > environment; cat $SHERPA_TOKEN_FILE > token; cat $SHERPA_PARAMETERS > parameters; pwd "
      "> where; "
      "umask > umask; [ -d $SHERPA_SAVE_DIR ] && stat -c %a $SHERPA_TOKEN_FILE > mode; ls "
      "/proc/self/fd | wc -l > fds");
  with.environment = {
      {"SHERPA_ATTEMPT", "added"}, {"SHERPA_TEST_INHERITED", "added"}, {"TWO_LINES", "a\nb"}};
  with.resources = {"gpu:0", "gpu:1"};
  auto launcher = make(with);
  auto line = std::make_shared<HeardLine>();
  study::effect::Start start;
  start.trial = 7;
  start.attempt = 2;
  start.configuration = {
      {"a name with spaces", 1}, {"line\nbreak", "x\ny"}, {"list", list(1, "two")}};
  start.token = "secret";
  start.resources = {{"gpu:0", 1}, {"gpu:1", 0.5}};
  start.load = "checkpoints/7/1";
  launcher->launch(start, line);
  EXPECT_EQ(line->last().end, End::completed) << output(7);
  unsetenv("SHERPA_TRIAL_ID");
  unsetenv("SHERPA_TEST_INHERITED");
  auto environment = read_file(scratch / "environment");
  auto dir = output_dir.string();
  for (const auto& entry : std::vector<std::string>{
           "SHERPA_TRIAL_ID=7", "SHERPA_ATTEMPT=2", "SHERPA_URL=http://127.0.0.1:4711",
           "SHERPA_TOKEN_FILE=" + dir + "/jobs/trial_7.2.token",
           "SHERPA_PARAMETERS=" + dir + "/jobs/trial_7.2.parameters", "SHERPA_OUTPUT_DIR=" + dir,
           "SHERPA_LOAD_DIR=" + dir + "/checkpoints/7/1",
           "SHERPA_SAVE_DIR=" + dir + "/checkpoints/7/2", "SHERPA_RESOURCE=gpu:0,gpu:1",
           "CUDA_VISIBLE_DEVICES=0,1", "SHERPA_DB_HOST=127.0.0.1", "SHERPA_DB_PORT=4711",
           "SHERPA_TEST_INHERITED=added", "TWO_LINES=a\nb"})
    EXPECT_THAT("\n" + environment, HasSubstr("\n" + entry + "\n"));
  EXPECT_EQ(read_file(scratch / "token"), "secret\n");
  EXPECT_EQ(read_file(scratch / "mode"), "600\n");
  EXPECT_EQ(space::json::Json::parse(read_file(scratch / "parameters")),
            space::json::Json::parse(
                R"({"a name with spaces": 1, "line\nbreak": "x\ny", "list": [1, "two"]})"));
  EXPECT_EQ(fs::path(read_file(scratch / "where")), fs::canonical(scratch.path()).string() + "\n");
  // Standard input, output, error, and what ls opens itself: nothing of the shim's, nothing of
  // ours.
  EXPECT_EQ(std::stoi(read_file(scratch / "fds")), 4);
  EXPECT_FALSE(fs::exists(output_dir / "checkpoints/7")) << "nothing was saved";
}

TEST_F(Commands, GetTheirWordsAsTheyAre) {
  auto with = options("");
  with.command = [](const Configuration& c) {
    return std::vector<std::string>{
        "/bin/sh", "-c", "printf '<%s>' \"$@\" > words", "sh", c.get<std::string>("text"), "", "*"};
  };
  with.submit_options = {"env", "EXTRA=a b"};
  auto launcher = make(with);
  EXPECT_EQ(launch(*launcher, 1, 1, {{"text", "two words\n'and' \"a\" line"}})->last().end,
            End::completed);
  EXPECT_EQ(read_file(scratch / "words"), "<two words\n'and' \"a\" line><><*>");
  EXPECT_EQ(launch(*launcher, 2, 1, {{"text", std::string("a\0b", 3)}})->last().end, End::failed);
}

TEST_F(Commands, AppendTheirOutput) {
  auto launcher =
      make(options("echo out $SHERPA_ATTEMPT; printf 'err %s' $SHERPA_ATTEMPT >&2; exit 1"));
  EXPECT_EQ(launch(*launcher, 3, 1)->last().detail.message, "err 1");
  EXPECT_EQ(launch(*launcher, 3, 2)->last().detail.message, "err 2");
  EXPECT_THAT(output(3), testing::MatchesRegex(
                             "--- trial 3, attempt 1, .*Z on .*: /bin/sh -c '.*\nout 1\nerr 1\n"
                             "--- trial 3, attempt 2, .*\nout 2\nerr 2"));
  // What an earlier attempt said is not this one's.
  launcher = make(options("exit 1"));
  EXPECT_EQ(launch(*launcher, 3, 3)->last().detail.message, "");
}

TEST_F(Commands, AreToldToStop) {
  for (auto [why, end] : {std::pair(StopWhy::rule, End::stopped),
                          {StopWhy::person, End::stopped},
                          {StopWhy::timeout, End::timeout},
                          {StopWhy::going, End::interrupted}}) {
    auto launcher = make(options("trap 'echo told; exit 0' TERM; echo here > " + fifo() +
                                 "; while :; do read x < " + fifo() + "; done"));
    auto line = launch(*launcher);
    EXPECT_EQ(read_file(fifo()), "here\n");
    line->stop(why);
    auto last = line->last();
    EXPECT_EQ(last.end, end);
    EXPECT_EQ(last.told, why);
    EXPECT_EQ(last.detail.exit_code, 0);
    EXPECT_THAT(output(), HasSubstr("told\n"));
  }
}

TEST_F(Commands, ThatAreSupersededEndInSilence) {
  std::shared_ptr<HeardLine> line;
  {
    auto launcher = make(options("echo here > " + fifo() + "; exec sleep 1000"));
    line = launch(*launcher);
    EXPECT_EQ(read_file(fifo()), "here\n");
    line->stop(StopWhy::superseded);
  }
  EXPECT_EQ(line->ends(), 0);
  EXPECT_THAT(files(), UnorderedElementsAre("trial_1.out", "worker"));
}

TEST_F(Commands, ThatAreDeafAreKilledWithAllTheyStarted) {
  auto with =
      options("trap '' TERM; out=" + fifo() +
              "; exec 9> $out; "
              "setsid sh -c 'trap \"\" TERM; sleep 1001 & sleep 1002' & "  // a session of its own
              "(setsid sh -c 'setsid sleep 1003 & exit' &) ; "  // twice removed: a daemon
              "echo here >&9; while :; do sleep 1000; done");
  with.grace = 10ms;
  auto launcher = make(with);
  auto line = launch(*launcher);
  int reader = open(fifo().c_str(), O_RDONLY | O_CLOEXEC);
  std::array<char, 16> text{};
  ASSERT_EQ(read(reader, text.data(), text.size()), 5);
  line->stop(StopWhy::rule);
  EXPECT_EQ(line->last().detail.signal, SIGKILL);
  // All of them held the FIFO.
  EXPECT_EQ(read(reader, text.data(), text.size()), 0);
  close(reader);
}

TEST_F(Commands, LeaveNothingBehindWhenTheyEnd) {
  auto with = options("exec 9> " + fifo() + "; (setsid sleep 1000 &); sleep 1001 & echo here >&9");
  auto launcher = make(with);
  auto line = launch(*launcher);
  int reader = open(fifo().c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(line->last().end, End::completed);
  std::array<char, 16> text{};
  EXPECT_EQ(read(reader, text.data(), text.size()), 5);
  EXPECT_EQ(read(reader, text.data(), text.size()), 0);
  close(reader);
}

TEST_F(Commands, AreLostWithTheirShim) {
  auto launcher = make(options("exec 9> " + fifo() + "; sleep 1000 & echo $PPID >&9; sleep 1001"));
  auto line = launch(*launcher);
  int reader = open(fifo().c_str(), O_RDONLY | O_CLOEXEC);
  std::array<char, 16> text{};
  ASSERT_GT(read(reader, text.data(), text.size()), 1);
  kill(std::atoi(text.data()), SIGKILL);
  auto last = line->last();
  EXPECT_EQ(last.end, End::lost);
  EXPECT_EQ(last.detail.message, "its shim was killed, or could not be reached");
  EXPECT_EQ(read(reader, text.data(), text.size()), 0) << "all that had it are gone";
  close(reader);
}

TEST_F(Commands, AreToldToGoWithTheirLauncher) {
  auto launcher = make(options("echo here > " + fifo() + "; exec sleep 1000"));
  auto line = launch(*launcher);
  EXPECT_EQ(read_file(fifo()), "here\n");
  launcher.reset();
  EXPECT_EQ(line->ends(), 1);
  EXPECT_EQ(line->last().end, End::interrupted);
  EXPECT_EQ(line->last().told, StopWhy::going);
  line->stop(StopWhy::rule);  // nobody is there to hear it
  // Nobody said that its end is stored: the next one hears of it, and says so again.
  auto next = make(options("true"));
  auto found = next->running();
  ASSERT_EQ(found.size(), 1u);
  auto again = std::make_shared<HeardLine>();
  next->adopt(found[0], again);
  EXPECT_EQ(again->last().end, End::interrupted);
  EXPECT_EQ(again->last().told, StopWhy::going);
  next->settled(1, 1);
  next.reset();
  EXPECT_THAT(files(), UnorderedElementsAre("trial_1.out", "worker"));
}

TEST_F(Commands, WorkInAPlaceWithALongName) {
  for (int i = 0; i < 4; ++i) output_dir /= std::string(200, 'x');
  auto launcher = make(options("echo here > " + fifo() + "; exec sleep 1000"));
  auto line = launch(*launcher);
  EXPECT_EQ(read_file(fifo()), "here\n");
  // Another one that comes takes over.
  auto other = make(options("true"));
  auto found = other->running();
  ASSERT_EQ(found.size(), 1u);
  auto adopted = std::make_shared<HeardLine>();
  other->adopt(found[0], adopted);
  adopted->stop(StopWhy::person);
  EXPECT_EQ(adopted->last().end, End::stopped);
  EXPECT_EQ(adopted->last().told, StopWhy::person);
  launcher.reset();
  EXPECT_EQ(line->ends(), 0);
}

TEST_F(Commands, AreFoundAsTheyWereStarted) {
  auto launcher = make(options("echo here > " + fifo() + "; exec sleep 1000"));
  auto line = std::make_shared<HeardLine>();
  study::effect::Start start;
  start.trial = 7;
  start.attempt = 2;
  start.configuration = {{"lr", 1.0}, {"n", 1}, {"a\nb", list(true, "x", 0.1)}};
  start.token = "secret";
  start.worker = launcher->worker().name;
  start.incarnation = launcher->worker().incarnation;
  start.resources = {{"gpu:0", 0.25}};
  start.load = "checkpoints/7/1";
  launcher->launch(start, line);
  EXPECT_EQ(read_file(fifo()), "here\n");
  auto found = launcher->running();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].trial, start.trial);
  EXPECT_EQ(found[0].attempt, start.attempt);
  EXPECT_EQ(found[0].configuration, start.configuration);
  EXPECT_EQ(found[0].token, start.token);
  EXPECT_EQ(found[0].worker, start.worker);
  EXPECT_EQ(found[0].incarnation, start.incarnation);
  EXPECT_EQ(found[0].resources, start.resources);
  EXPECT_EQ(found[0].load, start.load);
}

TEST_F(Commands, ThatNeverBeganAreForgotten) {
  auto launcher = make(options("true"));
  JobFiles files(output_dir / "jobs", 4, 1);
  std::ofstream(files.record) << R"({"trial": 4, "attempt": 1, "worker": ")"
                              << launcher->worker().name << R"(", "door": "x"})";
  JobFiles torn(output_dir / "jobs", 5, 1);
  std::ofstream(torn.record) << R"({"trial": 5, "att)";
  JobFiles elsewhere(output_dir / "jobs", 6, 1);
  std::ofstream(elsewhere.record)
      << R"({"trial": 6, "attempt": 1, "worker": "far-away", "door": "x"})";
  EXPECT_TRUE(launcher->running().empty());
  EXPECT_FALSE(fs::exists(files.record));
  EXPECT_FALSE(fs::exists(torn.record));
  EXPECT_TRUE(fs::exists(elsewhere.record)) << "another host's";
}

TEST_F(Commands, RunOnAWorkerThatIsTheSameAfterARestart) {
  auto with = options("true");
  with.slots = 2;
  with.resources = {"gpu:0"};
  auto first = make(with)->worker();
  EXPECT_TRUE(first.outlives);
  EXPECT_EQ(first.slots, 2u);
  EXPECT_EQ(make(with)->worker(), first);
  with.slots = 3;
  auto other = make(with)->worker();
  EXPECT_EQ(other.name, first.name);
  EXPECT_NE(other.incarnation, first.incarnation) << "it offers something else";
}

TEST_F(Commands, LeaveNoDescriptorsThreadsOrFiles) {
  auto count = [](const char* what) {
    return std::distance(fs::directory_iterator(std::string("/proc/self/") + what),
                         fs::directory_iterator());
  };
  auto launcher = make(options("exit $SHERPA_TRIAL_ID"));
  launch(*launcher, 1000)->last();
  launcher->settled(1000, 1);
  auto descriptors = count("fd"), threads = count("task");
  for (TrialId trial = 1; trial <= 200; trial += 2) {
    auto one = launch(*launcher, trial), other = launch(*launcher, trial + 1);
    EXPECT_EQ(one->last().detail.exit_code, trial % 256);
    EXPECT_EQ(other->last().detail.exit_code, (trial + 1) % 256);
    launcher->settled(trial, 1);
    launcher->settled(trial + 1, 1);
  }
  EXPECT_EQ(count("task"), threads);
  launcher.reset();
  EXPECT_EQ(count("task"), threads - 1);
  EXPECT_LT(count("fd"), descriptors);
  for (const auto& name : files()) EXPECT_TRUE(name == "worker" || name.ends_with(".out")) << name;
  EXPECT_TRUE(fs::is_empty(output_dir / "checkpoints"));
  for (const auto& one : processes()) EXPECT_NE(one.parent, getpid()) << one.pid;
}

TEST_F(Commands, RefuseWhatCannotBe) {
  auto relative = options("true");
  relative.output_dir = "output";
  EXPECT_EQ(make_command_launcher(relative).error().message, "'output' is no absolute path");
  auto shim = options("true");
  shim.shim = {"sherpa", "job"};
  EXPECT_EQ(make_command_launcher(shim).error().message,
            "jobs need a shim, given by its absolute path");
  std::ofstream(scratch / "file");
  auto file = options("true");
  file.output_dir = scratch / "file";
  EXPECT_THAT(make_command_launcher(file).error().message, HasSubstr("cannot make"));
}

}  // namespace
}  // namespace sherpa::schedulers
